"""Settings: where they come from, which are refused, and that refusals show no secret."""

import os
from pathlib import Path

import pytest
from sqlalchemy import make_url

from siapp.core.errors import InvalidInput
from siapp.core.secretkey import secret_key
from siapp.core.settings import EXAMPLE_SECRET, Settings, forget_secrets, load_settings

LONG = "a secret of thirty-two bytes or more"


@pytest.fixture(autouse=True)
def empty_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without .env, an environment without our names."""
    monkeypatch.chdir(tmp_path)
    original = ("DATABASE_URL", "SECRET_KEY", "ALGORITHM", "ACCESS_TOKEN_EXPIRE_MINUTES")
    for name in [name for name in os.environ if name.startswith("SIAPP_") or name in original]:
        monkeypatch.delenv(name)


def test_without_settings_there_are_safe_defaults() -> None:
    settings = load_settings()
    assert (settings.host, settings.port, settings.algorithm) == ("127.0.0.1", 8000, "HS256")
    assert settings.access_token_expire_minutes == 30
    assert settings.sqlalchemy_url == f"sqlite:///{settings.data_dir.as_posix()}/siapp.db"


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgresql://u:p%40ss@h:5432/db", "postgresql+psycopg://u:p%40ss@h:5432/db"),
        ("postgresql+psycopg://u:p@h/db", "postgresql+psycopg://u:p@h/db"),
        ("postgresql+psycopg2://u:p@h/db", "postgresql+psycopg://u:p@h/db"),
        ("postgresql+asyncpg://u:p@h/db", "postgresql+psycopg://u:p@h/db"),
        ("postgres://u:p@h/db", "postgresql+psycopg://u:p@h/db"),
        ("postgresql+asyncpg://u:p@h/db?ssl=require", "postgresql+psycopg://u:p@h/db?sslmode=require"),
        ("postgresql:///db?host=/run/postgresql", "postgresql+psycopg:///db?host=/run/postgresql"),
        ("sqlite:///station.db", "sqlite:///station.db"),
        ("sqlite+aiosqlite:////data/station.db", "sqlite:////data/station.db"),
    ],
)
def test_each_spelling_of_a_database_reaches_it(monkeypatch: pytest.MonkeyPatch, given: str, used: str) -> None:
    monkeypatch.setenv("DATABASE_URL", given)
    assert load_settings().sqlalchemy_url == used
    assert make_url(used).get_backend_name() in ("postgresql", "sqlite")


@pytest.mark.parametrize(
    "given", ["mysql://u:s3cret@h/db", "s3cret", "postgresql:s3cret", "sqlite://", "sqlite:///:memory:"]
)
def test_other_databases_are_refused_without_showing_the_address(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("DATABASE_URL", given)
    with pytest.raises(InvalidInput) as caught:
        load_settings()
    assert "DATABASE_URL" in caught.value.text()
    assert "postgresql://" in caught.value.text()
    assert "s3cret" not in caught.value.text()


def test_the_original_names_in_a_dotenv_go_on_working(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        f"DATABASE_URL=postgresql+asyncpg://u:p@h/db\nSECRET_KEY='{LONG}'\nALGORITHM=HS512\n"
        "ACCESS_TOKEN_EXPIRE_MINUTES=5\nREDIS_URL=redis://localhost\n"
    )
    settings = load_settings()
    assert settings.sqlalchemy_url == "postgresql+psycopg://u:p@h/db"
    assert (secret_key(settings), settings.algorithm, settings.access_token_expire_minutes) == (LONG, "HS512", 5)


def test_our_own_names_beat_the_original_ones_and_the_environment_beats_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text(
        "SIAPP_PORT=1111\nACCESS_TOKEN_EXPIRE_MINUTES=1\nSIAPP_ACCESS_TOKEN_EXPIRE_MINUTES=2\n"
    )
    assert (load_settings().port, load_settings().access_token_expire_minutes) == (1111, 2)
    monkeypatch.setenv("SIAPP_PORT", "2222")
    assert load_settings().port == 2222


def test_names_of_other_programs_are_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "PORT": "99",
        "HOST": "0.0.0.0",
        "LOG_LEVEL": "x",
        "DATA_DIR": "/",
        "ADMIN_PASSWORD": "x",
    }.items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    assert (settings.port, settings.host, settings.log_level, settings.admin_password) == (
        8000,
        "127.0.0.1",
        "INFO",
        None,
    )


def test_arguments_beat_everything_and_none_is_no_argument(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SIAPP_PORT", "2222")
    monkeypatch.setenv("DATABASE_URL", "sqlite:///a.db")
    settings = load_settings(port=3333, host=None, data_dir=tmp_path, database_url="sqlite:///b.db")
    assert (settings.port, settings.host, settings.data_dir) == (3333, "127.0.0.1", tmp_path)
    assert settings.sqlalchemy_url == "sqlite:///b.db"


def test_arguments_are_checked_as_settings_are() -> None:
    with pytest.raises(InvalidInput, match="PORT"):
        load_settings(port=70_000)


def test_empty_settings_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SECRET_KEY", "DATABASE_URL", "SIAPP_PORT"):
        monkeypatch.setenv(name, "")
    settings = load_settings()
    assert (settings.secret_key, settings.database_url, settings.port) == (None, None, 8000)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SIAPP_PORT", "70000"),
        ("SIAPP_PORT", "http"),
        ("ALGORITHM", "none"),
        ("ALGORITHM", "RS256"),
        ("ACCESS_TOKEN_EXPIRE_MINUTES", "0"),
        ("ACCESS_TOKEN_EXPIRE_MINUTES", "100000"),
        ("SIAPP_LOG_LEVEL", "LOUD"),
        ("SIAPP_INFERENCE_DEVICE", "tpu"),
        ("SIAPP_INFERENCE_DEVICE", "cuda:0"),
    ],
)
def test_settings_out_of_range_are_refused_by_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(InvalidInput) as caught:
        load_settings()
    assert caught.value.code == "bad_setting"
    assert name.removeprefix("SIAPP_") in caught.value.text()


@pytest.mark.parametrize("secret", ["s3cret", "s3cret" * 5, EXAMPLE_SECRET])
def test_a_short_secret_or_the_example_is_refused_without_showing_it(
    monkeypatch: pytest.MonkeyPatch, secret: str
) -> None:
    monkeypatch.setenv("SECRET_KEY", secret)
    with pytest.raises(InvalidInput) as caught:
        load_settings()
    assert "SECRET_KEY" in caught.value.text()
    assert secret not in caught.value.text()
    assert caught.value.__cause__ is None


def test_a_secret_is_measured_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "密" * 11)
    assert secret_key(load_settings()) == "密" * 11


def test_settings_do_not_show_their_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", LONG)
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:s3cret@h/db")
    monkeypatch.setenv("SIAPP_ADMIN_PASSWORD", "s3cret")
    for shown in (repr(load_settings()), str(load_settings())):
        assert LONG not in shown
        assert "s3cret" not in shown


@pytest.mark.parametrize("name", ["auto", "cpu", "gpu", "gpu.1", "npu", "cuda", "cuda.0"])
def test_a_device_is_named_as_doctor_names_it(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    assert load_settings().inference_device == "auto"
    monkeypatch.setenv("SIAPP_INFERENCE_DEVICE", name)
    assert load_settings().inference_device == name


def test_what_is_no_device_is_refused_with_the_names_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIAPP_INFERENCE_DEVICE", "tpu")
    with pytest.raises(InvalidInput, match="write auto, cpu, gpu"):
        load_settings()


def test_proxies_are_addresses_and_networks_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIAPP_TRUSTED_PROXIES", "10.0.0.1, 10.1.2.3/8,::1,")
    proxies = load_settings().trusted_proxies
    assert [str(network) for network in proxies] == ["10.0.0.1/32", "10.0.0.0/8", "::1/128"]


def test_names_of_hosts_are_kept_in_small_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIAPP_ALLOWED_HOSTS", "Station.example.com., .example.org")
    assert load_settings().allowed_hosts == ("station.example.com", ".example.org")


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("SIAPP_TRUSTED_PROXIES", "proxy.example.com", "10.0.0.0/8"),
        ("SIAPP_TRUSTED_PROXIES", "10.0.0.0/99", "10.0.0.0/8"),
        ("SIAPP_ALLOWED_HOSTS", "https://station.example.com", "without scheme"),
        ("SIAPP_ALLOWED_HOSTS", "station.example.com:8000", "without scheme"),
        ("SIAPP_ALLOWED_HOSTS", "*", "without scheme"),
        ("SIAPP_METRICS_TOKEN", "fifteen letters", "at least 16"),
        ("SIAPP_LOG_FORMAT", "xml", "text"),
    ],
)
def test_what_the_server_can_do_nothing_with_is_refused_with_what_to_write(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, hint: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(InvalidInput) as caught:
        load_settings()
    assert name.removeprefix("SIAPP_") in caught.value.text()
    assert hint in caught.value.text()
    assert "fifteen" not in caught.value.text()


# ---- the key that is made at first start ---------------------------------------------------------------------


def kept(folder: Path) -> Settings:
    return load_settings(data_dir=folder)


def test_a_key_is_made_once_and_kept_for_its_owner_alone(tmp_path: Path) -> None:
    key = secret_key(kept(tmp_path))
    assert len(key) >= 43
    assert secret_key(kept(tmp_path)) == key
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600


def test_two_stations_have_two_keys(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    assert secret_key(kept(tmp_path / "one")) != secret_key(kept(tmp_path / "two"))


def test_a_key_that_others_could_read_is_closed_again(tmp_path: Path) -> None:
    secret_key(kept(tmp_path))
    (tmp_path / "secret.key").chmod(0o644)
    secret_key(kept(tmp_path))
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", [b"", b"\n", b"short", b"\xff" * 5])
def test_a_damaged_key_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "secret.key").write_bytes(content)
    with pytest.raises(InvalidInput) as caught:
        secret_key(kept(tmp_path))
    assert caught.value.code == "bad_setting"
    assert (tmp_path / "secret.key").read_bytes() == content


def test_a_key_that_another_process_made_meanwhile_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = os.link

    def late(source: Path, target: Path) -> None:
        Path(target).write_text(LONG)
        link(source, target)

    monkeypatch.setattr(os, "link", late)
    assert secret_key(kept(tmp_path)) == LONG
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]


def test_secrets_are_taken_out_of_the_environment_and_the_rest_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = ("SECRET_KEY", "SIAPP_SECRET_KEY", "DATABASE_URL", "siapp_database_url", "SIAPP_ADMIN_PASSWORD")
    for name in (*secret, "SIAPP_METRICS_TOKEN", "SIAPP_PORT", "SIAPP_ADMIN_USERNAME", "SOMETHING_ELSE"):
        monkeypatch.setenv(name, LONG)
    forget_secrets()
    assert [name for name in (*secret, "SIAPP_METRICS_TOKEN") if name in os.environ] == []
    assert {"SIAPP_PORT", "SIAPP_ADMIN_USERNAME", "SOMETHING_ELSE"} <= os.environ.keys()
