"""The web page's sentences, marked for the catalogue. The page asks for them by their English text."""

from siapp.core.i18n import _

PAGE_TEXTS: tuple[str, ...] = (_("Sign in"),)
