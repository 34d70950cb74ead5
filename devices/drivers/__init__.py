"""Generic drivers: one file a protocol; each speaks through a link it is handed.

A file here with a `PROTOCOL` and a `make(fitting, link, clock)` is a driver; nothing else is told of it.
"""

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import ModuleType


@cache
def driver_modules() -> Mapping[str, ModuleType]:
    """Return the driver modules of this package by the protocol they speak.

    Raises:
        ValueError: two files claim one protocol.
    """
    modules: dict[str, ModuleType] = {}
    for entry in sorted(pkgutil.iter_modules(__path__), key=lambda e: e.name):
        module = import_module(f"{__name__}.{entry.name}")
        protocol = getattr(module, "PROTOCOL", None)
        if protocol is None:
            continue
        if protocol in modules:
            raise ValueError(f"{modules[protocol].__name__} and {module.__name__} both speak {protocol}")
        modules[protocol] = module
    return modules
