"""GET /metrics: the station's figures in Prometheus's text. Labels name routes and existing tasks, nothing that a
client makes up, so that there are only so many of them."""

from collections import Counter as Count
from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import TypeVar

import prometheus_client
from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)

from siapp import __version__
from siapp.core.histogram import SHORT_TIMES_S, Distribution
from siapp.core.services.readings import Reading, TaskReading
from siapp.net.sockets.channel import Channel

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
S = TypeVar("S", bound=str)
NO_ROUTE = "none"
"""In place of a path that is no route: paths are without number."""
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})
_TASK = ["task_id", "task"]

prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]  # one more line for each counter


class Metrics:
    """What the server counts itself, and the text that has the station's figures too. One for each server."""

    def __init__(self, channels: Iterable[Channel]) -> None:
        self._channels = channels
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "siapp_http_requests", "Answers given", ["method", "route", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            "siapp_http_request_seconds",
            "From a request's headers to its answer",
            ["method", "route"],
            buckets=SHORT_TIMES_S,
            registry=self._registry,
        )

    def answered(self, request: web.Request, status: int, seconds: float) -> None:
        """Count an answer. How long a WebSocket was open says nothing about how fast answers are."""
        method, route = request.method if request.method in _METHODS else "other", route_of(request) or NO_ROUTE
        self._requests.labels(method, route, str(status)).inc()
        if status != HTTPStatus.SWITCHING_PROTOCOLS:
            self._seconds.labels(method, route).observe(seconds)

    def families(self, reading: Reading) -> list[Metric]:
        """The figures that are read now. On the loop's thread."""
        return [*_of_station(reading), *_of_tasks(reading.tasks), *_of_sockets(self._channels)]

    def text(self, families: Iterable[Metric]) -> bytes:
        """All of it as text. Takes a while where there are many tasks: not on the loop."""
        registry = CollectorRegistry()
        registry.register(_Collected(families))
        return generate_latest(self._registry) + generate_latest(registry)


METRICS: web.AppKey[Metrics] = web.AppKey("metrics", Metrics)


class _Collected:
    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def route_of(request: web.Request) -> str | None:
    """The template of the request's route, `/tasks/{task_id}`; None where it has none."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else None


def _of_station(reading: Reading) -> Iterator[Metric]:
    yield InfoMetricFamily("siapp", "The program", {"version": __version__})
    yield GaugeMetricFamily("siapp_database_up", "Whether the database answers", float(reading.counts is not None))
    yield _histogram("siapp_database_answer_seconds", "Waiting and work of a call", [([], reading.database_answers, 1)])
    yield _gauge("siapp_queue_depth", "What waits for its turn", "queue", reading.queues)
    memory = reading.memory.items()
    yield _gauge("siapp_processes", "Processes by what they do", "role", {r: m.processes for r, m in memory})
    resident = {role: size.resident_bytes for role, size in memory}
    yield _gauge("siapp_process_resident_bytes", "Resident memory; what is shared counts for each", "role", resident)
    yield GaugeMetricFamily(
        "siapp_preview_viewers", "Viewers of cameras, window and network together", reading.previews
    )
    if reading.counts is not None:
        yield _gauge("siapp_tasks", "Live tasks by state", "state", reading.counts.tasks)
        yield _gauge("siapp_tests", "Tests by state", "state", reading.counts.tests)


def _of_tasks(tasks: Iterable[TaskReading]) -> Iterator[Metric]:
    tasks = tuple(tasks)
    viewers = GaugeMetricFamily("siapp_task_viewers", "Viewers of a task, window and network together", labels=_TASK)
    frames = CounterMetricFamily(
        "siapp_task_frames", "Frames of the camera (in), analysed (out), skipped (dropped)", labels=[*_TASK, "kind"]
    )
    for task in tasks:
        viewers.add_metric(_labels(task), task.viewers)
        if task.totals is not None:
            totals = {"in": task.totals.frames_in, "out": task.totals.frames_out, "dropped": task.totals.dropped}
            for kind, count in totals.items():
                frames.add_metric([*_labels(task), kind], count)
    yield viewers
    yield frames
    ran = [(_labels(task), task.totals) for task in tasks if task.totals is not None]
    inference = [(labels, totals.inference_ms, 1000) for labels, totals in ran]
    yield _histogram("siapp_task_inference_seconds", "Time of the network for a frame", inference, _TASK)
    latency = [(labels, totals.latency_ms, 1000) for labels, totals in ran]
    yield _histogram("siapp_task_latency_seconds", "From the camera's frame to its result", latency, _TASK)


def _of_sockets(channels: Iterable[Channel]) -> Iterator[Metric]:
    channels = tuple(channels)
    opened = Count(channel.route for channel in channels)
    yield _gauge("siapp_websockets_open", "Open WebSockets by route", "route", opened)
    waiting = {"texts": sum(c.waiting[0] for c in channels), "pictures": sum(c.waiting[1] for c in channels)}
    yield _gauge("siapp_websocket_waiting", "Messages that wait to be sent", "kind", waiting)


def _labels(task: TaskReading) -> list[str]:
    return [str(task.id), task.name]


def _gauge(name: str, text: str, label: str, values: Mapping[S, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=[label])
    for value, count in values.items():
        family.add_metric([str(value)], count)
    return family


def _histogram(
    name: str, text: str, found: Iterable[tuple[list[str], Distribution, float]], labels: list[str] | None = None
) -> HistogramMetricFamily:
    """Each distribution's values are divided by its number, to be seconds."""
    family = HistogramMetricFamily(name, text, labels=labels or [])
    for values, distribution, divisor in found:
        bounds = [str(bound / divisor) for bound in distribution.bounds] + ["+Inf"]
        sums = [sum(distribution.counts[: index + 1]) for index in range(len(distribution.counts))]
        family.add_metric(values, list(zip(bounds, sums, strict=True)), distribution.total / divisor)
    return family
