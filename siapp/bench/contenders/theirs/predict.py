"""ultralytics' own way through a video: predict(stream=True) that draws and saves. Run by path.

Given `weights`, `video`, `folder` for its results, `width` and `height` of the pictures, `confidence`, `iou`, and
after how many `seconds` to stop.
"""

import json
import sys
import time

import numpy as np
from ultralytics import YOLO, settings

given = json.loads(sys.argv[1])
settings.update({"sync": False})
model = YOLO(given["weights"], task="detect")
options = {"conf": given["confidence"], "iou": given["iou"], "verbose": False, "project": given["folder"]}
for _picture in range(3):  # load, compile, warm up
    model.predict(np.zeros((given["height"], given["width"], 3), np.uint8), **options)

results = model.predict(given["video"], stream=True, save=True, **options)
frames, began, cpu = 0, time.perf_counter(), time.process_time()
for _result in results:
    frames += 1
    if time.perf_counter() - began > given["seconds"]:
        break
results.close()
for writer in model.predictor.vid_writer.values():  # some versions leave this to a run that reaches its end
    if hasattr(writer, "release"):
        writer.release()
seconds, cpu_s = time.perf_counter() - began, time.process_time() - cpu
print(json.dumps({"frames": frames, "seconds": seconds, "cpu_s": cpu_s}))
