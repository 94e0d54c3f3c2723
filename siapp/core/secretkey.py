"""The key that signs tokens and seals camera passwords: from the settings, or made at the first start."""

import os
import secrets
from pathlib import Path

from siapp.core.settings import SHORTEST_SECRET_BYTES, Settings, bad_setting


def secret_key(settings: Settings) -> str:
    """The key from the settings, or the one kept in the data folder (0600), made at first start."""
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value()
    path = settings.data_dir / "secret.key"
    if not path.exists():
        _make_secret(path)
    path.chmod(0o600)
    key = path.read_text(encoding="ascii", errors="replace").strip()
    if len(key.encode()) < SHORTEST_SECRET_BYTES:
        raise bad_setting("SECRET_KEY", f"the file {path.name} is damaged")
    return key


def _make_secret(path: Path) -> None:
    """Whole or not at all: an empty key after a crash would sign anybody's tokens."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # unlike a rename, never over a key that another process has made meanwhile
    except FileExistsError:
        pass
    finally:
        draft.unlink()
