"""Reflective-listening feedback on peer-support and counselling transcripts.

``reflectkit.analyze(source)`` reads a session, classifies every worker utterance and measures the balance of talk.
``reflectkit.read_transcript`` reads alone; `Transcript.from_text` takes a string of text. Nothing leaves the machine.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reflectkit import plot as plot
    from reflectkit.analysis import Analysis as Analysis
    from reflectkit.analysis import json_schema as json_schema
    from reflectkit.batch import LABEL_META as LABEL_META
    from reflectkit.batch import LABEL_SCHEMA as LABEL_SCHEMA
    from reflectkit.batch import UTTERANCE_META as UTTERANCE_META
    from reflectkit.batch import UTTERANCE_SCHEMA as UTTERANCE_SCHEMA
    from reflectkit.batch import Failure as Failure
    from reflectkit.batch import analyze_many as analyze_many
    from reflectkit.batch import label_frame as label_frame
    from reflectkit.batch import run_batch as run_batch
    from reflectkit.batch import utterance_frame as utterance_frame
    from reflectkit.caseload import sessions_frame as sessions_frame
    from reflectkit.caseload import transitions as transitions
    from reflectkit.classify import Classifier as Classifier
    from reflectkit.classify import available_models as available_models
    from reflectkit.codebook import BEHAVIOURS as BEHAVIOURS
    from reflectkit.codebook import Behaviour as Behaviour
    from reflectkit.codebook import Role as Role
    from reflectkit.errors import BatchError as BatchError
    from reflectkit.errors import IdentifierWarning as IdentifierWarning
    from reflectkit.errors import MissingExtraError as MissingExtraError
    from reflectkit.errors import ModelError as ModelError
    from reflectkit.errors import ReflectkitError as ReflectkitError
    from reflectkit.errors import TranscriptError as TranscriptError
    from reflectkit.errors import TranscriptWarning as TranscriptWarning
    from reflectkit.identifiers import mask as mask
    from reflectkit.identifiers import screen as screen
    from reflectkit.measure import Balance as Balance
    from reflectkit.pipeline import analyze as analyze
    from reflectkit.pipeline import load_model as load_model
    from reflectkit.read import read_transcript as read_transcript
    from reflectkit.report.sessions import report_sessions as report_sessions
    from reflectkit.values import Transcript as Transcript
    from reflectkit.values import Turn as Turn
    from reflectkit.values import Utterance as Utterance
    from reflectkit.version import __version__ as __version__

# Loaded at first use: `import reflectkit` is to cost next to nothing, pandas, spaCy and scikit-learn cost seconds.
_HOMES = {
    "Analysis": "analysis",
    "json_schema": "analysis",
    "LABEL_META": "batch",
    "LABEL_SCHEMA": "batch",
    "UTTERANCE_META": "batch",
    "UTTERANCE_SCHEMA": "batch",
    "Failure": "batch",
    "analyze_many": "batch",
    "label_frame": "batch",
    "run_batch": "batch",
    "utterance_frame": "batch",
    "sessions_frame": "caseload",
    "transitions": "caseload",
    "Classifier": "classify",
    "available_models": "classify",
    "BEHAVIOURS": "codebook",
    "Behaviour": "codebook",
    "Role": "codebook",
    "BatchError": "errors",
    "MissingExtraError": "errors",
    "ModelError": "errors",
    "ReflectkitError": "errors",
    "TranscriptError": "errors",
    "TranscriptWarning": "errors",
    "IdentifierWarning": "errors",
    "mask": "identifiers",
    "screen": "identifiers",
    "Balance": "measure",
    "analyze": "pipeline",
    "load_model": "pipeline",
    "read_transcript": "read",
    "report_sessions": "report.sessions",
    "Transcript": "values",
    "Turn": "values",
    "Utterance": "values",
    "__version__": "version",
}
__all__ = [
    "BEHAVIOURS",
    "LABEL_META",
    "LABEL_SCHEMA",
    "UTTERANCE_META",
    "UTTERANCE_SCHEMA",
    "Analysis",
    "Balance",
    "BatchError",
    "Behaviour",
    "Classifier",
    "Failure",
    "IdentifierWarning",
    "MissingExtraError",
    "ModelError",
    "ReflectkitError",
    "Role",
    "Transcript",
    "TranscriptError",
    "TranscriptWarning",
    "Turn",
    "Utterance",
    "__version__",
    "analyze",
    "analyze_many",
    "available_models",
    "json_schema",
    "label_frame",
    "load_model",
    "mask",
    "plot",
    "read_transcript",
    "report_sessions",
    "run_batch",
    "screen",
    "sessions_frame",
    "transitions",
    "utterance_frame",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401
    if name == "plot":
        return import_module("reflectkit.plot")
    if name not in _HOMES:
        raise AttributeError(f"module 'reflectkit' has no attribute {name!r}")
    value = getattr(import_module(f"reflectkit.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
