"""What live tasks and tests leave."""

from urllib.parse import quote

from aiohttp import web

from siapp.net import query, views
from siapp.net.call import Call, answer
from siapp.net.files import send_file

_TYPES = {
    "mp4": "video/mp4",
    "jpg": "image/jpeg",
    "jsonl": "application/jsonl; charset=utf-8",
    "log": "text/plain; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
}


async def frames(call: Call) -> web.Response:
    name = call.text("task_name")
    window = call.window(query.FRAMES_LIMIT)
    found = await call.services.results.frames(call.actor, name, window.limit, window.offset)
    return answer(views.key_frames(found, f"/results/{quote(name, safe='')}"))


async def check_video(call: Call) -> web.Response:
    found = await call.services.results.check_video(call.actor, call.text("task_name"))
    return answer(views.video_check(found, call.language))


async def file(call: Call) -> web.StreamResponse:
    wanted = call.text("file_name")
    path = await call.services.results.file(call.actor, call.text("task_name"), wanted)
    return await send_file(call.request, path, _TYPES[wanted.rpartition(".")[2]])


async def access(call: Call) -> web.Response:
    granted = await call.services.results.grant_access(call.actor, call.identity.session_id, call.text("task_name"))
    return answer({"access": granted.key, "expires_in": granted.expires_in})
