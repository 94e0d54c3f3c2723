"""A siapp that adds and deletes tests on videos until it is killed: `python -m tests.core.services.churn DIR`."""

import asyncio
import itertools
import sys
from pathlib import Path

from siapp import app
from siapp.core.domain import Actor, Role
from siapp.core.settings import load_settings
from tests.core.services.conftest import Desk, FakeEngine


async def run(data_dir: Path) -> None:
    made: list[FakeEngine] = []
    app.Engine = lambda hub: made.append(FakeEngine(hub)) or made[-1]  # type: ignore[misc, assignment, func-returns-value, return-value]
    async with app.Station(load_settings(data_dir=data_dir, port=0)) as station:
        desk = Desk(station, made[0], Actor(1, "olga", Role.OPERATOR))
        found = (await station.services.algorithms.page()).items
        algorithm = found[0] if found else await desk.algorithm()
        left = [test.id for test in (await station.services.tests.page()).items]
        print("at it", flush=True)
        for number in itertools.count(1 + max(left, default=0)):
            left.append((await desk.test(f"test {number}", algorithm)).id)
            if len(left) > 2:
                await station.services.tests.delete(desk.operator, left.pop(0))


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1])))
