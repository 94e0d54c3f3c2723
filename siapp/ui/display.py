"""Whether there is a display. Without Qt, so that a machine that lacks Qt's libraries can ask too."""

import os
import sys

_NAMES = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")


def display_available() -> bool:
    """Whether a window could be shown here."""
    return not sys.platform.startswith("linux") or any(os.environ.get(name) for name in _NAMES)
