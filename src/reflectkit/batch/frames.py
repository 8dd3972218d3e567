"""Frame in, frame out: pure functions for engines that cut frames into chunks (Dask, Spark, Polars, plain pandas).

`label_frame` looks at each row alone, with what was heard before it in columns of the row, so that its results cannot
depend on how a frame was cut into chunks; told which rows are one session, it looks at the rows around as well, as
`reflectkit.analyze` does. `utterance_frame` makes such rows from turns. Both of these need whole sessions, which is what
``groupBy("session").applyInPandas`` and ``groupby("session").apply`` give.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from contextlib import nullcontext

import pandas as pd

from reflectkit.batch.many import Model
from reflectkit.batch.tables import parts_of_frame, read_part
from reflectkit.classify import Classifier, decide, single_thread
from reflectkit.codebook import BEHAVIOURS
from reflectkit.errors import TranscriptError
from reflectkit.pipeline import load_model
from reflectkit.read import read_transcript
from reflectkit.read.decoding import whole
from reflectkit.segment import segment
from reflectkit.values import Utterance, count_words

_TEXT = pd.StringDtype("python")  # the same kind whatever the version of pandas and whether pyarrow is installed
_SPARK = {"int64": "long", "float64": "double", "bool": "boolean"}


def _meta(kinds: Mapping[str, object]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series([], dtype=kind) for name, kind in kinds.items()})  # type: ignore[call-overload]


def _schema(meta: pd.DataFrame) -> str:
    return ", ".join(f"{name} {_SPARK.get(str(kind), 'string')}" for name, kind in meta.dtypes.items())


LABEL_META = _meta(
    {"behaviours": _TEXT}
    | {b.value: "bool" for b in BEHAVIOURS}
    | {f"p_{b.value}": "float64" for b in BEHAVIOURS}
    | {"unsure": "bool"}
)
"""An empty frame with the columns and kinds of `label_frame`: ``meta=`` for Dask."""

LABEL_SCHEMA = _schema(LABEL_META)
"""The same in Spark's words."""

UTTERANCE_META = _meta(
    {"session": _TEXT, "turn": "int64", "row": "int64", "start": "int64", "end": "int64"}
    | {"speaker": _TEXT, "text": _TEXT, "heard": _TEXT, "before": _TEXT, "start_s": "float64"}
)
"""An empty frame with the columns and kinds of `utterance_frame`."""

UTTERANCE_SCHEMA = _schema(UTTERANCE_META)
"""The same in Spark's words."""


def label_frame(
    frame: pd.DataFrame,
    *,
    text: Hashable = "text",
    heard: Hashable = "heard",
    before: Hashable = "before",
    session: Hashable | None = None,
    turn: Hashable = "turn",
    model: Model = None,
    n_threads: int | None = 1,
) -> pd.DataFrame:
    """Label worker utterances in a frame, each row alone or in its session.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row an utterance; left as it is.
    text : hashable, optional
        Column of the utterance's words.
    heard, before : hashable, optional
        Columns of what the client said last and of the worker's utterance before it in the same turn; blank for all
        rows where they are not named and the frame has none so called. `utterance_frame` makes them.
    session, turn : hashable, optional
        Columns of the session and of the turn in it. If a session column is named, the utterances around a row have a say
        in its probabilities, as in `reflectkit.analyze`, whose results these then are: give whole sessions, rows in order.
        If not, each row is looked at alone, and results cannot depend on how the frame was cut. A row without a session is
        looked at alone, too.
    model : str, path or Classifier, optional
        As for `reflectkit.analyze`. A process loads it once.
    n_threads : int, optional
        1, for engines that use every core already; `None` for one a core.

    Returns
    -------
    pandas.DataFrame
        Index and order of `frame`; columns and kinds of `LABEL_META`: ``behaviours`` joined by ``|``, one boolean a
        behaviour, one probability in [0, 1] a behaviour, ``unsure``. A row without a word has no behaviour, NaN for
        probabilities, and is unsure.

    Raises
    ------
    TranscriptError
        If there is no column for the text, or none for the session or the turn where a session is named, or one that is
        named is missing or there twice, or a session's turns are no numbers in order.
    ModelError
        If the model cannot be found or trusted.

    Examples
    --------
    >>> said = pd.DataFrame({"text": ["What was that like?", "You miss her.", None]}, index=["a", "b", "c"])
    >>> label_frame(said, model="fast")["behaviours"].to_dict()
    {'a': 'open_question', 'b': 'reflection', 'c': ''}
    """
    needed = {"text": text} | ({} if session is None else {"session": session, "turn": turn})
    needed |= {name: column for name, column in (("heard", heard), ("before", before)) if column != name}
    _check_columns(frame, needed, {"heard": heard, "before": before} | needed)
    classifier = model if isinstance(model, Classifier) else load_model(model)
    blank = [""] * len(frame)
    columns = [_strings(frame[c]) if c in frame.columns else blank for c in (text, heard, before)]
    rows = list(zip(*columns, strict=True))
    spoken = [i for i, (words, _, _) in enumerate(rows) if count_words(words)]
    within, turns = None, [0] * len(rows)
    if session is not None:
        sessions, turns = _sessions(frame[session]), _turns(frame[turn], turn)
        spoken.sort(key=sessions.__getitem__)
        within = [sessions[i] for i in spoken]
    utterances = [Utterance(turns[i], i, 0, len(rows[i][0]), *_in_place(rows[i])) for i in spoken]
    with nullcontext() if n_threads is None else single_thread():
        probabilities = classifier.predict_proba(utterances, within)
    names: list[str] = [""] * len(rows)
    unsure = [True] * len(rows)
    for i, (behaviours, doubtful) in zip(spoken, decide(probabilities, classifier.thresholds), strict=True):
        names[i], unsure[i] = "|".join(b.value for b in behaviours), doubtful
    found = [set(joined.split("|")) for joined in names]
    p = pd.DataFrame(probabilities, index=spoken, columns=[f"p_{b.value}" for b in BEHAVIOURS]).reindex(
        range(len(rows))
    )
    made = pd.DataFrame({"behaviours": names} | {b.value: [b.value in f for f in found] for b in BEHAVIOURS})
    made = pd.concat([made, p.reset_index(drop=True)], axis=1).assign(unsure=unsure)
    return made.set_index(frame.index).astype(LABEL_META.dtypes.to_dict())


def utterance_frame(
    frame: pd.DataFrame,
    *,
    columns: Mapping[str, Hashable] | None = None,
    worker: str | Iterable[str] | None = None,
    client: str | Iterable[str] | None = None,
) -> pd.DataFrame:
    """Cut the worker's turns of whole sessions into utterances, each with what was heard before it.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a turn, of one session or of several told apart by a session column.
    columns, worker, client : optional
        As for `reflectkit.analyze`.

    Returns
    -------
    pandas.DataFrame
        Columns and kinds of `UTTERANCE_META`, one row an utterance, a new index: ``session, turn, row, start, end,
        speaker, text, heard, before, start_s``, as in `Analysis.utterances`. `row` counts the rows of `frame`.

    Raises
    ------
    TranscriptError
        If a session cannot be read or its roles cannot be told.

    Examples
    --------
    >>> turns = pd.DataFrame({"speaker": ["Client", "Worker"], "text": ["She left.", "You miss her. Since when?"]})
    >>> utterance_frame(turns)[["text", "heard", "before"]].values.tolist()
    [['You miss her.', 'She left.', ''], ['Since when?', 'She left.', 'You miss her.']]
    """
    roles = {"worker": worker, "client": client}
    parts = parts_of_frame(frame, columns)
    read = (
        [read_transcript(frame, columns=columns, worker=worker, client=client)]
        if parts is None
        else (read_part(part, **roles) for part in parts)
    )
    rows = [
        (t.session, u.turn, u.row, u.start, u.end, u.speaker, u.text, u.heard, u.before, u.start_s)
        for t in read
        for u in segment(t)
    ]
    return pd.DataFrame(rows, columns=list(UTTERANCE_META.columns)).astype(UTTERANCE_META.dtypes.to_dict())


def _check_columns(frame: pd.DataFrame, needed: Mapping[str, Hashable], used: Mapping[str, Hashable]) -> None:
    for name, column in needed.items():
        if column not in frame.columns:
            raise TranscriptError(
                f"the frame has no column {column!r}.", f"Name the column of the {name} with {name}=."
            )
    for name, column in used.items():
        if (frame.columns == column).sum() > 1:
            raise TranscriptError(f"two columns for the {name} have the same name.", "Give every column its own name.")


def _in_place(row: tuple[str, str, str]) -> tuple[str, str, str, str]:
    text, heard, before = row
    return text, "", heard, before


def _sessions(column: pd.Series[str]) -> list[int]:
    """Return the number of each row's session, in order of appearance; a row without one is its own."""
    names = [
        (i, "") if missing else (-1, str(value))
        for i, (value, missing) in enumerate(zip(column, column.isna(), strict=True))
    ]
    numbers = {name: n for n, name in enumerate(dict.fromkeys(names))}
    return [numbers[name] for name in names]


def _turns(column: pd.Series[str], name: Hashable) -> list[int]:
    try:
        return [int(x) for x in column]
    except (TypeError, ValueError, OverflowError):
        raise TranscriptError(f"column {name!r} holds no numbers of turns.", "Name their column with turn=.") from None


def _strings(column: pd.Series[str]) -> list[str]:
    return ["" if missing else whole(str(value)) for value, missing in zip(column, column.isna(), strict=True)]
