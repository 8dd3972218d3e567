"""How far placeholders change labels: ``python -m reflectkit.learn.placeholders [MODEL…]``.

Names and places of the sessions (found by the screening, or masked by their writers already) are replaced by each common
kind of placeholder,
in the utterance and in its context, and the decisions are compared with those for the text as it stands.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from reflectkit.classify import Classifier, available_models
from reflectkit.identifiers.finding import PLACEHOLDER, find
from reflectkit.learn.corpus import Corpus, load_corpus
from reflectkit.learn.evaluation import predict
from reflectkit.pipeline import load_model
from reflectkit.values import Utterance

PLACEHOLDERS = {
    "name": ("[NAME]", "[NAME_1]", "<PERSON_1>", "XXXX", "____", "[name]", "***", "{{NAME}}"),
    "place": ("[PLACE]", "[PLACE_1]", "<LOCATION_1>", "XXXX", "____", "[place]", "***", "{{PLACE}}"),
}
"""Common placeholders for a name and for a place, in the same order."""

SURE = 0.7
"""Confidence from which a found name or place is replaced."""


@dataclass(frozen=True, slots=True)
class Stability:
    """Decisions that stayed.

    Attributes
    ----------
    model, placeholder : str
        Which.
    touched : int
        Utterances in whose words or context something was replaced.
    changed : int
        Utterances with other behaviours than before; a mask also reaches the utterances around it.
    utterances : int
        All utterances.
    """

    model: str
    placeholder: str
    touched: int
    changed: int
    utterances: int


def masked(utterance: Utterance, which: int) -> Utterance:
    """Write names and places of an utterance and its context as one kind of placeholder.

    Parameters
    ----------
    utterance : Utterance
        The utterance.
    which : int
        Index into `PLACEHOLDERS`.

    Returns
    -------
    Utterance
        With the words changed and the offsets as they were; equal in every text if there is nothing to replace.
    """
    return replace(
        utterance,
        text=_mask(utterance.text, which),
        heard=_mask(utterance.heard, which),
        before=_mask(utterance.before, which),
    )


def _mask(text: str, which: int) -> str:
    for start, end, kind in _spans(text):
        text = text[:start] + PLACEHOLDERS[kind][which] + text[end:]
    return text


def _spans(text: str) -> list[tuple[int, int, str]]:
    """Find names, places and placeholders, the last first."""
    spans = [(i.start, i.end, str(i.kind)) for i in find(text) if i.kind in PLACEHOLDERS and i.confidence >= SURE]
    spans += [(m.start(), m.end(), "place" if "PLACE" in m[0] else "name") for m in PLACEHOLDER.finditer(text)]
    return sorted(spans, reverse=True)


def stability(classifier: Classifier, corpus: Corpus) -> list[Stability]:
    """Compare decisions before and after masking, for each kind of placeholder.

    Parameters
    ----------
    classifier : Classifier
        The model.
    corpus : Corpus
        Annotated sessions.

    Returns
    -------
    list of Stability
        One a kind of placeholder.
    """
    utterances = corpus.utterances
    groups = corpus.groups.tolist()
    before = predict(classifier, utterances, groups)[1]
    holding = [i for i, u in enumerate(utterances) if any(map(_spans, (u.text, u.heard, u.before)))]
    rows = []
    for which, name in enumerate(PLACEHOLDERS["name"]):
        changed = {i: masked(utterances[i], which) for i in holding}
        touched = sum(_texts(u) != _texts(utterances[i]) for i, u in changed.items())
        after = predict(classifier, [changed.get(i, u) for i, u in enumerate(utterances)], groups)[1]
        other = int((before != after).any(axis=1).sum())
        rows.append(Stability(classifier.artefact.name, name, touched, other, len(utterances)))
    return rows


def _texts(utterance: Utterance) -> tuple[str, str, str]:
    return utterance.text, utterance.heard, utterance.before


def table(rows: Iterable[Stability]) -> str:
    """Return the comparison as a table.

    Parameters
    ----------
    rows : iterable of Stability
        From `stability`.

    Returns
    -------
    str
        Markdown.
    """
    lines = [
        "| model | placeholder | utterances touched | utterances changed | of all unchanged |",
        "|---|---|---|---|---|",
    ]
    for r in rows:
        lines.append(
            f"| {r.model} | `{r.placeholder}` | {r.touched} | {r.changed} | {1 - r.changed / r.utterances:.2%} |"
        )
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None, show: Callable[[str], object] | None = None) -> None:
    """Print the table.

    Parameters
    ----------
    arguments : sequence of str, optional
        Those of the process if not given.
    show : callable, optional
        Where the table goes; standard output if not given.
    """
    parser = argparse.ArgumentParser(
        prog="python -m reflectkit.learn.placeholders", description="How far placeholders change labels."
    )
    parser.add_argument("models", nargs="*", help="names or folders of models; all shipped ones if none is given")
    parser.add_argument("--sessions", default="data/annotated")
    parser.add_argument("--split", choices=("train", "dev", "test"), default="dev")
    options = parser.parse_args(arguments)
    corpus = load_corpus(options.sessions, options.split)
    models = options.models or available_models()
    (show or print)(table(row for model in models for row in stability(load_model(model), corpus)))


if __name__ == "__main__":
    main()
