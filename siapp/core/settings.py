"""Every setting once: name, type, default, range, help. Read from the environment and from .env.

The names of the system that siapp replaces (DATABASE_URL, SECRET_KEY, ...) go on working beside the SIAPP_ ones.
"""

import os
import re
import secrets
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, get_args

from platformdirs import user_data_path
from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from siapp.core.accelerators import AUTO, NAMES
from siapp.core.errors import InvalidInput
from siapp.core.i18n import _

DEFAULT_PORT = 8000
SHORTEST_SECRET_BYTES = 32
SHORTEST_METRICS_TOKEN = 16
EXAMPLE_SECRET = "change-me-to-a-long-random-secret-of-your-own"

_HOST_NAME = re.compile(r"\.?[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?")

Network = IPv4Network | IPv6Network


def _names(name: str) -> AliasChoices:
    return AliasChoices(f"SIAPP_{name}", name)


def _own(name: str) -> AliasChoices:
    """A name of siapp alone: without the prefix it would catch variables of other programs."""
    return AliasChoices(f"SIAPP_{name}")


class Settings(BaseSettings):
    """The settings of one start of siapp."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", env_ignore_empty=True, extra="ignore", frozen=True
    )

    data_dir: Path = Field(
        default_factory=lambda: user_data_path("siapp", appauthor=False),
        validation_alias=_own("DATA_DIR"),
        description="Folder of the database, weights, videos, results and logs",
    )
    database_url: str | None = Field(
        default=None,
        validation_alias=_names("DATABASE_URL"),
        repr=False,  # has a password in it
        description="postgresql://user:password@host/name; SQLite in the data folder where it is not set",
    )
    secret_key: SecretStr | None = Field(
        default=None,
        validation_alias=_names("SECRET_KEY"),
        description="Signs tokens and seals camera passwords; made at first start where it is not set",
    )
    algorithm: str = Field(default="HS256", pattern="^HS(256|384|512)$", validation_alias=_names("ALGORITHM"))
    access_token_expire_minutes: int = Field(
        default=30, ge=1, le=24 * 60, validation_alias=_names("ACCESS_TOKEN_EXPIRE_MINUTES")
    )
    host: str = Field(default="127.0.0.1", validation_alias=_own("HOST"))
    port: int = Field(default=DEFAULT_PORT, ge=0, le=65535, validation_alias=_own("PORT"))
    admin_username: str | None = Field(default=None, validation_alias=_own("ADMIN_USERNAME"))
    admin_password: SecretStr | None = Field(default=None, validation_alias=_own("ADMIN_PASSWORD"))
    largest_upload_bytes: int = Field(
        default=1 << 30,
        ge=1 << 20,
        validation_alias=_own("LARGEST_UPLOAD_BYTES"),
        description="Largest weight file that is taken, in bytes",
    )
    largest_video_bytes: int = Field(
        default=0,
        ge=0,
        validation_alias=_own("LARGEST_VIDEO_BYTES"),
        description="Largest video that is taken for a test, in bytes; 0 for what the quota allows",
    )
    tests_at_once: int = Field(
        default=1,
        ge=1,
        le=16,
        validation_alias=_own("TESTS_AT_ONCE"),
        description="Tests on recorded videos that run at the same time; the others wait for their turn",
    )
    user_quota_bytes: int = Field(
        default=20 << 30,
        ge=0,
        validation_alias=_own("USER_QUOTA_BYTES"),
        description="What one person's weight files and test videos may take together, in bytes; 0 for no limit",
    )
    free_space_floor_bytes: int | None = Field(
        default=None,
        ge=0,
        validation_alias=_own("FREE_SPACE_FLOOR_BYTES"),
        description="Bytes that stay free on the data folder's disk; where it is not set, 1 GiB or 2 % of a small disk",
    )
    keyframes_most: int = Field(
        default=5000,
        ge=1,
        le=100_000,
        validation_alias=_own("KEYFRAMES_MOST"),
        description="Key frames that are kept of each live task",
    )
    keyframes_most_bytes: int = Field(
        default=1 << 30,
        ge=1 << 20,
        validation_alias=_own("KEYFRAMES_MOST_BYTES"),
        description="What the key frames of each live task may take, in bytes",
    )
    keyframes_days: float = Field(
        default=30.0,
        gt=0,
        le=3650,
        validation_alias=_own("KEYFRAMES_DAYS"),
        description="How long a live task's key frames are kept, in days",
    )
    inference_device: str = Field(
        default=AUTO,
        validation_alias=_own("INFERENCE_DEVICE"),
        description="Where networks run: auto (the fastest by measurement), cpu, gpu, gpu.1, npu, cuda, cuda.1",
    )
    audit_days: int = Field(
        default=3 * 365,
        ge=0,
        le=100 * 365,
        validation_alias=_own("AUDIT_DAYS"),
        description="How many days entries of the audit are kept; 0 keeps them for ever",
    )
    log_level: str = Field(default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", validation_alias=_own("LOG_LEVEL"))
    log_format: str = Field(
        default="text",
        pattern="^(text|json)$",
        validation_alias=_own("LOG_FORMAT"),
        description="text for people, or json: one object a line, for programs that collect logs",
    )
    tls_cert: Path | None = Field(
        default=None,
        validation_alias=_own("TLS_CERT"),
        description="The server's certificate and those between it and its root, PEM; https and wss from then on",
    )
    tls_key: Path | None = Field(
        default=None,
        validation_alias=_own("TLS_KEY"),
        description="The private key of the certificate, PEM; not needed where it is in the same file",
    )
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode] = Field(
        default=(),
        validation_alias=_own("TRUSTED_PROXIES"),
        description="Addresses and networks (10.0.0.0/8) of proxies whose X-Forwarded-For, -Proto, -Host are believed",
    )
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        validation_alias=_own("ALLOWED_HOSTS"),
        description="More names that browsers may reach the server by; .example.com stands for all names below it",
    )
    metrics_token: SecretStr | None = Field(
        default=None,
        validation_alias=_own("METRICS_TOKEN"),
        description="Lets a program read GET /metrics as a bearer token, without an account",
    )

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        try:
            return tuple(ip_network(part, strict=False) for part in _parts(value))
        except ValueError:
            raise ValueError("write addresses and networks, like 192.168.1.5 or 10.0.0.0/8") from None

    @field_validator("allowed_hosts", mode="before")
    @classmethod
    def _host_names(cls, value: object) -> object:
        names = tuple(part.lower().removesuffix(".") for part in _parts(value))
        if not all(_HOST_NAME.fullmatch(name) for name in names):
            raise ValueError("write names without scheme and port, like station.example.com or .example.com")
        return names

    @field_validator("metrics_token")
    @classmethod
    def _long_token(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < SHORTEST_METRICS_TOKEN:
            raise ValueError(f"at least {SHORTEST_METRICS_TOKEN} characters")
        return value

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            secret = value.get_secret_value()
            if len(secret.encode()) < SHORTEST_SECRET_BYTES or secret == EXAMPLE_SECRET:
                raise ValueError(f"at least {SHORTEST_SECRET_BYTES} bytes of your own, not the example")
        return value

    @field_validator("inference_device")
    @classmethod
    def _known_device(cls, value: str) -> str:
        if not re.fullmatch(f"{AUTO}|{NAMES}", value):
            raise ValueError("write auto, cpu, gpu, gpu.1, npu, cuda or cuda.1")
        return value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str | None) -> str | None:
        return value if value is None else _sqlalchemy_url(value)

    @property
    def sqlalchemy_url(self) -> str:
        """Where the database is, for SQLAlchemy: psycopg for each spelling of PostgreSQL."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'siapp.db').as_posix()}"


def _parts(value: object) -> list[str]:
    """A list as it is written in one line, or as a program gives it."""
    parts = value.split(",") if isinstance(value, str) else value if isinstance(value, (list, tuple)) else ()
    return [text for part in parts if (text := str(part).strip())]


def _sqlalchemy_url(url: str) -> str:
    scheme, _separator, rest = url.partition("://")
    dialect = scheme.partition("+")[0]
    if dialect in ("postgresql", "postgres") and rest:
        # The original system's driver says ssl= where libpq says sslmode=.
        return f"postgresql+psycopg://{re.sub(r'(?<=[?&])ssl=', 'sslmode=', rest)}"
    if dialect == "sqlite" and rest.lstrip("/") not in ("", ":memory:"):
        return f"sqlite://{rest}"
    raise ValueError("write sqlite:///file or postgresql://user:password@host/name")


def load_settings(**overrides: object) -> Settings:
    """Settings from environment and .env; `overrides` (by field name, None ignored) beat both.

    Raises InvalidInput naming the first setting that can't be used, without its value.
    """
    given = {f"SIAPP_{name.upper()}": value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]  # by the environment's names, in place of it
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise _bad_setting(str(first["loc"][0]) if first["loc"] else "?", first["msg"]) from None


def _bad_setting(name: str, reason: str) -> InvalidInput:
    return InvalidInput("bad_setting", _("The setting {name} can't be used: {reason}."), name=name, reason=reason)


def forget_secrets() -> None:
    """Take the settings that are secret out of this process's environment, where all that it starts would find them."""
    secret = {name.upper() for field in Settings.model_fields.values() if _is_secret(field) for name in _spelt(field)}
    for name in [name for name in os.environ if name.upper() in secret]:
        del os.environ[name]


def _is_secret(field: FieldInfo) -> bool:
    return not field.repr or SecretStr in get_args(field.annotation)


def _spelt(field: FieldInfo) -> list[str]:
    """The names of a setting in the environment."""
    alias = field.validation_alias
    return [str(choice) for choice in alias.choices] if isinstance(alias, AliasChoices) else []


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
        raise _bad_setting("SECRET_KEY", f"the file {path.name} is damaged")
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
