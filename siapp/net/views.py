"""What goes out: domain values and events as JSON. Times in RFC 3339 UTC, problems in the reader's language."""

import json
import math
from collections.abc import Callable
from typing import Any, TypeVar, assert_never

from siapp.core.clock import rfc3339
from siapp.core.domain import (
    Algorithm,
    AlgorithmRef,
    AlgorithmVersion,
    AuditEntry,
    CheckResult,
    DetectedObject,
    Device,
    NamedRef,
    OptimizationReport,
    Picture,
    Problem,
    Progress,
    RecordedVideo,
    Task,
    TaskOptions,
    TaskStats,
    TestTask,
    User,
    VideoCheck,
)
from siapp.core.events import (
    AlgorithmChanged,
    AlgorithmDeleted,
    DeviceChanged,
    DeviceDeleted,
    DeviceGlimpsed,
    Event,
    ImportProgress,
    Notice,
    SessionEnded,
    TaskDeleted,
    TaskStateChanged,
    TaskStatsChanged,
    TestDeleted,
    TestProgress,
    TestStateChanged,
    UploadProgress,
    UserChanged,
    UserDeleted,
)
from siapp.core.i18n import Language, translate
from siapp.core.keyframes import KeyFrame
from siapp.core.page import Page
from siapp.core.problems import sentence
from siapp.core.services.accounts import SignIn

T = TypeVar("T")
Json = dict[str, Any]


def dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def page(found: Page[T], view: Callable[[T], Json]) -> Json:
    return {"items": [view(item) for item in found.items], "total": found.total}


def problem(found: Problem | None, language: Language) -> Json | None:
    if found is None:
        return None
    return {"code": found.code, "message": sentence(found, language)}


def signed_in(sign_in: SignIn) -> Json:
    return {
        "access_token": sign_in.access_token,
        "token_type": "bearer",
        "expires_in": sign_in.expires_in,
        "refresh_token": sign_in.refresh_token,
    }


def registered(user_: User) -> Json:
    return {"id": user_.id, "username": user_.username, "status": user_.status.value}


def user(user_: User) -> Json:
    return {
        "id": user_.id,
        "username": user_.username,
        "role": user_.role.value,
        "status": user_.status.value,
        "is_superuser": user_.is_superuser,
        "created_at": rfc3339(user_.created_at),
    }


def audit_entry(entry: AuditEntry, _language: Language) -> Json:
    deed = entry.deed
    return {
        "at": rfc3339(entry.at),
        "actor": entry.actor,
        "action": deed.action.value,
        "object": {"kind": deed.action.kind, "id": deed.object_id, "name": deed.object_name},
        "before": deed.before,
        "after": deed.after,
        "outcome": deed.outcome.value,
        "address": entry.address,
    }


def device(device_: Device, language: Language) -> Json:
    return {
        "id": device_.id,
        "name": device_.name,
        "rtsp_url": device_.rtsp_url,
        "state": device_.state.value,
        "state_since": rfc3339(device_.since) if device_.since else None,
        "last_error": problem(device_.last_error, language),
        "created_at": rfc3339(device_.created_at),
    }


def check(result: CheckResult, language: Language) -> Json:
    info = result.info
    return {
        "reachable": result.reachable,
        "codec": info.codec if info else None,
        "width": info.width if info else None,
        "height": info.height if info else None,
        "fps": _number(info.fps) if info else None,
        "elapsed_ms": result.elapsed_ms,
        "error": problem(result.error, language),
    }


def algorithm(algorithm_: Algorithm, language: Language) -> Json:
    return {
        "id": algorithm_.id,
        "name": algorithm_.name,
        "active_version": algorithm_.active_version,
        "versions": [version(one, language) for one in algorithm_.versions],
    }


def version(version_: AlgorithmVersion, language: Language) -> Json:
    return {
        "version": version_.version,
        "filename": version_.filename,
        "sha256": version_.sha256,
        "size": version_.size,
        "format": version_.format.value if version_.format else None,
        "state": version_.state.value,
        "error": problem(version_.error, language),
        "classes": list(version_.classes),
        "input_size": list(version_.input_size) if version_.input_size else None,
        "uploaded_by": version_.uploaded_by,
        "created_at": rfc3339(version_.created_at),
        "made_from": version_.made_from,
        "int8": version_.int8,
        "report": _report(version_.report) if version_.report else None,
    }


def _report(report: OptimizationReport) -> Json:
    return {
        "pictures": report.pictures,
        "boxes": report.boxes,
        "kept": report.kept,
        "kept_closely": report.kept_closely,
        "added": report.added,
        "score_change": round(report.score_change, 4),
        "fps_before": _number(report.fps_before),
        "fps_after": _number(report.fps_after),
    }


def task(task_: Task, language: Language) -> Json:
    return {
        "id": task_.id,
        "name": task_.name,
        "device": _named(task_.device),
        "algorithm": _algorithm_ref(task_.algorithm),
        "options": _options(task_.options),
        "state": task_.state.value,
        "state_since": rfc3339(task_.state_since),
        "error": problem(task_.error, language),
        "auto_start": task_.auto_start,
        "stats": stats(task_.stats),
    }


def stats(stats_: TaskStats) -> Json:
    return {
        "fps_in": _number(stats_.fps_in),
        "fps_out": _number(stats_.fps_out),
        "dropped": stats_.dropped,
        "inference_ms": _number(stats_.inference_ms),
        "latency_ms": _number(stats_.latency_ms),
        "objects": stats_.objects,
        "latency_p95_ms": _number(stats_.latency_p95_ms),
        "window_p95_ms": _number_or_none(stats_.window_p95_ms),
        "viewers_p95_ms": _number_or_none(stats_.viewers_p95_ms),
    }


def test(test_: TestTask, language: Language) -> Json:
    return {
        "id": test_.id,
        "name": test_.name,
        "algorithm": _algorithm_ref(test_.algorithm),
        "options": _test_options(test_.options),
        "video": _video(test_.video),
        "state": test_.state.value,
        "state_since": rfc3339(test_.state_since),
        "progress": progress(test_.progress),
        "error": problem(test_.error, language),
        "created_by": test_.created_by,
        "created_at": rfc3339(test_.created_at),
    }


def _video(video: RecordedVideo) -> Json:
    info = video.info
    return {
        "filename": video.filename,
        "size": video.size,
        "duration_s": _number_or_none(info.duration_s),
        "frames": info.frames,
        "width": info.width,
        "height": info.height,
        "fps": _number(info.fps),
    }


def progress(progress_: Progress) -> Json:
    return {
        "done": progress_.done,
        "total": progress_.total,
        "fps": _number(progress_.fps),
        "eta_s": _number_or_none(progress_.eta_s),
    }


def key_frames(found: Page[KeyFrame], address: str) -> Json:
    """`address`: of the results that they belong to."""
    return {
        "frames": [
            {"name": one.name, "frame": one.frame, "at": rfc3339(one.taken_at), "url": f"{address}/{one.name}"}
            for one in found.items
        ],
        "total": found.total,
    }


def video_check(found: VideoCheck, language: Language) -> Json:
    info = found.info
    return {
        "exists": found.exists,
        "playable": found.playable,
        "size": found.size,
        "size_mb": round(found.size / (1 << 20), 2),
        "duration_s": _number_or_none(info.duration_s) if info else None,
        "frames": info.frames if info else None,
        "width": info.width if info else None,
        "height": info.height if info else None,
        "codec": info.codec if info else None,
        "error": problem(found.error, language),
    }


def detections(picture: Picture) -> Json:
    return {
        "type": "detections",
        "seq": picture.seq,
        "at": rfc3339(picture.captured_at),
        "latency_ms": _number(picture.latency_ms),
        "width": picture.width,
        "height": picture.height,
        "objects": [_object(found) for found in picture.objects],
    }


def event(happened: Event, language: Language) -> Json | None:
    """An event as a message; None where it is nobody's to read."""
    match happened:
        case DeviceChanged(device_):
            return {"type": "device", "device": device(device_, language)}
        case DeviceDeleted(device_id):
            return {"type": "device_deleted", "id": device_id}
        case AlgorithmChanged(algorithm_):
            return {"type": "algorithm", "algorithm": algorithm(algorithm_, language)}
        case AlgorithmDeleted(algorithm_id):
            return {"type": "algorithm_deleted", "id": algorithm_id}
        case ImportProgress():
            return _import_progress(happened, language)
        case UploadProgress():
            return _upload_progress(happened)
        case TaskStateChanged(task_):
            return {"type": "task", "task": task(task_, language)}
        case TaskStatsChanged(task_):
            return {"type": "stats", "task_id": task_.id, "stats": stats(task_.stats)}
        case TaskDeleted(task_id):
            return {"type": "task_deleted", "id": task_id}
        case TestStateChanged(test_):
            return {"type": "test", "test": test(test_, language)}
        case TestProgress(test_id, progress_):
            return {"type": "test_progress", "id": test_id, "progress": progress(progress_)}
        case TestDeleted(test_id):
            return {"type": "test_deleted", "id": test_id}
        case Notice(severity, problem_):
            return {"type": "notice", "severity": severity.name.lower(), **(problem(problem_, language) or {})}
        case UserChanged(user_):
            return {"type": "user", "user": user(user_)}
        case UserDeleted(user_id):
            return {"type": "user_deleted", "id": user_id}
        case SessionEnded() | DeviceGlimpsed():
            return None
        case _:
            assert_never(happened)


def _import_progress(progress: ImportProgress, language: Language) -> Json:
    return {
        "type": "import_progress",
        "algorithm_id": progress.algorithm_id,
        "version": progress.version,
        "fraction": _number(progress.fraction),
        "step": translate(progress.step, language),
    }


def _upload_progress(progress: UploadProgress) -> Json:
    return {
        "type": "upload_progress",
        "upload_id": progress.upload_id,
        "received": progress.received,
        "total": progress.total,
    }


def _object(found: DetectedObject) -> Json:
    return {
        "class": found.class_id,
        "label": found.label,
        "confidence": round(found.confidence, 4),
        "box": [round(edge, 2) for edge in found.box],
    }


def _named(ref: NamedRef) -> Json:
    return {"id": ref.id, "name": ref.name}


def _algorithm_ref(ref: AlgorithmRef) -> Json:
    return {"id": ref.id, "name": ref.name, "version": ref.version}


def _options(options: TaskOptions) -> Json:
    return {
        "confidence": options.confidence,
        "iou": options.iou,
        "classes": None if options.classes is None else list(options.classes),
        "max_fps": options.max_fps,
        "keyframe_interval": options.keyframe_interval,
        "draw_labels": options.draw_labels,
    }


def _test_options(options: TaskOptions) -> Json:
    """A recorded video is analysed frame by frame: there is no highest rate."""
    return {name: value for name, value in _options(options).items() if name != "max_fps"}


def _number(value: float) -> float:
    # JSON has no NaN and no infinity; a figure that is neither measured nor finite reads 0.
    return round(value, 3) if math.isfinite(value) else 0.0


def _number_or_none(value: float | None) -> float | None:
    return None if value is None else _number(value)
