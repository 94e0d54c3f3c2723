"""ultralytics' own OpenVINO export of a checkpoint. Run by path; given `weights`."""

import json
import sys

from ultralytics import YOLO, settings

given = json.loads(sys.argv[1])
settings.update({"sync": False})
print(json.dumps({"exported": str(YOLO(given["weights"]).export(format="openvino"))}))
