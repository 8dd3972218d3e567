"""Many sessions: on one machine or, through joblib, on a cluster.

- `analyze_many` gives analyses one after the other, for notebooks and programs.
- `run_batch`, behind ``reflectkit batch``, writes a folder of results and goes on after a stop.
- `label_frame` and `utterance_frame` are functions from frame to frame, for Dask and Spark.
"""

from reflectkit.batch.folder import BatchResult, run_batch
from reflectkit.batch.frames import (
    LABEL_META,
    LABEL_SCHEMA,
    UTTERANCE_META,
    UTTERANCE_SCHEMA,
    label_frame,
    utterance_frame,
)
from reflectkit.batch.many import Failure, analyze_many

__all__ = [
    "LABEL_META",
    "LABEL_SCHEMA",
    "UTTERANCE_META",
    "UTTERANCE_SCHEMA",
    "BatchResult",
    "Failure",
    "analyze_many",
    "label_frame",
    "run_batch",
    "utterance_frame",
]
