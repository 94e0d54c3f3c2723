"""The documentation of each handler: what it takes, what it gives, how it can refuse.

How to document a route: add its handler's name to OPERATIONS with a summary (an order, no full stop), its answers by
status (`gives(Model)`, `DONE`; models live in `answers`), and where it has them `body` (a model of `bodies`; with
`media=MULTIPART` for uploads, whose file is a field of type `File`), `query` (parameters of `query`) and `codes`: the
problem codes of its own, each listed in `codes.CODES`. What follows from the row and the body is added by `openapi`:
401, 403, 404 of the objects in the path, 408, 413, 415, 422 and 503. A new word in a path goes into PATH_WORDS.
Every answer that a test gets is checked against this; what isn't documented fails there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from siapp.net import answers, bodies
from siapp.net.bodies import FORM_TYPE, JSON_TYPE
from siapp.net.query import (
    ACTION,
    ACTOR,
    FRAMES_LIMIT,
    LEVEL,
    OFFSET,
    OUTCOME,
    SINCE,
    STATUS,
    TAIL,
    UNTIL,
    WINDOW,
    Parameter,
)
from siapp.net.uploads import MULTIPART_TYPE

MULTIPART, FORM = MULTIPART_TYPE, FORM_TYPE

Model = type[BaseModel]
Content = Mapping[str, Model | None]
"""Models by content type; None where the bytes have no model."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One handler's documentation. `answers`: the good ones, by status; `note`: more than the summary says."""

    summary: str
    answers: Mapping[int, Content] = field(default_factory=dict)
    body: Model | None = None
    media: str = JSON_TYPE
    query: tuple[Parameter, ...] = ()
    codes: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class PathWord:
    """A variable part of a path. `missing`: the code of an object that is not there."""

    text: str
    example: int | str
    missing: str = "not_found"

    @property
    def schema(self) -> dict[str, Any]:
        if isinstance(self.example, int):
            return {"type": "integer", "minimum": 1, "maximum": bodies.LARGEST_NUMBER}
        return {"type": "string", "minLength": 1}


def gives(model: Model, *statuses: int) -> dict[int, Content]:
    """A JSON object of this model, with 200 or each of these statuses."""
    return {status: {JSON_TYPE: model} for status in statuses or (200,)}


def gives_file(*types: str) -> dict[int, Content]:
    """Bytes of one of these types, or 304 where the client has them already."""
    return {200: dict.fromkeys(types), 304: {}}


RESULT_TYPES = ("video/mp4", "image/jpeg", "text/plain", "application/jsonl")
DONE: Mapping[int, Content] = {204: {}}

PATH_WORDS: Mapping[str, PathWord] = {
    "user_id": PathWord("The account's number", 1, "user_not_found"),
    "device_id": PathWord("The camera's number", 1, "device_not_found"),
    "algorithm_id": PathWord("The algorithm's number", 1, "algorithm_not_found"),
    "version": PathWord("The version's number within the algorithm", 1, "version_not_found"),
    "task_id": PathWord("The task's number", 1, "task_not_found"),
    "test_id": PathWord("The test's number", 1, "test_not_found"),
    "file": PathWord("The file's name", "app.js"),
    "asset": PathWord("The file's name", "swagger-ui.css"),
    "task_name": PathWord("The name of a live task or a test, percent-encoded", "Gate people", "task_not_found"),
    "file_name": PathWord(
        "output.mp4, process.log, error.txt, detections.jsonl or frame_N.jpg", "output.mp4", "file_not_found"
    ),
    "folder": PathWord("The part of the page that it belongs to", "base"),
    "module": PathWord("The file's name in that folder", "dom.js"),
}

TAGS: Mapping[str, tuple[str, str]] = {
    "system": ("Station", "The station itself."),
    "accounts": ("Accounts", "People, their sessions, and who may do what."),
    "audit": ("Audit", "Who did what, and who was refused what. Nothing of it can be changed."),
    "devices": ("Cameras", "Cameras and whether they can be opened."),
    "algorithms": ("Algorithms", "Weight files in versions."),
    "tasks": ("Live tasks", "A camera and an algorithm at work."),
    "test_tasks": ("Tests", "An algorithm tried on a recorded video."),
    "results": ("Results", "What live tasks and tests leave: key frames, result videos, logs."),
    "docs": ("Documentation", "This document, and a page to try it out."),
    "page": ("Web page", "The files of the web page at /."),
}
"""By module of the handlers: the heading in the document and a sentence about it."""

PAGE_TYPES = ("text/html", "text/css", "text/javascript", "image/svg+xml", JSON_TYPE)

OPERATIONS: Mapping[str, Operation] = {
    # ---- the station
    "system.health": Operation("Ask whether the station is up", gives(answers.Health)),
    "system.metrics": Operation(
        "Read the station's figures",
        {200: {"text/plain": None}},
        note="In Prometheus's text format, for its scraper.",
    ),
    "docs.document": Operation("Read this document", gives_file(JSON_TYPE)),
    "docs.page": Operation("Open the interactive documentation", gives_file("text/html")),
    "docs.file": Operation("Read a file of the interactive documentation", gives_file("text/css", "text/javascript")),
    "page.index": Operation("Open the web page", gives_file("text/html")),
    "page.file": Operation("Read a file of the web page", gives_file(*PAGE_TYPES)),
    "page.file_in_folder": Operation("Read a file of a part of the web page", gives_file(*PAGE_TYPES)),
    "page.theme": Operation("Read the web page's colours", gives_file("text/css")),
    # ---- accounts
    "accounts.register": Operation(
        "Ask for an account",
        gives(answers.Registered, 201),
        body=bodies.Registration,
        codes=(
            "name_taken",
            "bad_name",
            "weak_password",
            "long_password",
            "too_many_tries",
            "too_many_pending",
            "too_many_at_once",
        ),
        note="An administrator has to approve it before it can sign in.",
    ),
    "accounts.sign_in": Operation(
        "Sign in",
        gives(answers.Tokens),
        body=bodies.SignInForm,
        media=FORM,
        codes=(
            "invalid_credentials",
            "account_pending",
            "account_rejected",
            "account_disabled",
            "too_many_tries",
            "too_many_at_once",
        ),
        note="OAuth2 password flow; `grant_type`, `scope` and `client_*` are accepted and ignored.",
    ),
    "accounts.refresh": Operation(
        "Take a new pair of tokens",
        gives(answers.Tokens),
        body=bodies.Refresh,
        codes=("session_ended", "account_pending", "account_rejected", "account_disabled"),
        note="A refresh token is good for one use; using it again ends the session for both who hold it.",
    ),
    "accounts.sign_out": Operation("Sign out, and close the session's WebSockets", DONE),
    "accounts.verify": Operation("Ask whether the token is still good", gives(answers.Verified)),
    "accounts.me": Operation("Read the own account", gives(answers.User)),
    "accounts.list_users": Operation("List accounts", gives(answers.Users), query=(STATUS, *WINDOW)),
    "accounts.set_status": Operation(
        "Approve, reject or disable an account",
        gives(answers.User),
        body=bodies.NewStatus,
        codes=("last_admin",),
        note="Takes effect on open sessions within five seconds.",
    ),
    "accounts.set_role": Operation(
        "Give an account another role",
        gives(answers.User),
        body=bodies.NewRole,
        codes=("last_admin",),
        note="Takes effect on open sessions at once.",
    ),
    "accounts.delete": Operation("Delete an account, and end its sessions", DONE, codes=("last_admin",)),
    "accounts.change_password": Operation(
        "Change the own password",
        DONE,
        body=bodies.NewPassword,
        codes=("wrong_password", "weak_password", "long_password", "too_many_tries", "too_many_at_once"),
        note="Every other session of the account ends.",
    ),
    # ---- the audit
    "audit.list_all": Operation(
        "Read who did what, and who was refused what",
        {200: {JSON_TYPE: answers.AuditEntries, "text/csv": None}},
        query=(ACTOR, ACTION, SINCE, UNTIL, OUTCOME, *WINDOW),
        note="Newest first. All that is wanted, in pieces and without a window, as a file with `Accept: text/csv`.",
    ),
    # ---- cameras
    "devices.add": Operation(
        "Add a camera",
        gives(answers.Device, 201),
        body=bodies.NewDevice,
        codes=("name_taken", "bad_name", "bad_camera_url", "file_not_found"),
        note="Addresses: rtsp, rtsps, http and https (MJPEG), or file:///NAME for a video of the station, looped.",
    ),
    "devices.list_all": Operation("List cameras", gives(answers.Devices), query=WINDOW),
    "devices.get": Operation("Read a camera", gives(answers.Device)),
    "devices.update": Operation(
        "Change a camera",
        gives(answers.Device),
        body=bodies.DeviceEdit,
        codes=("name_taken", "bad_name", "bad_camera_url", "file_not_found"),
    ),
    "devices.delete": Operation("Delete a camera", DONE, codes=("device_in_use",)),
    "devices.check": Operation(
        "Try to open a camera",
        gives(answers.CheckResult),
        body=bodies.DeviceCheck,
        codes=("device_not_found", "nothing_to_check", "bad_camera_url", "file_not_found", "too_many_checks"),
        note="A camera that can't be opened is an answer, too: `reachable` is false and `error` says why.",
    ),
    # ---- algorithms
    "algorithms.add": Operation(
        "Upload a new algorithm",
        gives(answers.Algorithm, 202),
        body=bodies.NewAlgorithm,
        media=MULTIPART,
        codes=("name_taken", "bad_name"),
        note="A .pt, an .onnx, or a .zip of an OpenVINO export. Its import goes on after the answer; /ws/events tells.",
    ),
    "algorithms.list_all": Operation("List algorithms", gives(answers.Algorithms), query=WINDOW),
    "algorithms.get": Operation("Read an algorithm", gives(answers.Algorithm)),
    "algorithms.delete": Operation("Delete an algorithm and its files", DONE, codes=("algorithm_in_use",)),
    "algorithms.add_version": Operation(
        "Upload the next version", gives(answers.Algorithm, 202), body=bodies.NewVersion, media=MULTIPART
    ),
    "algorithms.activate": Operation(
        "Choose the version in use",
        gives(answers.Algorithm),
        body=bodies.ActiveVersion,
        codes=("version_not_found", "version_not_ready"),
        note="Running tasks take it over without losing their camera.",
    ),
    "algorithms.delete_version": Operation("Delete a version and its files", DONE, codes=("algorithm_in_use",)),
    "algorithms.optimize": Operation(
        "Make an INT8 version",
        gives(answers.Algorithm, 202),
        body=bodies.Optimization,
        codes=("device_not_found", "optimize_missing", "version_not_ready", "already_int8", "being_optimized"),
        note="Goes on after the answer; nobody uses the new version before it is activated.",
    ),
    # ---- live tasks
    "tasks.add": Operation(
        "Add a task",
        gives(answers.Task, 201),
        body=bodies.NewTask,
        codes=("device_not_found", "algorithm_not_found", "name_taken", "duplicate_task", "bad_name", "bad_option"),
    ),
    "tasks.list_all": Operation("List tasks", gives(answers.Tasks), query=WINDOW),
    "tasks.get": Operation("Read a task", gives(answers.Task)),
    "tasks.update": Operation(
        "Change a task's options",
        gives(answers.Task),
        body=bodies.TaskEdit,
        codes=("bad_option",),
        note="Applied to a running task at once.",
    ),
    "tasks.delete": Operation("Delete a task and its results", DONE, codes=("task_running",)),
    "tasks.start": Operation(
        "Start a task",
        gives(answers.Task, 202, 200),
        codes=("algorithm_not_ready", "version_not_ready", "task_in_transition"),
        note="200 where it runs already: nothing is done twice.",
    ),
    "tasks.stop": Operation(
        "Stop a task",
        gives(answers.Task, 202, 200),
        codes=("task_in_transition",),
        note="200 where it is stopped already.",
    ),
    "tasks.log": Operation(
        "Read the end of a task's log",
        {200: {JSON_TYPE: answers.Log, "text/plain": None}},
        query=(TAIL, LEVEL),
        note="As a text file with `Accept: text/plain`.",
    ),
    # ---- tests
    "test_tasks.add": Operation(
        "Add a test",
        gives(answers.Test, 201),
        body=bodies.NewTest,
        media=MULTIPART,
        codes=("algorithm_not_found", "name_taken", "bad_name", "bad_option", "not_a_video"),
        note="The video is opened and looked into before the answer. `options` is JSON.",
    ),
    "test_tasks.list_all": Operation("List tests", gives(answers.Tests), query=WINDOW),
    "test_tasks.get": Operation("Read a test", gives(answers.Test)),
    "test_tasks.delete": Operation("Delete a test, its video and its results", DONE, codes=("task_running",)),
    "test_tasks.start": Operation(
        "Start a test",
        gives(answers.Test, 202, 200),
        codes=("algorithm_not_ready", "version_not_found", "version_not_ready", "task_in_transition", "disk_full"),
        note=(
            "The results of an earlier run go. While others run it waits for its turn: `state` is starting, and "
            "`error` says so. 200 where it runs already: nothing is done twice."
        ),
    ),
    "test_tasks.stop": Operation(
        "Stop a test",
        gives(answers.Test, 202, 200),
        codes=("task_in_transition",),
        note="What was analysed so far stays, with a video that plays. 200 where it does not run.",
    ),
    "test_tasks.log": Operation(
        "Read the end of a test's log",
        {200: {JSON_TYPE: answers.Log, "text/plain": None}},
        query=(TAIL, LEVEL),
        note="As a text file with `Accept: text/plain`.",
    ),
    # ---- results
    "results.frames": Operation(
        "List key frames",
        gives(answers.KeyFrames),
        query=(FRAMES_LIMIT, OFFSET),
        note="By their numbers. Frames that were analysed count from 0, over all starts of a live task.",
    ),
    "results.check_video": Operation(
        "Read the whole result video",
        gives(answers.VideoCheck),
        codes=("too_many_checks",),
        note="A video that is missing or can't be played is an answer, too: `error` says why.",
    ),
    "results.file": Operation(
        "Read a file",
        {
            200: dict.fromkeys(RESULT_TYPES),
            206: dict.fromkeys(RESULT_TYPES),
            304: {},
        },
        codes=("range_not_satisfiable",),
        note="`Range` and `If-Range` work. The query's `access` may stand for the token.",
    ),
    "results.access": Operation(
        "Take a key for the files of one task",
        gives(answers.Access),
        note="For `<img>` and `<video>`, which send no token. It ends with the session.",
    ),
    # ---- WebSockets: listed in the text of the document
    "sockets.device_preview": Operation("A camera's own pictures, and its state; `?width=640` for smaller ones"),
    "sockets.task": Operation(
        "A task's pictures, each with its detections just before it; `?boxes=0` for pictures without boxes, "
        "`?format=h264` for H.264, `?width=640` for smaller ones"
    ),
    "sockets.events": Operation("A snapshot of everything, then every change"),
}
