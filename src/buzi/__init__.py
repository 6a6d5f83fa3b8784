"""Buzi 補字: completes an incomplete CJK typeface in the font's own style.

    import buzi

    result = buzi.complete("ZenMaruGothic-Regular.ttf", "NotoSansCJK-Regular.ttc",
                           ["bopomofo", "big5-frequent:300"])
    print(result.font, result.report)

Names are loaded when they are first used, so that ``import buzi`` is instant and
``buzi.inspect`` works without torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from buzi.api import (
        assemble,
        check,
        evaluate,
        generate,
        inspect,
        prepare,
        report,
        train,
        vectorize,
    )
    from buzi.errors import BuziError
    from buzi.pipeline import Completed, Run, Settings, complete, load_settings, open_run

__all__ = [
    "BuziError",
    "Completed",
    "Run",
    "Settings",
    "assemble",
    "check",
    "complete",
    "evaluate",
    "generate",
    "inspect",
    "load_settings",
    "open_run",
    "prepare",
    "report",
    "train",
    "vectorize",
]

_HOME = {
    "BuziError": "buzi.errors",
    "Completed": "buzi.pipeline",
    "Run": "buzi.pipeline",
    "Settings": "buzi.pipeline",
    "complete": "buzi.pipeline",
    "load_settings": "buzi.pipeline",
    "open_run": "buzi.pipeline",
}


def __getattr__(name: str) -> Any:
    """Import a public name from where it lives."""
    if name not in __all__:
        raise AttributeError(f"module 'buzi' has no attribute {name!r}")
    return getattr(import_module(_HOME.get(name, "buzi.api")), name)
