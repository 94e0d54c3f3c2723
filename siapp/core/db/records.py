"""Rows to domain values and back: the JSON columns' shapes live here and nowhere else."""

from typing import Any

from siapp.core.db.tables import AlgorithmRow, DeviceRow, TaskRow, TestRow, UserRow, VersionRow
from siapp.core.domain import (
    AccountStatus,
    Algorithm,
    AlgorithmRef,
    AlgorithmVersion,
    Device,
    NamedRef,
    OptimizationReport,
    Problem,
    Progress,
    RecordedVideo,
    Role,
    StreamInfo,
    Task,
    TaskState,
    TestTask,
    User,
    VersionState,
    WeightFormat,
)
from siapp.core.specs import options_from_json


def problem_to_json(problem: Problem | None) -> dict[str, Any] | None:
    if problem is None:
        return None
    return {"code": problem.code, "message": problem.message, "values": dict(problem.values)}


def problem_from_json(stored: dict[str, Any] | None) -> Problem | None:
    if stored is None:
        return None
    return Problem(stored["code"], stored["message"], tuple(stored["values"].items()))


def user(row: UserRow) -> User:
    return User(row.id, row.username, Role(row.role), AccountStatus(row.status), row.created_at)


def device(row: DeviceRow) -> Device:
    return Device(row.id, row.name, row.url_public, row.created_at)


def version(row: VersionRow) -> AlgorithmVersion:
    imported = row.imported or {}
    size = imported.get("input_size")
    return AlgorithmVersion(
        version=row.version,
        filename=row.filename,
        sha256=row.sha256,
        size=row.size,
        format=WeightFormat(imported["format"]) if imported else None,
        state=VersionState(row.state),
        error=problem_from_json(row.error),
        classes=tuple(imported.get("classes", ())),
        input_size=(int(size[0]), int(size[1])) if size else None,
        uploaded_by=row.uploaded_by,
        created_at=row.created_at,
        made_from=row.made_from,
        report=OptimizationReport(**row.report) if row.report else None,
        int8=row.made_from is not None or bool(imported.get("int8")),
    )


def algorithm(row: AlgorithmRow) -> Algorithm:
    return Algorithm(row.id, row.name, row.active_version, tuple(version(v) for v in row.versions))


def task(row: TaskRow) -> Task:
    return Task(
        id=row.id,
        name=row.name,
        device=NamedRef(row.device.id, row.device.name),
        algorithm=AlgorithmRef(row.algorithm.id, row.algorithm.name, row.algorithm.active_version),
        options=options_from_json(row.options),
        state=TaskState(row.state),
        state_since=row.state_since,
        error=problem_from_json(row.error),
        auto_start=row.auto_start,
    )


def test(row: TestRow) -> TestTask:
    video = RecordedVideo(row.video_name, row.video_file, row.video_size, StreamInfo(**row.info))
    version = row.algorithm.active_version if row.version is None else row.version
    return TestTask(
        id=row.id,
        name=row.name,
        algorithm=AlgorithmRef(row.algorithm.id, row.algorithm.name, version),
        video=video,
        options=options_from_json(row.options),
        state=TaskState(row.state),
        state_since=row.state_since,
        error=problem_from_json(row.error),
        progress=Progress(**row.progress) if row.progress else Progress(total=video.frames),
        created_by=row.created_by,
        created_at=row.created_at,
    )
