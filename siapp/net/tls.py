"""The server's own TLS: certificate and key from the settings, or a sentence that says what is wrong with them."""

import logging
import ssl
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from siapp.core.errors import SiappError
from siapp.core.i18n import _
from siapp.core.reach import Certificate
from siapp.core.settings import Settings

logger = logging.getLogger(__name__)

CERT, KEY = "SIAPP_TLS_CERT", "SIAPP_TLS_KEY"


def server_context(settings: Settings) -> ssl.SSLContext | None:
    """What `create_server` wants; None where the settings name no certificate. Reads files, so not on the loop.

    Raises SiappError `tls_unusable`, naming the setting and never a path.
    """
    cert, key = settings.tls_cert, settings.tls_key
    if cert is None:
        if key is not None:
            raise _unusable(_("{key} is set without {cert}. Set both, or none."), cert=CERT, key=KEY)
        return None
    _warn_of_dates(_certificates(cert))
    if key is not None:
        _read(key, KEY)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    _load(context, cert, key)
    return context


def certificate(settings: Settings) -> Certificate | None:
    """What the server shows of itself; None without TLS, or where the file can't be read any more. Reads a file."""
    if settings.tls_cert is None:
        return None
    try:
        shown = _certificates(settings.tls_cert)[0]
    except SiappError:
        return None
    return Certificate(
        shown.subject.rfc4514_string(),
        shown.issuer.rfc4514_string(),
        _names(shown),
        shown.not_valid_before_utc,
        shown.not_valid_after_utc,
    )


def _names(shown: x509.Certificate) -> tuple[str, ...]:
    try:
        found = shown.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    addresses = map(str, found.get_values_for_type(x509.IPAddress))
    return (*found.get_values_for_type(x509.DNSName), *addresses)


def _load(context: ssl.SSLContext, cert: Path, key: Path | None) -> None:
    try:
        context.load_cert_chain(cert, key, password=_no_password)
    except _PasswordWanted:
        raise _unusable(
            _("The key in {key} is protected by a password, which siapp can't ask for. Take one without."), key=KEY
        ) from None
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise _unusable(_("{cert} and {key} do not belong together."), cert=CERT, key=KEY) from None
        raise _unusable(_("{key} has no private key in PEM that can be used."), key=KEY if key else CERT) from None


class _PasswordWanted(Exception):
    pass


def _no_password() -> str:
    # Without this OpenSSL would ask at the terminal, and wait.
    raise _PasswordWanted


def _read(path: Path, setting: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise _unusable(_("The file of {setting} can't be read: {reason}."), setting=setting, reason=reason) from None


def _certificates(path: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(_read(path, CERT))
    except ValueError:
        raise _unusable(_("The file of {cert} has no certificate in PEM."), cert=CERT) from None


def _warn_of_dates(chain: list[x509.Certificate]) -> None:
    now = datetime.now(UTC)
    first = chain[0]
    if not first.not_valid_before_utc <= now <= first.not_valid_after_utc:
        logger.warning("the certificate of %s is not valid today: browsers will refuse it", CERT)


def _unusable(sentence: str, **values: object) -> SiappError:
    return SiappError("tls_unusable", sentence, **values)
