"""Draw the lone car over known positions: `python -m tests.e2e.render_car FILE WIDTH HEIGHT COUNT`.

In a process of its own, because drawing needs cv2, whose wheel carries a second Qt. FILE gets `pictures`
(N, H, W, 3) uint8 BGR, each with its index stamped on it, and `boxes` (N, 4) in pixels.
"""

import sys

import numpy as np

from tests.cameras import stamp_index
from tools.demo.scene import moving_car


def main() -> None:
    target, width, height, count = sys.argv[1], *(int(value) for value in sys.argv[2:5])
    drawn = [moving_car(width, height, index) for index in range(count)]
    pictures = np.stack([stamp_index(picture.copy(), index) for index, (picture, _box) in enumerate(drawn)])
    np.savez(target, pictures=pictures, boxes=np.array([box for _picture, box in drawn]))


if __name__ == "__main__":
    main()
