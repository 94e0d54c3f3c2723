"""`siapp user` and `siapp audit` on both databases: what they do, what the audit says of it, what they answer."""

import csv
import io
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from siapp import cli
from siapp.core.db.engine import make_engine
from siapp.core.services import accounts
from siapp.core.settings import load_settings

PASSWORD = "correct horse 7"


@pytest.fixture(autouse=True)
def station_folder(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The commands find the station by the environment, and quickly."""
    monkeypatch.setattr(accounts, "HASH_ROUNDS", 4)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SIAPP_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("LANGUAGE", "en")
    caplog.set_level("WARNING")


def run(*arguments: str, typed: str = "") -> int:
    before, sys.stdin = sys.stdin, io.StringIO(f"{typed}\n")
    try:
        return cli.run(list(arguments))
    finally:
        sys.stdin = before


def add(name: str, role: str) -> None:
    assert run("user", "add", name, "--role", role, typed=PASSWORD) == 0


def change(statement: str) -> None:
    engine = make_engine(load_settings().sqlalchemy_url)
    with engine.execution_options(siapp_writes=True).begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def exported(tmp_path: Path) -> list[dict[str, str]]:
    assert run("audit", "export", str(tmp_path / "audit.csv")) == 0
    with (tmp_path / "audit.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_accounts_are_added_listed_and_changed(capsys: pytest.CaptureFixture[str]) -> None:
    add("ada", "admin")
    add("北门 Otto", "viewer")
    assert run("user", "role", "ADA", "admin") == 0
    assert run("user", "role", "北门 Otto", "operator") == 0
    assert run("user", "status", "北门 Otto", "disabled") == 0
    capsys.readouterr()
    assert run("user", "list") == 0
    assert capsys.readouterr().out == "ada\tadmin\tapproved\n北门 Otto\toperator\tdisabled\n"


def test_a_new_password_is_the_one_that_counts(capsys: pytest.CaptureFixture[str]) -> None:
    add("ada", "admin")
    assert run("user", "password", "ada", typed="short") == 1
    assert "too easy" in capsys.readouterr().err
    assert run("user", "password", "ada", typed="another horse 8") == 0
    assert capsys.readouterr().out == "ada has a new password\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("user", "role", "ada", "viewer"), "last administrator"),
        (("user", "status", "ada", "disabled"), "last administrator"),
        (("user", "role", "nobody", "viewer"), "no such user"),
        (("user", "password", "nobody"), "no such user"),
    ],
)
def test_what_can_not_be_done_is_said_in_one_sentence(
    arguments: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    add("ada", "admin")
    assert run(*arguments, typed=PASSWORD) == 1
    error = capsys.readouterr().err
    assert words in error and error.count("\n") == 1


def test_what_is_done_on_the_command_line_is_in_the_audit_as_by_siapp(tmp_path: Path) -> None:
    add("ada", "admin")
    run("user", "status", "ada", "disabled")
    run("user", "password", "ada", typed="another horse 8")
    lines = exported(tmp_path)
    assert [(line["action"], line["object"], line["outcome"]) for line in lines] == [
        ("user.password", "ada", "done"),
        ("user.status", "", "refused"),
        ("user.add", "ada", "done"),
    ]
    assert {(line["actor"], line["address"]) for line in lines} == {("siapp", "local")}
    assert "horse" not in (tmp_path / "audit.csv").read_text(encoding="utf-8")


def test_an_audit_that_holds_is_verified_with_its_newest_entry(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add("ada", "admin")
    add("otto", "viewer")
    lines = exported(tmp_path)
    capsys.readouterr()
    assert run("audit", "verify") == 0
    assert capsys.readouterr().out == f"The audit holds: 2 entries, the newest is 2 {lines[0]['hash']}\n"


def test_the_first_entry_that_does_not_hold_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("ada", "otto", "vera"):
        add(name, "admin")
    change("UPDATE audit SET object_name = 'eve' WHERE seq = 2")
    capsys.readouterr()
    assert run("audit", "verify") == 1
    assert capsys.readouterr().err == "The audit does not hold: entry 2 was changed or is missing.\n"


def test_an_export_overwrites_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add("ada", "admin")
    (tmp_path / "precious.txt").write_text("mine", encoding="utf-8")
    assert run("audit", "export", str(tmp_path / "precious.txt")) == 1
    assert run("audit", "export", str(tmp_path / "missing" / "audit.csv")) == 1
    error = capsys.readouterr().err
    assert "precious.txt" in error and str(tmp_path) not in error
    assert (tmp_path / "precious.txt").read_text(encoding="utf-8") == "mine"


def test_settings_are_listed_set_and_put_back(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run("settings", "set", "SIAPP_ALLOWED_HOSTS", "a.example.com, .b.example.com") == 0
    assert run("settings", "set", "audit_days", "30") == 0
    capsys.readouterr()
    assert run("settings", "list") == 0
    lines = capsys.readouterr().out.splitlines()
    assert "allowed_hosts\ta.example.com, .b.example.com\tfile" in lines and "audit_days\t30\tfile" in lines
    assert any(line.startswith("database_url\t***\t") for line in lines)
    assert load_settings().audit_days == 30
    assert run("settings", "reset", "audit_days", "allowed_hosts") == 0
    assert load_settings().audit_days == 1095
    assert [line["object"] for line in exported(tmp_path)].count("audit_days") == 2


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [("audit_days", "-1", "audit_days can't be used: at least 0"), ("colour", "blue", "There is no setting")],
)
def test_a_setting_that_is_no_use_is_refused_in_words(
    capsys: pytest.CaptureFixture[str], name: str, value: str, words: str
) -> None:
    assert run("settings", "set", name, value) == 1
    assert words in capsys.readouterr().err
