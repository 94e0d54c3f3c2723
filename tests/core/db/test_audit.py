"""The chain of the audit, on both databases: what is appended holds, and whatever is touched later shows."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from siapp.core.clock import now
from siapp.core.db import audit
from siapp.core.db.engine import make_engine
from siapp.core.db.migrate import migrate
from siapp.core.db.tables import AuditRow
from siapp.core.domain import Action, Actor, AuditFilter, Deed, Role

ADA = Actor(1, "ada", Role.ADMIN, "192.0.2.7")


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url.replace("postgresql://", "postgresql+psycopg://"))
    migrate(engine)
    yield engine
    engine.dispose()


def append(engine: Engine, *names: str) -> None:
    with Session(engine.execution_options(siapp_writes=True)) as session, session.begin():
        for name in names:
            deed = Deed(Action.DEVICE_EDIT, 3, name, {"name": "Tor 北门", "fps": 12.5}, {"name": name})
            audit.append(session, ADA, deed)


def run(engine: Engine, statement: str) -> None:
    with engine.execution_options(siapp_writes=True).begin() as connection:
        connection.execute(text(statement))


def first_fault(engine: Engine) -> int | None:
    with Session(engine) as session:
        return audit.first_fault(session)


def test_what_is_appended_is_read_back_and_the_chain_holds(engine: Engine) -> None:
    assert first_fault(engine) is None
    append(engine, "Gate", "Gate 2")
    append(engine, "北门")
    assert first_fault(engine) is None
    with Session(engine) as session:
        entries = [audit.entry(row) for row in session.query(AuditRow).order_by(AuditRow.seq)]
    assert [one.seq for one in entries] == [1, 2, 3]
    assert (entries[2].actor_id, entries[2].actor, entries[2].address) == (1, "ada", "192.0.2.7")
    assert entries[2].deed == Deed(Action.DEVICE_EDIT, 3, "北门", {"name": "Tor 北门", "fps": 12.5}, {"name": "北门"})


def test_a_change_that_is_rolled_back_leaves_no_entry(engine: Engine) -> None:
    append(engine, "Gate")
    with pytest.raises(ZeroDivisionError), Session(engine) as session, session.begin():
        audit.append(session, ADA, Deed(Action.DEVICE_DELETE))
        raise ZeroDivisionError
    append(engine, "Yard")
    assert first_fault(engine) is None


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE audit SET actor = 'eve' WHERE seq = 2", 2),
        ("UPDATE audit SET before = NULL WHERE seq = 1", 1),
        ("UPDATE audit SET outcome = 'refused' WHERE seq = 3", 3),
        ("UPDATE audit SET hash = '" + "1" * 64 + "' WHERE seq = 2", 2),
        ("DELETE FROM audit WHERE seq = 1", 1),
        ("DELETE FROM audit WHERE seq = 2", 2),
        ("DELETE FROM audit WHERE seq = 3", 3),
        ("DELETE FROM audit", 1),
        ("DELETE FROM audit_head", 4),
    ],
)
def test_what_was_changed_or_removed_shows(engine: Engine, statement: str, fault: int) -> None:
    append(engine, "a", "b", "c")
    run(engine, statement)
    assert first_fault(engine) == fault


def test_people_who_act_at_once_make_one_chain(engine: Engine) -> None:
    threads = [threading.Thread(target=append, args=(engine, f"{n}", f"{n}'")) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert first_fault(engine) is None
    with Session(engine) as session:
        assert session.query(AuditRow).count() == 12


def test_a_look_at_the_chain_sees_one_moment_while_others_append(engine: Engine) -> None:
    threads = [threading.Thread(target=append, args=(engine, *"abcdefgh")) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        assert first_fault(engine) is None
    for thread in threads:
        thread.join()
    assert first_fault(engine) is None


def test_what_a_stranger_sends_can_be_stored(engine: Engine) -> None:
    with Session(engine.execution_options(siapp_writes=True)) as session, session.begin():
        eve = Actor(0, "e\x00v\ud800e" * 100, Role.VIEWER, "a\x00" * 200)
        audit.append(session, eve, Deed(Action.DEVICE_ADD, object_name="\u202ex\x00" * 300))
    with Session(engine) as session:
        stored = audit.page(session, AuditFilter(), 1, 0).items[0]
    assert (stored.actor_id, stored.actor[:3], len(stored.actor), len(stored.address)) == (None, "eve", 100, 100)
    assert stored.deed.object_name == "x" * 255
    assert first_fault(engine) is None


# ---- cutting off what is old ---------------------------------------------------------------------------------


def cut(engine: Engine, days: float = 0) -> bool:
    with Session(engine.execution_options(siapp_writes=True)) as session, session.begin():
        return audit.cut(session, now() - timedelta(days=days))


def numbers(engine: Engine) -> list[int]:
    with Session(engine) as session:
        return [row.seq for row in session.query(AuditRow).order_by(AuditRow.seq)]


def test_what_is_left_after_a_cut_still_holds_and_says_what_went(engine: Engine) -> None:
    append(engine, "a", "b", "c")
    assert not cut(engine, days=1)
    assert cut(engine)
    append(engine, "d")
    assert numbers(engine) == [4, 5]
    assert first_fault(engine) is None
    with Session(engine) as session:
        told = audit.page(session, AuditFilter(action=Action.AUDIT_CUT), 10, 0).items[0]
    assert (told.seq, told.actor_id, told.actor) == (4, None, "siapp")
    assert told.deed.after is not None and (told.deed.after["entries"], told.deed.after["last"]) == (3, 3)


def test_cuts_go_on_in_portions_and_one_after_the_other(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "MOST_CUT", 2)
    append(engine, *"abcde")
    assert [cut(engine), cut(engine)] == [True, True]
    assert numbers(engine) == [5, 6, 7]
    assert first_fault(engine) is None


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("DELETE FROM audit WHERE seq = 4", 4),
        ("DELETE FROM audit WHERE seq = 5", 5),
        ("UPDATE audit_head SET cut_seq = 0", 1),
        ("UPDATE audit_head SET cut_hash = '" + "1" * 64 + "'", 4),
        ("UPDATE audit_head SET cut_seq = 4, cut_hash = (SELECT hash FROM audit WHERE seq = 4)", 5),
    ],
)
def test_a_cut_that_was_none_of_ours_shows(engine: Engine, statement: str, fault: int) -> None:
    append(engine, "a", "b", "c")
    cut(engine)
    append(engine, "d")
    run(engine, statement)
    assert first_fault(engine) == fault


def test_taking_the_oldest_away_and_the_anchor_along_shows(engine: Engine) -> None:
    append(engine, "a", "b", "c")
    run(engine, "UPDATE audit_head SET cut_seq = 2, cut_hash = (SELECT hash FROM audit WHERE seq = 2)")
    run(engine, "DELETE FROM audit WHERE seq <= 2")
    assert first_fault(engine) == 3


def test_a_row_with_an_action_that_nobody_knows_hides_no_other(engine: Engine) -> None:
    append(engine, "a", "b", "c")
    run(engine, "UPDATE audit SET action = 'device.paint' WHERE seq = 2")
    with Session(engine) as session:
        found = audit.page(session, AuditFilter(), 10, 0).items
        unknown = audit.page(session, AuditFilter(action=Action.UNKNOWN), 10, 0)
    assert [one.deed.action for one in found] == [Action.DEVICE_EDIT, Action.UNKNOWN, Action.DEVICE_EDIT]
    assert ([one.seq for one in unknown.items], unknown.total) == ([2], 1)
    assert first_fault(engine) == 2
