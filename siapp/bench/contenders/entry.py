"""Where a contender of siapp's own begins: `main` with the contender's name and its JSON on the command line."""

import importlib
import json
import os
import signal
import sys

from siapp.core.workers.entry import tell_nobody
from siapp.core.workers.lifeline import die_with


def main() -> None:
    """A request to end is answered like Ctrl+C, so that workers and their memory go first."""
    die_with(os.getppid())
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    tell_nobody()
    name, given = sys.argv[1], json.loads(sys.argv[2])
    try:
        importlib.import_module(f"siapp.bench.contenders.{name}").run(given)
    except KeyboardInterrupt:
        sys.exit(130)


def tell(**values: object) -> None:
    """One line for who measures."""
    print(json.dumps(values), flush=True)
