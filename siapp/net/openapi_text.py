"""The OpenAPI document's introduction: what holds for every route, and the WebSockets, which have no place in paths."""

from collections.abc import Mapping

from siapp.net.sockets.wire import CloseCode

CLOSE_CODES: Mapping[CloseCode, str] = {
    CloseCode.GOING_AWAY: "the station stops",
    CloseCode.UNSUPPORTED: "a message after the sign-in that is no JSON object, or H.264 where it can't be made",
    CloseCode.INTERNAL_ERROR: "something went wrong in siapp",
    CloseCode.TRY_AGAIN_LATER: "the database does not answer at present",
    CloseCode.NOT_SIGNED_IN: "not signed in, or not any more",
    CloseCode.FORBIDDEN: "the role does not allow this",
    CloseCode.NOT_FOUND: "no such object, or not any more",
    CloseCode.NO_TOKEN_IN_TIME: "no token within five seconds",
    CloseCode.TOO_LARGE: "a message that is too large",
    CloseCode.BAD_PARAMETER: "a parameter in the address that is out of its range",
    CloseCode.TOO_SLOW_OR_MANY: "the client reads too slowly or sends too much, or too many sockets are open",
}

INTRODUCTION = """\
Cameras in, detections out.

**Signing in.** `POST /token` gives an access token, sent as `Authorization: Bearer ...`, and a refresh token for
`POST /token/refresh`. Every route is closed unless it says that it is open. Roles: viewer, operator, admin; each
includes the ones before it. Role and account are looked up at every request.

**Errors** are RFC 9457 problem documents. `code` is stable and for programs; `detail` says what to do next, in the
language of `Accept-Language` (en, zh); `request_id` stands in the station's log, too. On known routes 401 comes
before every other refusal that concerns the route; a `Host` that is not the station's (421) and, where something would
be changed or a WebSocket opened, an `Origin` that is not its own (403) are refused before anything else is looked at.

**Lists** take `limit` and `offset` and answer `{{"items": [...], "total": n}}`. **Times** are RFC 3339 in UTC,
**ids** whole numbers. Unknown fields in a body are refused (422).

**Uploads** may name themselves with a header `X-Upload-ID` (letters, digits, `._-`, at most 64): while the bytes
arrive, whoever sends them hears `upload_progress` on `/ws/events`, with `upload_id`, `received` and `total` bytes.

## WebSockets

{sockets}

Send `{{"token": "..."}}` as the first text message within five seconds (with `"language": "zh"` if you like), or an
`Authorization` header with the upgrade; nothing is sent before that. A later message with a token prolongs the
sign-in. A socket may be opened before pictures exist, and stays open while a camera reconnects. Binary messages are
pictures. Text messages are JSON with a `type`: `state`, `stats`, `detections` (schema `Detections`, one just
before each picture of a task, also when it is empty), `error` and, on `/ws/events`, `snapshot` and one for each kind
of change. A `clock` with the station's time (`at`) comes every {clock} seconds: where it does not, the line is dead.

Pictures are JPEG, at most {widest} pixels wide; a viewer that shows them smaller says so with `width`, and gets them no
larger than the largest that any viewer asks for. With `?format=h264` a task's pictures come as H.264, in a fifth of the
bytes or less and without boxes, as the segments of a fragmented MP4 for a browser's Media Source. Before the first of
them, and whenever their size changes, comes a text `video` (schema `VideoFormat`) and then a binary message with the
initialization segment. Each picture is one binary message, a media segment of its own. Its `detections` have `time`,
the seconds of the video from which on it is shown; the segment's own duration is longer, to bridge gaps. The first
picture is a key frame. A viewer that reads too slowly misses pictures up to a later key frame. Where no H.264 can be
made, an `error` with the code `no_h264` comes, and the socket is closed with 1003: JPEG works everywhere.

They are closed with:

{close_codes}
"""
