"""The one file that knows all the rooms: read, segment, classify, measure."""

from __future__ import annotations

import os
import warnings
from collections.abc import Hashable, Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from reflectkit.analysis import Analysis
from reflectkit.classify import Artefact, Classifier, classify, load_artefact
from reflectkit.classify.artefact import one_field
from reflectkit.classify.estimator import load_estimator
from reflectkit.codebook import CODEBOOK_VERSION
from reflectkit.errors import IdentifierWarning, ModelError, TranscriptError
from reflectkit.identifiers import remaining
from reflectkit.measure import Counting, measure_session
from reflectkit.read import Source, read_transcript
from reflectkit.segment import segment
from reflectkit.tokens import TOKENISER
from reflectkit.values import Transcript
from reflectkit.version import __version__

COUNTINGS: tuple[Counting, ...] = ("utterance", "volley")
"""Units in which behaviours can be counted."""


def analyze(
    source: Source,
    *,
    worker: str | Iterable[str] | None = None,
    client: str | Iterable[str] | None = None,
    model: str | os.PathLike[str] | Classifier | None = None,
    format: str | None = None,
    columns: Mapping[str, Hashable] | None = None,
    session: str | None = None,
    encoding: str | None = None,
    counting: Counting = "utterance",
) -> Analysis:
    """Analyse a session: classify every worker utterance and measure the balance of talk.

    Runs on this machine only: no network, no temporary files, and the source is left as it is.

    Parameters
    ----------
    source : path, open file, data frame, iterable of mappings or of (speaker, text) pairs, or Transcript
        The session. A string is the path of a file; for a string of text use `Transcript.from_text`.
    worker, client : str or iterable of str, optional
        Speakers by label, by number in order of appearance (``"1"``) or by pattern (``"Dr *"``). If only one side is
        named, everybody else is on the other, but for those labelled as of that side too, or of none, who are on neither; if none,
        roles are inferred from role words or, failing that, from how the speakers talk, and the call fails where
        that is unsure.
    model : str, path or Classifier, optional
        Name of a shipped model, path of a model's folder, or a loaded model; the default model if not given.
    format : str, optional
        One of `reflectkit.read.formats.NAMES`, such as ``"csv"`` or ``"vtt"``; found from the content if not given.
    columns : mapping of str to hashable, optional
        Names of the columns or keys for any of ``text, speaker, role, start, end, session``.
    session : str, optional
        Name of the session; chooses one where a table, a corpus or a workbook (by its sheet) holds several.
    encoding : str, optional
        Text encoding; found if not given.
    counting : {"utterance", "volley"}, optional
        Unit in which behaviours are counted: each utterance, or each stretch of the worker's talk until the client takes
        the floor, in which a behaviour counts once and all questions are one (after MITI 4.2.1).

    Returns
    -------
    Analysis
        Utterances, measures, stories, passages to look at, feedback, and their signature.

    Raises
    ------
    TranscriptError
        If the source cannot be read as a session; it names file, row and fix, and no words of it.
    ModelError
        If the model cannot be found or trusted.
    ValueError
        If there is no such `counting`.

    Warns
    -----
    IdentifierWarning
        Once, if direct identifiers remain in the transcript (e-mails, phone, national and account numbers, addresses with a number, links,
        handles, full names): how many of which kinds, and none of their words. `reflectkit.screen` lists them.

    Examples
    --------
    >>> import reflectkit
    >>> a = reflectkit.analyze([("Worker", "What was Sunday like for you?"), ("Client", "Long. Nobody rang me.")])
    >>> a.metrics["talk_ratio"]
    1.5
    >>> a.utterances["behaviours"].tolist()
    [('open_question',)]
    """
    transcript = read_transcript(
        source, worker=worker, client=client, format=format, columns=columns, session=session, encoding=encoding
    )
    classifier = model if isinstance(model, Classifier) else load_model(model)
    result = analyze_transcript(transcript, classifier, counting=counting)
    if found := remaining(transcript):
        kinds = ", ".join(f"{kind.replace('_', ' ')} {n}" for kind, n in found.items())
        warnings.warn(
            f"direct identifiers remain in the transcript ({kinds}). reflectkit.screen lists them, reflectkit.mask replaces them.",
            IdentifierWarning,
            stacklevel=2,
        )
    return result


def analyze_transcript(transcript: Transcript, classifier: Classifier, *, counting: Counting = "utterance") -> Analysis:
    """Analyse a session that is already read, with a model that is already loaded.

    Parameters
    ----------
    transcript : Transcript
        The session.
    classifier : Classifier
        The model.
    counting : {"utterance", "volley"}, optional
        As for `analyze`.

    Returns
    -------
    Analysis
        As from `analyze`.

    Raises
    ------
    TranscriptError
        If the worker says nothing at all.
    ValueError
        If there is no such `counting`.
    """
    check_counting(counting)
    utterances = segment(transcript)
    if not utterances:
        raise TranscriptError(
            "the worker says nothing: there is nothing to classify.", "Check which speaker is the worker (worker=)."
        )
    coded = classify(utterances, classifier)
    found = measure_session(transcript, coded, session_sd=classifier.session_sd, counting=counting)
    return Analysis(
        transcript=transcript,
        coded=coded,
        found=found,
        model={
            "name": classifier.artefact.name,
            "sha256": classifier.artefact.sha256,
            "licence": str(classifier.artefact.manifest.get("licence", "not stated")),
        },
        signature=signature(classifier.artefact, counting),
    )


def check_counting(counting: str) -> None:
    """Refuse a counting that does not exist.

    Parameters
    ----------
    counting : str
        What a caller gave.

    Raises
    ------
    ValueError
        If it is none of `COUNTINGS`.
    """
    if counting not in COUNTINGS:
        raise ValueError(f"there is no counting {counting!r}. Use one of: {', '.join(COUNTINGS)}.")


def load_model(model: str | os.PathLike[str] | None = None, *, trust: bool = False) -> Classifier:
    """Load a model, verified; the same folder is loaded once.

    Parameters
    ----------
    model : str or path, optional
        Name of a shipped model, path of a model's folder, or path of a ``.joblib`` file; the default model if not given.
    trust : bool, optional
        True to load a ``.joblib`` file: an estimator whose ``predict_proba`` takes a frame with columns ``text, heard,
        before`` and gives probabilities of shape (n, 8). Loading such a file can run any code hidden in it.

    Returns
    -------
    Classifier
        Ready to use, shared by threads.

    Raises
    ------
    ModelError
        If it cannot be found or trusted.
    """
    if isinstance(model, str | os.PathLike) and str(model).endswith(".joblib"):
        if not trust:
            raise ModelError(
                "a .joblib file can run any code when it is loaded. If you made it or trust who did, say trust=True.",
                Path(model).name,
            )
        return load_estimator(model)
    return _classifier(load_artefact(model))


@lru_cache(maxsize=4)
def _classifier(artefact: Artefact) -> Classifier:
    return Classifier(artefact)


def signature(artefact: Artefact, counting: Counting = "utterance") -> str:
    """Say what made a result.

    Parameters
    ----------
    artefact : Artefact
        The model.
    counting : {"utterance", "volley"}, optional
        Unit in which behaviours are counted.

    Returns
    -------
    str
        Fields ``key:value`` joined by ``|``, the package's version last.
    """
    licence = one_field(artefact.manifest.get("licence", "not stated"))
    return (
        f"model:{artefact.id}|licence:{licence}|codebook:{CODEBOOK_VERSION}|counting:{counting}"
        f"|tokens:{TOKENISER}|reflectkit:{__version__}"
    )
