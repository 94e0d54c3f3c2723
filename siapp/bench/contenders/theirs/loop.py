"""The loop of most tutorials: read, predict, plot, write. Run by path; given what `predict.py` is given."""

import json
import sys
import time
from pathlib import Path

import cv2
import numpy as np
from ultralytics import YOLO, settings

given = json.loads(sys.argv[1])
settings.update({"sync": False})
model = YOLO(given["weights"], task="detect")
options = {"conf": given["confidence"], "iou": given["iou"], "verbose": False}
width, height = given["width"], given["height"]
for _picture in range(3):  # load, compile, warm up
    model(np.zeros((height, width, 3), np.uint8), **options)

video = cv2.VideoCapture(given["video"])
fps = video.get(cv2.CAP_PROP_FPS)
writer = cv2.VideoWriter(
    str(Path(given["folder"]) / "output.mp4"), cv2.VideoWriter.fourcc(*"mp4v"), fps, (width, height)
)
frames, began, cpu = 0, time.perf_counter(), time.process_time()
while time.perf_counter() - began < given["seconds"]:
    there, frame = video.read()
    if not there:
        break
    writer.write(model(frame, **options)[0].plot())
    frames += 1
writer.release()
video.release()
seconds, cpu_s = time.perf_counter() - began, time.process_time() - cpu
print(json.dumps({"frames": frames, "seconds": seconds, "cpu_s": cpu_s}))
