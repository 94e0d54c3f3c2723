"""Every setting once: name, type, default, range, title and help. How they are read: settings.py."""

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Literal

from platformdirs import user_data_path
from pydantic import PrivateAttr, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from siapp.core.accelerators import AUTO, NAMES
from siapp.core.domain import Problem
from siapp.core.i18n import _
from siapp.core.setting import Group, Origin, Traits, Unit, declared

DEFAULT_PORT = 8000
SHORTEST_SECRET_BYTES = 32
SHORTEST_METRICS_TOKEN = 16
EXAMPLE_SECRET = "change-me-to-a-long-random-secret-of-your-own"

_HOST_NAME = re.compile(r"\.?[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?")

Network = IPv4Network | IPv6Network

_SERVER, _LIVE_STORAGE = Traits(Group.SERVER), Traits(Group.STORAGE, Unit.BYTES, live=True)


class Settings(BaseSettings):
    """The settings of one start of siapp."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", env_ignore_empty=True, extra="ignore", frozen=True
    )

    data_dir: Path = declared(
        "DATA_DIR",
        _("Data folder"),
        _("Folder of the database, weights, videos, results and logs. Given by --data-dir or SIAPP_DATA_DIR only."),
        Traits(Group.STORAGE, editable=False),
        default_factory=lambda: user_data_path("siapp", appauthor=False),
    )
    database_url: str | None = declared(
        "DATABASE_URL",
        _("Database"),
        _(
            "SQLite in the data folder, or a PostgreSQL server. Its address has a password in it and is given by "
            "DATABASE_URL only: postgresql://user:password@host/name"
        ),
        Traits(Group.STORAGE, editable=False),
        original=True,
        default=None,
        repr=False,  # has a password in it
    )
    secret_key: SecretStr | None = declared(
        "SECRET_KEY",
        _("Secret key"),
        _("Signs tokens and seals camera passwords. Made at the first start; given by SECRET_KEY only."),
        Traits(Group.SIGN_IN, editable=False),
        original=True,
        default=None,
    )
    algorithm: Literal["HS256", "HS384", "HS512"] = declared(
        "ALGORITHM",
        _("Signature of tokens"),
        _("The hash that signs access tokens. After a change everybody signs in again."),
        Traits(Group.SIGN_IN),
        original=True,
        default="HS256",
    )
    access_token_expire_minutes: int = declared(
        "ACCESS_TOKEN_EXPIRE_MINUTES",
        _("Access tokens last"),
        _("How long a browser or a program is signed in before it has to renew its token."),
        Traits(Group.SIGN_IN, Unit.MINUTES, live=True),
        original=True,
        default=30,
        ge=1,
        le=24 * 60,
    )
    host: str = declared(
        "HOST",
        _("Address"),
        _("Where the server listens: 127.0.0.1 for this machine alone, 0.0.0.0 for the whole network."),
        Traits(Group.SERVER, suggestions=("127.0.0.1", "0.0.0.0")),
        default="127.0.0.1",
        min_length=1,
        max_length=255,
    )
    port: int = declared(
        "PORT",
        _("Port"),
        _("The number behind the address. 0 takes any free one."),
        _SERVER,
        default=DEFAULT_PORT,
        ge=0,
        le=65535,
    )
    admin_username: str | None = declared(
        "ADMIN_USERNAME",
        _("First administrator"),
        _("The account that is made at the first start. Of no use later."),
        Traits(Group.SIGN_IN, editable=False),
        default=None,
    )
    admin_password: SecretStr | None = declared(
        "ADMIN_PASSWORD",
        _("First administrator's password"),
        _("Of the account that is made at the first start. Of no use later."),
        Traits(Group.SIGN_IN, editable=False),
        default=None,
    )
    largest_upload_bytes: int = declared(
        "LARGEST_UPLOAD_BYTES",
        _("Largest weight file"),
        _("Larger ones are refused."),
        _LIVE_STORAGE,
        default=1 << 30,
        ge=1 << 20,
    )
    largest_video_bytes: int = declared(
        "LARGEST_VIDEO_BYTES",
        _("Largest video"),
        _("Larger ones are refused for tests. 0: what the person's share allows."),
        _LIVE_STORAGE,
        default=0,
        ge=0,
    )
    tests_at_once: int = declared(
        "TESTS_AT_ONCE",
        _("Tests at the same time"),
        _("Tests on recorded videos that run at once; the others wait for their turn."),
        Traits(Group.TESTS, live=True),
        default=1,
        ge=1,
        le=16,
    )
    user_quota_bytes: int = declared(
        "USER_QUOTA_BYTES",
        _("Each person's share"),
        _("What one person's weight files and test videos may take together. 0: no limit."),
        _LIVE_STORAGE,
        default=20 << 30,
        ge=0,
    )
    free_space_floor_bytes: int | None = declared(
        "FREE_SPACE_FLOOR_BYTES",
        _("Space that stays free"),
        _("On the data folder's disk, for the database. Not set: 1 GB, or 2 % of a small disk."),
        _LIVE_STORAGE,
        default=None,
        ge=0,
    )
    keyframes_most: int = declared(
        "KEYFRAMES_MOST",
        _("Key frames of each task"),
        _("The oldest go when there are more. Running tasks take a change at their next start."),
        Traits(Group.STORAGE, live=True),
        default=5000,
        ge=1,
        le=100_000,
    )
    keyframes_most_bytes: int = declared(
        "KEYFRAMES_MOST_BYTES",
        _("Space for key frames of each task"),
        _("The oldest go when they take more. Running tasks take a change at their next start."),
        _LIVE_STORAGE,
        default=1 << 30,
        ge=1 << 20,
    )
    keyframes_days: float = declared(
        "KEYFRAMES_DAYS",
        _("Key frames are kept for"),
        _("Older ones go. Running tasks take a change at their next start."),
        Traits(Group.STORAGE, Unit.DAYS, live=True),
        default=30.0,
        gt=0,
        le=3650,
    )
    inference_device: str = declared(
        "INFERENCE_DEVICE",
        _("Networks run on"),
        _("auto measures what there is and takes the fastest. Others: cpu, gpu, gpu.1, npu, cuda or cuda.1."),
        Traits(Group.ANALYSIS, suggestions=(AUTO, "cpu", "gpu", "npu", "cuda")),
        default=AUTO,
    )
    audit_days: int = declared(
        "AUDIT_DAYS",
        _("Audit entries are kept for"),
        _("Older ones are cut off once a day. 0 keeps them for ever."),
        Traits(Group.AUDIT, Unit.DAYS, live=True),
        default=3 * 365,
        ge=0,
        le=100 * 365,
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = declared(
        "LOG_LEVEL",
        _("Log level"),
        _("How much siapp writes into its own log. DEBUG is for looking for a fault: it writes a lot."),
        Traits(Group.LOGGING, live=True),
        default="INFO",
    )
    log_format: Literal["text", "json"] = declared(
        "LOG_FORMAT",
        _("Log format"),
        _("text for people, or json: one object a line, for programs that collect logs."),
        Traits(Group.LOGGING),
        default="text",
    )
    tls_cert: Path | None = declared(
        "TLS_CERT",
        _("Certificate"),
        _("The server's certificate and those between it and its root, PEM: https and wss from then on."),
        _SERVER,
        default=None,
    )
    tls_key: Path | None = declared(
        "TLS_KEY",
        _("Private key"),
        _("Of the certificate, PEM. Not needed where it is in the same file."),
        _SERVER,
        default=None,
    )
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode] = declared(
        "TRUSTED_PROXIES",
        _("Trusted proxies"),
        _("Addresses and networks (10.0.0.0/8) of proxies whose X-Forwarded-For, -Proto and -Host are believed."),
        _SERVER,
        default=(),
    )
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = declared(
        "ALLOWED_HOSTS",
        _("More names of this station"),
        _("By which browsers may reach the server, like station.example.com; .example.com: all names below it."),
        _SERVER,
        default=(),
    )
    metrics_token: SecretStr | None = declared(
        "METRICS_TOKEN",
        _("Token for figures"),
        _("Lets a program read GET /metrics without an account. Given by SIAPP_METRICS_TOKEN only."),
        Traits(Group.SERVER, editable=False),
        default=None,
    )

    _origins: dict[str, Origin] = PrivateAttr(default_factory=dict)
    _faults: tuple[Problem, ...] = PrivateAttr(default=())

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        try:
            return tuple(ip_network(part, strict=False) for part in _parts(value))
        except ValueError:
            raise ValueError(_("write addresses and networks, like 192.168.1.5 or 10.0.0.0/8")) from None

    @field_validator("allowed_hosts", mode="before")
    @classmethod
    def _host_names(cls, value: object) -> object:
        names = tuple(part.lower().removesuffix(".") for part in _parts(value))
        if not all(_HOST_NAME.fullmatch(name) for name in names):
            raise ValueError(_("write names without scheme and port, like station.example.com or .example.com"))
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
            raise ValueError(_("write auto, cpu, gpu, gpu.1, npu, cuda or cuda.1"))
        return value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str | None) -> str | None:
        return value if value is None else _sqlalchemy_url(value)

    @property
    def sqlalchemy_url(self) -> str:
        """Where the database is, for SQLAlchemy: psycopg for each spelling of PostgreSQL."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'siapp.db').as_posix()}"

    @property
    def faults(self) -> tuple[Problem, ...]:
        """What of the settings that were changed in the window could not be used, and was left out."""
        return self._faults

    def origin(self, name: str) -> Origin:
        """Where the value of the field `name` comes from."""
        return self._origins.get(name, Origin.GIVEN if name in self.model_fields_set else Origin.DEFAULT)


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
