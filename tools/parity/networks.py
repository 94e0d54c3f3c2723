"""The tiny networks of the golden files: real layers of each family, random weights that behave like trained ones."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.demo.scene import LABELS
from tools.demo.ultra import Size, save_model, write_network


@dataclass(frozen=True)
class Network:
    """One checkpoint to write: its file's stem, its family among ultralytics' yaml files, its classes and size."""

    name: str
    family: str
    size: Size
    labels: tuple[str, ...] = LABELS
    task: str = "detect"


IMAGE_SIZE = 320
"""What the checkpoints say of the pictures that they are for: not ultralytics' default, so that tests can tell."""

# The box heads have 4 steps where published networks have 16: it is what keeps the files small. The demo's own
# weights, which are tested too, have 16. Names beyond ASCII are legal and easily forgotten.
TINY = Size(0.33, 0.0625, 256, reg_max=4)
YOLOV8 = Network("yolov8-tiny", "v8/yolov8", TINY, ("helmet", "安全帽", "high-vis vest"))
YOLOV5U = Network("yolov5u-tiny", "v5/yolov5", TINY)
YOLO11 = Network("yolo11-tiny", "11/yolo11", Size(0.5, 0.0625, 256, reg_max=4))
SEGMENTING = Network("yolov8-seg-tiny", "v8/yolov8-seg", Size(0.33, 0.0625, 128, reg_max=4), task="segment")
END_TO_END = Network("yolo26-tiny", "26/yolo26", Size(0.33, 0.0625, 128, reg_max=1))


def write_checkpoint(network: Network, folder: Path, scratch: Path) -> Path:
    """Build the network, give it weights from a fixed seed and write it as `NAME.pt`, fp16."""
    ultralytics, torch = importlib.import_module("ultralytics"), importlib.import_module("torch")
    torch.manual_seed(2026)
    yaml = write_network(scratch / f"{network.name}.yaml", network.family, len(network.labels), network.size)
    model = ultralytics.YOLO(str(yaml), task=network.task).model
    model.names = dict(enumerate(network.labels))
    model.args = {"task": network.task}
    season(model)
    target = folder / f"{network.name}.pt"
    save_model(model, target, IMAGE_SIZE)
    return target


def season(model: Any) -> None:
    """Statistics and biases as after training: without them each layer is nearly the identity and hides mistakes."""
    nn = importlib.import_module("torch").nn
    for layer in model.modules():
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.uniform_(layer.weight, 0.6, 1.6)
            nn.init.normal_(layer.bias, 0.0, 0.3)
            nn.init.normal_(layer.running_mean, 0.0, 0.2)
            nn.init.uniform_(layer.running_var, 0.3, 1.5)
    head = model.model[-1]
    for branches, mean in ((head.cv2, 0.5), (head.cv3, -1.0)):
        for branch in branches:
            nn.init.normal_(branch[-1].bias, mean, 0.7)
            nn.init.normal_(branch[-1].weight, 0.0, 0.15)


def load(path: Path) -> Any:
    """The network of a checkpoint as ultralytics loads it, float32, in eval mode, not fused."""
    torch = importlib.import_module("torch")
    return torch.load(path, map_location="cpu", weights_only=False)["model"].float().eval()


def parameters(model: Any) -> int:
    """How many numbers the network has learnt."""
    return sum(int(parameter.numel()) for parameter in model.parameters())
