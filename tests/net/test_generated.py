"""Requests generated from the OpenAPI document against the live port, as each kind of person.

Schemathesis fails a run at a 5xx, at a status, content type, header or body that the document does not have, at wrong
data that is taken, and at a closed route that answers without a token.
"""

import asyncio
import copy
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from siapp.core.domain import AccountStatus, Actor, Role
from siapp.core.specs import JobKind
from siapp.net.openapi import document
from tests.core.services.test_optimize import JSON as REPORT
from tests.net.conftest import Engine, Site

ROOT = Actor(0, "root", Role.ADMIN)
CONFIG = Path(__file__).with_name("schemathesis.toml")
SEED = 20260131
STREAM = {"codec": "h264", "width": 1280, "height": 720, "fps": 25.0, "duration_s": None, "frames": None}
ENDS_THE_SESSION = ("accounts_sign_out",)
"""Operations after which the token of the run would be good for nothing."""


@dataclass
class WillingEngine(Engine):
    """Finds a stream at every address, and a network in every file."""

    async def run_job(self, kind: Any, params: dict[str, Any], **options: Any) -> dict[str, Any]:
        answers = {JobKind.PROBE: STREAM, JobKind.OPTIMIZE: REPORT}
        return dict(answers[kind]) if kind in answers else await super().run_job(kind, params, **options)


async def prepare(site: Site) -> None:
    """People, and objects with the numbers of the document's examples."""
    services = site.station.services
    for service in (services.devices, services.algorithms, services.tasks, services.live):
        service._engine = WillingEngine()  # type: ignore[union-attr, assignment]
    await site.add_task()
    user_id = await site.add("pending", Role.ADMIN)
    await services.accounts.set_status(ROOT, user_id, AccountStatus.PENDING)


async def generated(site: Site, name: str | None, *arguments: str, file: str = "") -> str:
    """A run of Schemathesis as `name`; its report where it found something, else nothing."""
    token = [f"--header=Authorization: Bearer {site.tokens[name]}"] if name else []
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", CONFIG, "run", *token, *arguments),
        *(f"--seed={SEED}", f"--url={site.address}", file or f"{site.address}/openapi.json"),
        cwd=site.station.settings.data_dir,  # it leaves a cache where it runs
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return "" if process.returncode == 0 else output.decode()


def every_operation(examples: int) -> list[str]:
    return [f"--max-examples={examples}", *(f"--exclude-operation-id={name}" for name in ENDS_THE_SESSION)]


@pytest.mark.parametrize("name", [None, "pending", "vera", "olga"])
async def test_no_generated_request_gets_an_answer_outside_the_document(site: Site, name: str | None) -> None:
    await prepare(site)
    assert not await generated(site, name, *every_operation(5))


async def test_nor_does_an_administrators_on_either_database(database_url: str, site: Site) -> None:
    await prepare(site)
    assert not await generated(site, "ada", *every_operation(8))


@pytest.mark.full
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", [None, "pending", "vera", "olga", "ada"])
async def test_nor_do_a_hundred_for_each_route(database_url: str, site: Site, name: str | None) -> None:
    await prepare(site)
    assert not await generated(site, name, *every_operation(100))


async def test_signing_out_keeps_to_the_document_too(site: Site) -> None:
    only = [f"--include-operation-id={name}" for name in ENDS_THE_SESSION]
    assert not await generated(site, "vera", "--max-examples=2", *only)


async def test_a_document_that_is_not_true_is_found_out(site: Site, tmp_path: Path) -> None:
    lying = copy.deepcopy(document())
    lying["components"]["schemas"]["Health"]["properties"]["status"] = {"const": "splendid"}
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(lying))
    found = await generated(site, None, "--max-examples=1", "--include-operation-id=system_health", file=str(path))
    assert "splendid" in found
