"""SQLAlchemy compiles a statement once for each engine. Tests have thousands of engines, one after the other, and would
spend a quarter of their time on that."""

from functools import partial
from typing import Any

from sqlalchemy import create_engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from siapp.core.db import engine


def share_compiled_statements() -> None:
    """Let all engines of this process that are made as siapp makes them have one cache. A compiled statement is found
    by its dialect, so two of a kind are to be the same: they talk to the same library and the same server."""
    for dialect in (PGDialect_psycopg, SQLiteDialect_pysqlite):
        dialect.__eq__ = _same_kind  # type: ignore[method-assign]
        dialect.__hash__ = _hash_of_kind  # type: ignore[method-assign, assignment]
    engine.create_engine = partial(create_engine, execution_options={"compiled_cache": {}})  # type: ignore[attr-defined]


def _same_kind(one: object, other: object) -> bool:
    return type(one) is type(other)


def _hash_of_kind(one: Any) -> int:
    return hash(type(one))
