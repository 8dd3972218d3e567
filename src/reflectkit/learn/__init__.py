"""Learning: load annotated corpora, train models, evaluate them, measure agreement between coders."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reflectkit.learn.corpus import Corpus as Corpus
    from reflectkit.learn.corpus import check_corpus as check_corpus
    from reflectkit.learn.corpus import load_corpus as load_corpus
    from reflectkit.learn.evaluation import evaluate as evaluate
    from reflectkit.learn.evaluation import reliability as reliability
    from reflectkit.learn.sheets import write_codings as write_codings
    from reflectkit.learn.sheets import write_sheets as write_sheets
    from reflectkit.learn.training import train as train

_HOMES = {
    "Corpus": "corpus",
    "check_corpus": "corpus",
    "load_corpus": "corpus",
    "evaluate": "evaluation",
    "reliability": "evaluation",
    "train": "training",
    "write_codings": "sheets",
    "write_sheets": "sheets",
}
__all__ = ["Corpus", "check_corpus", "evaluate", "load_corpus", "reliability", "train", "write_codings", "write_sheets"]


def __getattr__(name: str) -> Any:  # noqa: ANN401
    if name not in _HOMES:
        raise AttributeError(f"module 'reflectkit.learn' has no attribute {name!r}")
    return getattr(import_module(f"reflectkit.learn.{_HOMES[name]}"), name)
