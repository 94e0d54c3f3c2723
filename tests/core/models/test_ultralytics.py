"""What only the extra siapp[ultralytics] can show: parity with the library itself, and its export."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from siapp.core.errors import WeightsRejected
from siapp.core.models.confine import RECOMMENDED_CPU_SECONDS, RECOMMENDED_MEMORY_WITH_TORCH_BYTES
from siapp.core.models.ultralytics_export import check_globals
from tests.core.models.support import DATA, GOOD, artefact, run_artefact

ROOT = Path(__file__).parents[3]
INSTALLED = pytest.mark.skipif(
    importlib.util.find_spec("ultralytics") is None, reason="the extra siapp[ultralytics] is not installed"
)

_ORACLE = """
import sys
import numpy as np, torch
from ultralytics.nn.tasks import load_checkpoint
model, _checkpoint = load_checkpoint(sys.argv[1])
with torch.no_grad():
    output = model.eval().float()(torch.from_numpy(np.load(sys.argv[2])))
np.save(sys.argv[3], (output[0] if isinstance(output, tuple) else output).numpy())
"""


@INSTALLED
@pytest.mark.parametrize("network", ["yolov8-tiny", "yolov5u-tiny", "yolo11-tiny"])
@pytest.mark.parametrize("size", [(64, 64), (160, 96), (320, 640)])
def test_any_size_gives_what_ultralytics_computes(
    network: str, size: tuple[int, int], tmp_path: Path, target: Path
) -> None:
    """In a child: torch and OpenVINO in one process would share threads and memory limits."""
    width, height = size
    image = np.random.default_rng(1).random((1, 3, height, width), dtype=np.float32)
    np.save(tmp_path / "image.npy", image)
    files = [str(DATA / f"{network}.pt"), str(tmp_path / "image.npy"), str(tmp_path / "output.npy")]
    subprocess.run([sys.executable, "-c", _ORACLE, *files], check=True, capture_output=True, cwd=tmp_path)
    wanted = np.load(tmp_path / "output.npy")
    artefact(DATA / f"{network}.pt", target)
    difference = np.abs(run_artefact(target, image) - wanted)
    assert difference[:, :4].max() < 0.05 and difference[:, 4:].max() < 1e-4


_EXPORT = """
import json, sys
from pathlib import Path
from siapp.core.models.confine import confine
source, folder, memory, seconds = sys.argv[1:]
confine(int(memory), int(seconds), Path(folder))
from siapp.core.models.importer import import_weights
print(json.dumps(import_weights(Path(source), Path(folder), lambda done, step: None).to_json()))
"""


@INSTALLED
@pytest.mark.timeout(300)
def test_an_unknown_head_is_exported_inside_the_confined_process(target: Path) -> None:
    limits = [str(RECOMMENDED_MEMORY_WITH_TORCH_BYTES), str(RECOMMENDED_CPU_SECONDS)]
    done = subprocess.run(
        [sys.executable, "-c", _EXPORT, str(DATA / "yolo26-tiny.pt"), str(target), *limits],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    learnt = json.loads(done.stdout.splitlines()[-1])
    assert (learnt["format"], learnt["classes"][0], learnt["input_size"]) == ("pt", "person", None)
    assert {path.name for path in target.iterdir()} == {"model.xml", "model.bin"}
    output = run_artefact(target, np.full((1, 3, 96, 128), 0.5, np.float32))
    assert output.shape == (1, 8, 252)


@pytest.mark.parametrize(
    "name",
    ["builtins.getattr", "ultralytics.utils.downloads.safe_download", "torch.nn.modules.module.os.system",
     "torch.nn.modules.utils._pair", "pathlib.PosixPath", "ultralytics.nn.tasks.attempt_load_weights"],
)  # fmt: skip
def test_only_layers_and_tensors_come_to_life(name: str) -> None:
    with pytest.raises(WeightsRejected) as caught:
        check_globals(("torch.nn.modules.conv.Conv2d", name))
    assert caught.value.code == "foreign_code"


def test_importing_our_own_layers_needs_no_torch(target: Path) -> None:
    program = f"""
import sys
from pathlib import Path
from siapp.core.models.importer import import_weights
import_weights(Path({str(GOOD["pt"])!r}), Path({str(target)!r}), lambda done, step: None)
heavy = ("torch", "ultralytics", "onnx", "cv2", "PySide6", "sqlalchemy", "aiohttp")
print([name for name in heavy if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "[]\n"
