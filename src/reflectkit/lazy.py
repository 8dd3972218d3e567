"""pandas, loaded where a frame is made first: reading, measuring and the command line start without it."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__all__ = ["pd"]

if TYPE_CHECKING:
    import pandas as pd
else:

    class _Lazily:
        """A module by its name, so that annotations can be resolved (`typing.get_type_hints`) without loading it before."""

        def __init__(self, name: str) -> None:
            self._name = name

        def __getattr__(self, name: str) -> Any:  # noqa: ANN401
            return getattr(importlib.import_module(self._name), name)

    pd = _Lazily("pandas")
