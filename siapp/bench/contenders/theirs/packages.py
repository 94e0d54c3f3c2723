"""Which versions an environment has; nothing is imported. Run by path."""

import importlib.metadata
import json
import sys


def version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


print(json.dumps({name: version(name) for name in json.loads(sys.argv[1])["names"]}))
