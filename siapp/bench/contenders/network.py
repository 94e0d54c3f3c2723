"""The limit: the imported network by OpenVINO alone, as many pictures at once as it likes, nothing else."""

import time
from typing import Any

import numpy as np
import openvino as ov

from siapp.bench.contenders.entry import tell

WARM_UP = 10


def run(given: dict[str, Any]) -> None:
    """Given the artefact's `folder`, the `input` (height, width) and for how many `seconds`."""
    height, width = given["input"]
    core = ov.Core()
    network = core.read_model(f"{given['folder']}/model.xml")
    network.reshape([1, 3, height, width])
    compiled = core.compile_model(network, "CPU", {"PERFORMANCE_HINT": "THROUGHPUT"})
    queue = ov.AsyncInferQueue(compiled, compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS"))
    picture = np.random.default_rng(1).random((1, 3, height, width), np.float32)

    for _picture in range(WARM_UP):
        queue.start_async({0: picture}, share_inputs=True)
    queue.wait_all()
    frames, began, cpu = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - began < given["seconds"]:
        queue.start_async({0: picture}, share_inputs=True)
        frames += 1
    queue.wait_all()
    seconds, cpu_s = time.perf_counter() - began, time.process_time() - cpu
    precision = str(compiled.get_property("INFERENCE_PRECISION_HINT").to_string())
    tell(frames=frames, seconds=seconds, cpu_s=cpu_s, precision=precision)
