"""What a detector finds, as an array: apart from the detector, so that who only draws needs no OpenVINO."""

import numpy as np
from numpy.typing import NDArray

Detections = NDArray[np.float32]
"""(N, 6): x1, y1, x2, y2 in pixels of the source picture, confidence 0..1, class id; best first."""

NOTHING_FOUND: Detections = np.empty((0, 6), np.float32)
