"""GET /metrics: who may read it, what stands in it, and that nobody can make it grow."""

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from siapp.core.domain import StreamKey, StreamKind, TaskState, TaskStats, TaskTotals
from siapp.core.errors import Unavailable
from siapp.core.histogram import Distribution
from siapp.core.specs import Demand, TaskFigures, TaskReport
from siapp.core.workers.entry import WorkerRole
from siapp.net.server import Server
from tests.net.conftest import Site, until, video_form, weights_form

TOKEN = "sixteen letters!"
TIMES = Distribution((10.0, 100.0), (3, 2, 1), 400.0)


@dataclass(frozen=True)
class Figures:
    """What a scraper reads: values by name and labels."""

    values: dict[tuple[str, frozenset[tuple[str, str]]], float]

    def __call__(self, name: str, **labels: str) -> float | None:
        return self.values.get((name, frozenset(labels.items())))

    def names(self, **labels: str) -> set[str]:
        return {name for name, found in self.values if found >= labels.items()}


def parsed(text: str) -> Figures:
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    assert len(samples) == len({(s.name, frozenset(s.labels.items())) for s in samples}), "a sample is there twice"
    return Figures({(s.name, frozenset(s.labels.items())): s.value for s in samples})


async def scrape(site: Site) -> Figures:
    return parsed(await site.good("GET", "/metrics", "ada"))


@pytest_asyncio.fixture
async def scraped_by_token(site: Site) -> AsyncIterator[ClientSession]:
    """A second server on the same station, with a token in its settings."""
    settings = site.station.settings.model_copy(update={"metrics_token": SecretStr(TOKEN)})
    server = Server(site.station.services, settings)
    async with ClientSession(await server.start()) as session:
        yield session
    await server.stop()


# ---- who may read it -----------------------------------------------------------------------------------------


async def test_administrators_read_it_as_text_for_prometheus(site: Site) -> None:
    async with site.session.get("/metrics", headers=site.headers("ada")) as response:
        assert response.status == 200
        assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert parsed(await response.text())("siapp_info", version="0.1.0") == 1


@pytest.mark.parametrize(
    ("header", "path", "status"),
    [
        (f"Bearer {TOKEN}", "/metrics", 200),
        (f"bearer {TOKEN}", "/metrics", 200),
        (f"Bearer {TOKEN}x", "/metrics", 401),
        (f"Bearer {TOKEN[:-1]}", "/metrics", 401),
        ("Bearer \udcff", "/metrics", 401),
        ("Bearer", "/metrics", 401),
        (f"Basic {TOKEN}", "/metrics", 401),
        ("", "/metrics", 401),
        (f"Bearer {TOKEN}", "/users", 401),
        (f"Bearer {TOKEN}", "/tasks", 401),
        (f"Bearer {TOKEN}", "/users/me", 401),
    ],
)
async def test_the_token_of_the_settings_opens_the_figures_and_nothing_else(
    scraped_by_token: ClientSession, header: str, path: str, status: int
) -> None:
    headers = {"Authorization": header} if header else {}
    async with scraped_by_token.get(path, headers=headers) as response:
        assert response.status == status


@pytest.mark.parametrize("header", [f"Bearer {TOKEN}", "Bearer ", "Bearer None"])
async def test_without_the_setting_no_token_is_one(site: Site, header: str) -> None:
    assert (await site.ask("GET", "/metrics", None, headers={"Authorization": header}))[0] == 401


async def test_both_kinds_are_let_in_where_there_is_a_token(site: Site, scraped_by_token: ClientSession) -> None:
    for name, status in (("ada", 200), ("olga", 403), ("vera", 403)):
        async with scraped_by_token.get("/metrics", headers=site.headers(name)) as response:
            assert response.status == status


# ---- what stands in it ---------------------------------------------------------------------------------------


async def test_a_task_is_counted_by_state_and_by_its_frames(site: Site) -> None:
    number = await site.add_task('Gate "people" 门')
    await site.good("POST", f"/tasks/{number}/start")
    tasks = site.station.services.tasks
    await tasks.on_report(TaskReport(number, TaskState.RUNNING))
    tasks.on_figures(TaskFigures(number, TaskStats(fps_out=9), TaskTotals(100, 40, 60, TIMES, TIMES)))
    found, task = await scrape(site), {"task_id": str(number), "task": 'Gate "people" 门'}
    assert (found("siapp_tasks", state="running"), found("siapp_tasks", state="stopped")) == (1, 0)
    counts = [found("siapp_task_frames_total", kind=kind, **task) for kind in ("in", "out", "dropped")]
    assert counts == [100, 40, 60]
    for name in ("siapp_task_inference_seconds", "siapp_task_latency_seconds"):
        below = [found(f"{name}_bucket", le=bound, **task) for bound in ("0.01", "0.1", "+Inf")]
        assert below == [3, 5, 6]
        assert (found(f"{name}_sum", **task), found(f"{name}_count", **task)) == (0.4, 6)


async def test_all_tasks_and_tests_are_counted_by_the_states_that_they_can_have(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("siapp.core.services.readings.MOST_TASKS", 0)
    await site.add_task()
    await site.good("POST", "/test-tasks", data=video_form(name="Street", algorithm_id="1"))
    found = await scrape(site)
    assert (found("siapp_tasks", state="stopped"), found("siapp_tests", state="stopped")) == (1, 1)
    assert (found("siapp_tests", state="completed"), found("siapp_tests", state="running")) == (0, 0)
    assert found("siapp_tasks", state="completed") is found("siapp_tests", state="reconnecting") is None


async def test_an_upload_of_a_video_is_seen_too(site: Site) -> None:
    seen: list[float | None] = []

    async def chunks() -> AsyncGenerator[bytes, None]:
        yield b"a video"
        seen.append((await scrape(site))("siapp_queue_depth", queue="uploads"))

    await site.station.services.videos.receive("street.mp4", chunks())
    seen.append((await scrape(site))("siapp_queue_depth", queue="uploads"))
    assert seen == [1, 0]


async def test_a_task_that_is_gone_is_gone_from_the_figures(site: Site) -> None:
    number = await site.add_task()
    await site.good("POST", f"/tasks/{number}/start")
    site.station.services.tasks.on_figures(TaskFigures(number, TaskStats(), TaskTotals(1, 1, 0, TIMES, TIMES)))
    await site.good("POST", f"/tasks/{number}/stop")
    await until(lambda: not site.engine.running)
    await asyncio.sleep(0.1)
    assert (await scrape(site)).names(task_id=str(number)) >= {"siapp_task_frames_total", "siapp_task_viewers"}
    await site.good("DELETE", f"/tasks/{number}")
    assert (await scrape(site)).names(task_id=str(number)) == set()
    assert site.station.services.tasks.totals(number) is None


async def test_viewers_and_sockets_are_counted_while_they_are_there(site: Site) -> None:
    number = await site.add_task()
    hub = site.station.hub
    preview = hub.subscribe(StreamKey(StreamKind.DEVICE, 1), Demand(jpeg_clean=True), lambda _picture: None)
    async with site.open(f"/ws/tasks/{number}", headers=site.headers("vera")) as socket:
        await socket.receive_json()
        found = await scrape(site)
        assert found("siapp_task_viewers", task_id=str(number), task="Gate people") == 1
        assert found("siapp_preview_viewers") == 1
        assert found("siapp_websockets_open", route="/ws/tasks/{task_id}") == 1
        assert found("siapp_websocket_waiting", kind="texts") == 0
    preview.close()
    await until(lambda: not site.server.sockets)
    found = await scrape(site)
    assert found("siapp_preview_viewers") == 0 and found("siapp_websockets_open", route="/ws/tasks/{task_id}") is None
    assert found("siapp_http_requests_total", method="GET", route="/ws/tasks/{task_id}", status="101") == 1
    assert found("siapp_http_request_seconds_count", method="GET", route="/ws/tasks/{task_id}") is None


async def test_answers_are_counted_by_route_and_status_and_timed(site: Site) -> None:
    for number in (1, 2, 3):
        await site.ask("GET", f"/devices/{number}")
    await site.ask("GET", "/devices/1", None)
    found, route = await scrape(site), {"method": "GET", "route": "/devices/{device_id}"}
    assert found("siapp_http_requests_total", status="404", **route) == 3
    assert found("siapp_http_requests_total", status="401", **route) == 1
    assert found("siapp_http_request_seconds_count", **route) == 4
    assert found("siapp_http_request_seconds_bucket", le="+Inf", **route) == 4


async def test_what_clients_make_up_adds_no_figure(site: Site) -> None:
    before = await scrape(site)
    await site.ask("GET", "/nothing/0", None)
    after = len((await scrape(site)).values)
    for number in range(1, 20):
        await site.ask("GET", f"/nothing/{number}", None)
        async with site.session.request(f"ODD{number}", f"/odd/{number}"):
            pass
    assert len((await scrape(site)).values) <= after + 16  # one counter and one histogram, of "other"
    assert len(before.values) < after


async def test_processes_are_weighed_by_what_they_do(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    async def processes() -> tuple[tuple[WorkerRole, int], ...]:
        return ((WorkerRole.CAPTURE, os.getpid()), (WorkerRole.ANALYSIS, os.getpid()), (WorkerRole.IMPORT, 2**22 + 1))

    monkeypatch.setattr(site.engine, "processes", processes)
    found = await scrape(site)
    counts = [found("siapp_processes", role=role) for role in ("main", "capture", "analysis", "job")]
    assert counts == [1, 1, 1, 0]  # a process that has just ended is none
    assert (found("siapp_process_resident_bytes", role="main") or 0) > 10_000_000


async def test_the_database_is_timed_and_an_upload_is_seen(site: Site) -> None:
    before = await scrape(site)
    upload = asyncio.create_task(site.ask("POST", "/algorithms", data=weights_form(content=b"x" * 3_000_000)))
    await until(lambda: site.station.services.uploads.under_way or upload.done())
    await upload
    await until(lambda: not site.station.services.algorithms._imports._tasks)
    after = await scrape(site)
    assert (after("siapp_database_answer_seconds_count") or 0) > (before("siapp_database_answer_seconds_count") or 0)
    assert after("siapp_database_up") == 1
    for queue in ("reports", "pictures", "database_reads", "database_writes", "uploads"):
        assert after("siapp_queue_depth", queue=queue) == 0


async def test_figures_come_while_the_database_does_not_answer(
    scraped_by_token: ClientSession, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(**_options: int) -> None:
        raise Unavailable("database_unavailable", "The database does not answer.")

    monkeypatch.setattr(site.station.services.tasks, "page", away)
    async with scraped_by_token.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}) as response:
        found = parsed(await response.text())
    assert (found("siapp_database_up"), found("siapp_tasks", state="running")) == (0, None)
    assert found("siapp_processes", role="main") == 1
