"""A tutorial's loop on one camera: a looped file at its own pace, of which so many frames a second are predicted.

Run by path; given what `predict.py` is given, and `fps` to reach. It reads every frame, as a camera's reader must,
and predicts without drawing. Says that it is ready, waits for a line on stdin, and runs for `seconds`.
"""

import json
import sys
import time

import cv2
import numpy as np
from ultralytics import YOLO, settings

given = json.loads(sys.argv[1])
settings.update({"sync": False})
model = YOLO(given["weights"], task="detect")
options = {"conf": given["confidence"], "iou": given["iou"], "verbose": False}
for _picture in range(3):  # load, compile, warm up
    model(np.zeros((given["height"], given["width"], 3), np.uint8), **options)
video = cv2.VideoCapture(given["video"])
camera_fps = video.get(cv2.CAP_PROP_FPS) or 25.0


def next_frame() -> np.ndarray:
    """The file's next frame, from its beginning again after its end."""
    there, frame = video.read()
    if not there:
        video.set(cv2.CAP_PROP_POS_FRAMES, 0)
        there, frame = video.read()
    if not there:
        sys.exit("the video can't be read by OpenCV")
    return frame


print(json.dumps({"ready": True}), flush=True)
sys.stdin.readline()
began, cpu = time.perf_counter(), time.process_time()
read = predicted = 0
due = 0.0
while (now := time.perf_counter() - began) < given["seconds"]:
    if read > now * camera_fps:  # the camera's next frame is not there yet
        time.sleep(read / camera_fps - now)
        continue
    frame = next_frame()
    read += 1
    # What the camera sent meanwhile is read away, so that the newest frame is the one that is predicted.
    if read <= now * camera_fps - 1 or now < due:
        continue
    due = max(due + 1 / given["fps"], now - 1 / given["fps"])
    model(frame, **options)
    predicted += 1
seconds, cpu_s = time.perf_counter() - began, time.process_time() - cpu
print(json.dumps({"frames": predicted, "seconds": seconds, "cpu_s": cpu_s}))
