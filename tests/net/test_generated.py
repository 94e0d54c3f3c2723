"""Requests generated from the OpenAPI document against the live port, as each kind of person.

Schemathesis fails a run at a 5xx, at a status, content type, header or body that the document does not have, at wrong
data that is taken, and at a closed route that answers without a token.
"""

import asyncio
import copy
import json
import re
import sys
import tomllib
from pathlib import Path

import pytest

from siapp.core.domain import AccountStatus, Role
from siapp.net.openapi import document
from siapp.net.operations import MULTIPART, OPERATIONS, PATH_WORDS
from tests.net.conftest import Site
from tests.net.world import ROOT, a_task_with_results, a_test, ready_world

CONFIG = Path(__file__).with_name("schemathesis.toml")
SEED = 20260131
ONLY_RANDOM = "--phases=examples,fuzzing"
"""Without the systematic part, which takes most of the time and says the same for each kind of person."""
ENDS_THE_SESSION = ("accounts_sign_out",)
"""Operations after which the token of the run would be good for nothing."""


async def prepare(site: Site) -> None:
    """Objects with the numbers and names of the document's examples, and somebody with a token of better times."""
    world = await ready_world(site)
    await a_task_with_results(world, ROOT, str(PATH_WORDS["task_name"].example))
    await a_test(world, ROOT)
    user_id = await site.add("pending", Role.ADMIN)
    await site.station.services.accounts.set_status(ROOT, user_id, AccountStatus.PENDING)


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


async def find_nothing(site: Site, name: str | None, *arguments: str) -> None:
    report = await generated(site, name, *arguments)
    assert not report, report


def every_operation(examples: int) -> list[str]:
    return [f"--max-examples={examples}", *(f"--exclude-operation-id={name}" for name in ENDS_THE_SESSION)]


@pytest.mark.parametrize("name", ["olga", "ada"])
async def test_no_generated_request_gets_an_answer_outside_the_document(site: Site, name: str) -> None:
    await prepare(site)
    await find_nothing(site, name, *every_operation(5))


@pytest.mark.parametrize("name", [None, "pending", "vera"])
async def test_nor_does_one_of_somebody_who_may_do_less(site: Site, name: str | None) -> None:
    await prepare(site)
    await find_nothing(site, name, ONLY_RANDOM, *every_operation(5))


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_nor_does_one_that_reaches_the_other_database(database_url: str, site: Site) -> None:
    await prepare(site)
    await find_nothing(site, "ada", ONLY_RANDOM, *every_operation(10))


@pytest.mark.full
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", [None, "pending", "vera", "olga", "ada"])
async def test_nor_do_a_hundred_for_each_route(database_url: str, site: Site, name: str | None) -> None:
    await prepare(site)
    await find_nothing(site, name, *every_operation(100))


async def test_signing_out_keeps_to_the_document_too(site: Site) -> None:
    only = [f"--include-operation-id={name}" for name in ENDS_THE_SESSION]
    await find_nothing(site, "vera", "--max-examples=2", *only)


async def test_a_document_that_is_not_true_is_found_out(site: Site, tmp_path: Path) -> None:
    lying = copy.deepcopy(document())
    lying["components"]["schemas"]["Health"]["properties"]["status"] = {"const": "splendid"}
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(lying))
    found = await generated(site, None, "--max-examples=1", "--include-operation-id=system_health", file=str(path))
    assert "splendid" in found


def test_the_configuration_knows_every_multipart_route() -> None:
    (forms,) = tomllib.loads(CONFIG.read_text(encoding="utf-8"))["operations"]
    known = re.compile(forms["include-operation-id-regex"])
    routes = {name.replace(".", "_") for name, operation in OPERATIONS.items() if operation.media == MULTIPART}
    assert routes and {name.replace(".", "_") for name in OPERATIONS if known.match(name.replace(".", "_"))} == routes
