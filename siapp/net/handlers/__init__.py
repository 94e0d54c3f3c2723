"""What each route does: 3 to 10 lines each. Every public coroutine function here needs a row in the policy."""

import inspect
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from siapp.net.handlers import accounts, algorithms, audit, devices, docs, results, sockets, system, tasks, test_tasks
from siapp.net.handlers import page as page

_MODULES: tuple[ModuleType, ...] = (
    accounts,
    algorithms,
    audit,
    devices,
    docs,
    page,
    results,
    sockets,
    system,
    tasks,
    test_tasks,
)


def all_handlers() -> Mapping[str, Any]:
    """Every handler by "module.function"."""
    return {
        f"{module.__name__.rpartition('.')[2]}.{name}": function
        for module in _MODULES
        for name, function in inspect.getmembers(module, inspect.iscoroutinefunction)
        if not name.startswith("_") and function.__module__ == module.__name__
    }
