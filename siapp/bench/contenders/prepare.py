"""Before the clock starts: weights imported once, and what is in the video."""

import asyncio
from pathlib import Path
from typing import Any

from siapp.bench.contenders.entry import tell
from siapp.core.errors import SiappError
from siapp.core.hub import FrameHub
from siapp.core.services.algorithms import DIED, IMPORT_LIMIT_S
from siapp.core.specs import CameraSource, JobKind, ModelSpec
from siapp.core.video.letterbox import letterbox_for
from siapp.core.workers.engine import Engine, answer_of

PROBE_LIMIT_S = 60.0


def run(given: dict[str, Any]) -> None:
    """Given `video`, `weights` and an empty `folder` for the artefact. Says `error` with the parts of a sentence
    where one of them is no use."""
    tell(**asyncio.run(_prepared(given)))


async def _prepared(given: dict[str, Any]) -> dict[str, Any]:
    engine = Engine(FrameHub())
    await engine.start()
    try:
        source = CameraSource(given["video"], is_file=True).to_json()
        info = await answer_of(engine, JobKind.PROBE, {"source": source}, limit_s=PROBE_LIMIT_S, died=DIED)
        files = {"source": given["weights"], "target": given["folder"]}
        imported = await answer_of(engine, JobKind.IMPORT, files, limit_s=IMPORT_LIMIT_S, died=DIED)
    except SiappError as error:
        return {"error": {"code": error.code, "message": error.message, "values": error.values}}
    finally:
        await engine.close()
    model = ModelSpec.from_json({**imported, "folder": given["folder"], "version": 1})
    box = letterbox_for(int(info["width"]), int(info["height"]), model)
    return {"info": info, "input": [box.height, box.width], "format": Path(given["weights"]).suffix}
