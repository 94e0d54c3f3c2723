"""What a person has arranged: kept for that person alone, within bounds, and gone with the account."""

from typing import Any

import pytest
from sqlalchemy import text

from siapp.app import Station
from siapp.core.db import preferences as rows
from siapp.core.domain import Actor, Role, User
from siapp.core.errors import InvalidInput, TooLarge
from siapp.core.services import Services
from siapp.core.services.preferences import LARGEST_BYTES
from siapp.core.settings import Settings
from tests.core.services.conftest import FakeEngine

PASSWORD = "correct horse 7"
WALL = {"layout": "free", "cells": [[0, "摄像头", None, 1.5, True]], "nested": {"deep": [1, 2]}}


def as_actor(user: User) -> Actor:
    return Actor(user.id, user.username, user.role)


async def person(services: Services, name: str = "mia") -> Actor:
    return as_actor(await services.accounts.add_user(name, PASSWORD, Role.VIEWER))


async def test_what_was_never_saved_is_none(services: Services) -> None:
    assert await services.preferences.load(await person(services), "wall") is None


async def test_a_document_comes_back_as_it_was_saved_last(services: Services) -> None:
    mia = await person(services)
    await services.preferences.save(mia, "wall", {"first": 1})
    await services.preferences.save(mia, "wall", WALL)
    assert await services.preferences.load(mia, "wall") == WALL
    assert await services.preferences.load(mia, "another") is None


async def test_everybody_has_their_own(services: Services) -> None:
    mia, ben = await person(services), await person(services, "ben")
    await services.preferences.save(mia, "wall", {"of": "mia"})
    await services.preferences.save(ben, "wall", {"of": "ben"})
    assert await services.preferences.load(mia, "wall") == {"of": "mia"}
    assert await services.preferences.load(ben, "wall") == {"of": "ben"}


async def test_it_is_there_after_a_restart(settings: Settings, engines: list[FakeEngine]) -> None:
    async with Station(settings) as station:
        mia = await person(station.services)
        await station.services.preferences.save(mia, "wall", WALL)
    async with Station(settings) as station:
        assert await station.services.preferences.load(mia, "wall") == WALL


async def test_it_goes_with_the_account(services: Services, admin: Actor, station: Station) -> None:
    mia = await person(services)
    await services.preferences.save(mia, "wall", WALL)
    await services.accounts.delete(admin, mia.user_id)
    count = await services.accounts._db.read(lambda s: s.scalar(text("SELECT count(*) FROM preferences")))
    assert count == 0
    await services.preferences.save(mia, "wall", WALL)
    assert await services.preferences.load(mia, "wall") is None, "nothing is kept for somebody who is gone"


@pytest.mark.parametrize("key", ["", "Wall", "../wall", "a" * 65, "9", "wall\n", "wa ll"])
async def test_a_key_is_a_short_word_of_the_program(services: Services, key: str) -> None:
    mia = await person(services)
    with pytest.raises(InvalidInput):
        await services.preferences.save(mia, key, {})
    with pytest.raises(InvalidInput):
        await services.preferences.load(mia, key)


@pytest.mark.parametrize("document", [{"a": {1, 2}}, {"a": float("nan")}, {"a": b"bytes"}])
async def test_what_is_no_json_is_refused(services: Services, document: dict[str, Any]) -> None:
    mia = await person(services)
    with pytest.raises(InvalidInput):
        await services.preferences.save(mia, "wall", document)


async def test_a_document_that_is_too_large_is_refused_and_the_old_one_stays(services: Services) -> None:
    mia = await person(services)
    fits = {"a": "x" * (LARGEST_BYTES - len('{"a": ""}'))}
    await services.preferences.save(mia, "wall", fits)
    with pytest.raises(TooLarge):
        await services.preferences.save(mia, "wall", {"a": fits["a"] + "x"})
    assert await services.preferences.load(mia, "wall") == fits


async def test_there_are_so_many_and_no_more(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "MOST", 2)
    mia, ben = await person(services), await person(services, "ben")
    for key in ("one", "two"):
        await services.preferences.save(mia, key, {})
    with pytest.raises(TooLarge):
        await services.preferences.save(mia, "three", {})
    await services.preferences.save(mia, "two", {"again": True})
    await services.preferences.save(ben, "three", {})
