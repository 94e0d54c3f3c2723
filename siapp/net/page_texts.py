"""The web page's sentences, marked for the catalogue. The page asks for them by their English text.

A test compares them with the `mark("...")` calls of the page's own files.
"""

from siapp.core.i18n import _

PAGE_TEXTS: tuple[str, ...] = (
    _("1 task"),
    _("Ask for an account"),
    _("At least 8 characters, 3 different ones among them, and not the user name."),
    _("Back to sign in"),
    _("Choose a name and a password. An administrator then looks at your request."),
    _("Error"),
    _("I have an account"),
    _("Interrupted"),
    _("Live wall"),
    _("Password"),
    _("Reconnecting"),
    _("Running"),
    _("STALE {seconds} s"),
    _("Send the request"),
    _("Sign in"),
    _("Sign out"),
    _("Starting"),
    _("Stopped"),
    _("Stopping"),
    _("The station can't be reached. Is it running, and is the network up?"),
    _("The station does not answer. Next try in {seconds} s."),
    _("There is no task yet. Give a camera and an algorithm a task, and its picture appears here."),
    _("Unknown"),
    _("User name"),
    _("Waiting for approval"),
    _("Waiting for the first picture"),
    _("You are signed out."),
    _("Your request is sent, {name}. You can sign in as soon as an administrator has approved it."),
    _("{fps} fps"),
    _("{ms} ms"),
    _("{number} tasks"),
)
