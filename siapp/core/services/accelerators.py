"""Where tasks' networks run: as the settings say, or on what measuring shows to be the fastest.

Looking and measuring go on in disposable processes, one for each device: a driver that crashes takes its process
along and is not chosen.
"""

import asyncio
import json
import logging
import secrets
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from siapp.core.accelerators import AUTO, CPU, Accelerator, Inventory, Measurement, choose
from siapp.core.background import Background
from siapp.core.domain import Problem
from siapp.core.errors import SiappError
from siapp.core.i18n import _
from siapp.core.resources import resources
from siapp.core.services.algorithms import DIED, IMPORT_LIMIT_S
from siapp.core.specs import JobKind, ModelSpec
from siapp.core.workers.engine import Engine, JobDied, JobFailed, answer_of

logger = logging.getLogger(__name__)

STORE_NAME = "accelerators.json"
LOOK_LIMIT_S = 60.0
MEASURE_LIMIT_S = 180.0  # the first compilation on a graphics unit can take most of a minute
CLIP = resources() / "demo" / "demo.mp4"
WEIGHTS = resources() / "demo" / "demo.pt"

_DEVICE_FILES = ("dri/renderD*", "accel/accel*", "nvidia[0-9]*", "dxg")
_CRASHED = _("The driver crashed: the process that measured it ended ({cause}).")


async def look(engine: Engine) -> Inventory:
    """What can run networks here. The processor alone where even looking fails."""
    try:
        return Inventory.from_json(await engine.run_job(JobKind.INVENTORY, {}, limit_s=LOOK_LIMIT_S))
    except (JobFailed, JobDied) as error:
        logger.warning("the look for accelerators failed (%s): only the processor is used", error)
        return Inventory((Accelerator(CPU, ""),), {})


async def measure(engine: Engine, names: tuple[str, ...], weights: Path = WEIGHTS) -> list[Measurement]:
    """Each of them with the same network, one after the other. SiappError where `weights` (a full path) is refused."""
    async with _imported(engine, weights) as model:
        return [await _measured(engine, model, name) for name in names]


@asynccontextmanager
async def _imported(engine: Engine, weights: Path) -> AsyncIterator[ModelSpec]:
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="siapp-artefact-"))
    try:
        given = {"source": str(weights), "target": str(folder)}
        imported = await answer_of(engine, JobKind.IMPORT, given, limit_s=IMPORT_LIMIT_S, died=DIED)
        yield ModelSpec.from_json({**imported, "folder": str(folder), "version": 1})
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


async def _measured(engine: Engine, model: ModelSpec, name: str) -> Measurement:
    given = {"model": model.to_json(), "device": name, "clip": str(CLIP)}
    try:
        return Measurement(**await engine.run_job(JobKind.MEASURE, given, limit_s=MEASURE_LIMIT_S))
    except JobFailed as failure:
        return Measurement(name, problem=failure.problem)
    except JobDied as death:
        return Measurement(name, problem=Problem("device_crashed", _CRASHED, (("cause", str(death)),)))


def device_at_once(folder: Path, wish: str) -> str:
    """What networks run on before anything is looked at: what is wished, or what was chosen last time. Reads the
    disk. Whether it is there shows when it is used; what fails leaves the work to the processor."""
    if wish != AUTO:
        return wish
    kept = _Choice.load(folder / STORE_NAME) if worth_a_look() else None
    return kept.chosen if kept else CPU


@dataclass(frozen=True, slots=True)
class _Choice:
    """What was chosen, and among what: it holds as long as there is the same to choose from."""

    chosen: str
    inventory: Inventory

    @classmethod
    def load(cls, path: Path) -> Self | None:
        """None where there is none, or none that can be read."""
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))
            return cls(str(stored["chosen"]), Inventory.from_json(stored["inventory"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def save(self, path: Path) -> None:
        draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        draft.write_text(json.dumps({"chosen": self.chosen, "inventory": self.inventory.to_json()}), "utf-8")
        draft.replace(path)


class AcceleratorService:
    """Tells the engine where networks run."""

    def __init__(self, engine: Engine, folder: Path, wish: str) -> None:
        """`folder`: where a choice is kept. `wish`: the setting, `auto` or a name."""
        self._engine = engine
        self._folder = folder
        self._store = folder / STORE_NAME
        self._wish = wish
        self._background = Background("accelerators")

    async def start(self) -> None:
        """Tasks that start at once get what is wished, or what was chosen last time. Whether that is there, and
        what is fastest where nothing is known, is found out in the background."""
        self._use(await asyncio.to_thread(device_at_once, self._folder, self._wish))
        if self._wish != CPU and (self._wish != AUTO or await asyncio.to_thread(worth_a_look)):
            self._background.start(self._decide(), "choice")

    async def close(self) -> None:
        await self._background.close()

    async def _decide(self) -> None:
        inventory = await look(self._engine)
        if self._wish == AUTO:
            self._use(await self._fastest(inventory))
            return
        self._use(choose(self._wish, inventory, []))
        if inventory.find(self._wish) is None:
            logger.warning(
                "SIAPP_INFERENCE_DEVICE asks for %s, which is not here: the processor is used. There is: %s",
                self._wish,
                ", ".join(inventory.names),
            )

    async def _fastest(self, inventory: Inventory) -> str:
        """As it is kept, or as it is measured now and kept from then on."""
        kept = await asyncio.to_thread(_Choice.load, self._store)
        if kept is not None and kept.inventory == inventory:
            return kept.chosen
        measurements = []
        if inventory.names != (CPU,):
            try:
                measurements = await measure(self._engine, inventory.names)
            except SiappError as error:
                logger.warning("accelerators can't be measured: %s", error)
                return CPU
        for each in measurements:
            logger.info("%s", each)
        chosen = choose(AUTO, inventory, measurements)
        if not any(each.problem for each in measurements):  # a failure may pass: measured again at the next start
            await asyncio.to_thread(self._keep, _Choice(chosen, inventory))
        return chosen

    def _keep(self, choice: _Choice) -> None:
        try:
            choice.save(self._store)
        except OSError as error:
            logger.warning("the choice of an accelerator can't be kept: %s", error.strerror)

    def _use(self, name: str) -> None:
        if name != self._engine.inference.device:
            logger.info("networks run on %s from now on", name)
            self._engine.set_device(name)


def worth_a_look() -> bool:
    """Whether there can be more than the processor. A look costs a process with OpenVINO in it; Linux's device files
    tell for nothing that it would be in vain."""
    return sys.platform != "linux" or any(any(Path("/dev").glob(pattern)) for pattern in _DEVICE_FILES)
