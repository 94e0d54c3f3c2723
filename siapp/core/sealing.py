"""Camera addresses at rest: sealed with a key derived from the secret key."""

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from siapp.core.errors import Conflict
from siapp.core.i18n import _


class Seal:
    """Encrypts short texts with authentication (Fernet); the key comes from the secret key by HKDF-SHA256."""

    def __init__(self, secret_key: str) -> None:
        derived = HKDF(SHA256(), 32, salt=None, info=b"siapp camera addresses").derive(secret_key.encode())
        self._fernet = Fernet(base64.urlsafe_b64encode(derived))

    def close(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode("ascii")

    def open(self, sealed: str) -> str:
        """Raises Conflict where the secret key is not the one it was sealed with."""
        try:
            return self._fernet.decrypt(sealed.encode("ascii")).decode()
        except InvalidToken:
            raise Conflict(
                "secret_key_changed",
                _("The secret key has changed since this camera was saved. Please enter its address again."),
            ) from None
