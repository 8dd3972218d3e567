"""Score the screening for identifiers: ``python -m reflectkit.learn.identifiers [FOLDER]``.

Three tables: on ``data/identifiers`` (sentences written for it), on the sessions of ``data/annotated`` with invented names put in place of
their placeholders, and, where FOLDER holds it, on Presidio's synthetic set (``presidio_synth_dataset_v2.json``, MIT licence, by Microsoft).

An annotated identifier is *found* if items of whatever kind cover at least half of its letters and digits: that much is
seen, and masked. An
item is *right* if it touches an annotated identifier of whatever kind.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from reflectkit.identifiers import DIRECT, Kind, screen
from reflectkit.identifiers.finding import is_cased
from reflectkit.identifiers.screening import screen_transcript
from reflectkit.learn.corpus import load_corpus
from reflectkit.learn.noise import as_recognised
from reflectkit.values import Transcript, Turn

Span = tuple[int, int, str]

NAMES = (
    "Amelia", "Bartholomew", "Chukwuemeka", "Dagmar", "Eluned", "Farida", "Gwendoline", "Hiroshi", "Ifeanyi",
    "Jacqueline", "Kofi", "Lindiwe", "Marco", "Nasrin", "Olivia", "Pilar", "Quentin", "Rasheeda", "Stephen",
    "Tiwalade", "Ursula", "Veronica", "Wilfred", "Xavier", "Yasmin", "Zoltan", "Ayesha", "Bethany", "Connor",
    "Dimitri", "Esther", "Folasade", "Graham", "Hanneke", "Ismail", "Jerome", "Katarzyna", "Lamar", "Mei-Ling",
    "Nkechi", "Owain", "Parveen", "Roisin", "Samir", "Tracey", "Vusi", "Wanjiku", "Yevgenia", "Zahra", "Ngoc",
    "Kelly Braithwaite", "Samuel Odhiambo", "Ingrid Halvorsen", "Deepak Chaudhary", "Louise Fairweather",
    "Tomos Llewellyn", "Marisol Aguilar", "Patrick Geoghegan", "Aroha Tamihana", "Bogdan Ionescu",
)  # fmt: skip
"""Invented people, of many places; some stand in no list of the library."""

_NAMED = re.compile(r"\[(?:[A-Z]+_)?NAMES?(?:_\d+)?\]|<PERSON_\d+>")
_PRESIDIO = {
    "PERSON": "name", "STREET_ADDRESS": "address", "GPE": "place", "ORGANIZATION": "place",
    "CREDIT_CARD": "account_number", "IBAN_CODE": "account_number", "IP_ADDRESS": "account_number",
    "PHONE_NUMBER": "phone", "EMAIL_ADDRESS": "email", "ZIP_CODE": "postcode", "DOMAIN_NAME": "url",
    "US_SSN": "national_number", "US_DRIVER_LICENSE": "national_number",
}  # fmt: skip


@dataclass(frozen=True, slots=True, repr=False)
class Sentence:
    """A text with its identifiers.

    Attributes
    ----------
    text : str
        The text.
    spans : tuple of (int, int, str)
        Start, end, kind; the kind ``""`` marks what counts neither way.
    register : str
        Such as ``"punctuated"`` or ``"recognised"``.
    """

    text: str
    spans: tuple[Span, ...]
    register: str

    def __repr__(self) -> str:
        return f"Sentence({self.register}, {len(self.spans)} identifiers)"


def load_sentences(folder: str | Path, split: str) -> list[Sentence]:
    """Load the sentences of ``data/identifiers``.

    Parameters
    ----------
    folder : path
        Holds ``sentences.csv`` and ``items.csv``.
    split : {"dev", "test"}
        Which.

    Returns
    -------
    list of Sentence
        In order.
    """
    spans: dict[str, list[Span]] = {}
    with Path(folder, "items.csv").open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            spans.setdefault(row["sentence"], []).append((int(row["start"]), int(row["end"]), row["kind"]))
    with Path(folder, "sentences.csv").open(encoding="utf-8", newline="") as handle:
        return [
            Sentence(row["text"], tuple(spans.get(row["sentence"], ())), row["register"])
            for row in csv.DictReader(handle)
            if row["split"] == split
        ]


def load_presidio(path: str | Path) -> list[Sentence]:
    """Load Presidio's synthetic set; titles, nationalities, dates and ages count neither way.

    Parameters
    ----------
    path : path
        ``presidio_synth_dataset_v2.json``.

    Returns
    -------
    list of Sentence
        In order.
    """
    return [
        Sentence(
            r["full_text"],
            tuple((s["start_position"], s["end_position"], _PRESIDIO.get(s["entity_type"], "")) for s in r["spans"]),
            "synthetic",
        )
        for r in json.loads(Path(path).read_text("utf-8"))
    ]


def inserted(folder: str | Path, *, recognised: bool, seed: int = 7) -> list[tuple[Transcript, list[Span]]]:
    """Put names in place of the placeholders of annotated sessions, and leave out sessions without any.

    Parameters
    ----------
    folder : path
        Annotated sessions.
    recognised : bool
        True to write every turn as a speech recogniser would, in lower case.
    seed : int, optional
        Of the draw of names; one placeholder of a session stands for one name.

    Returns
    -------
    list of (Transcript, list of (int, int, str))
        Sessions, and the names as ``(turn, start, end)`` written as spans of the turns' joined texts.
    """
    rng = random.Random(seed)
    made = []
    for session in load_corpus(folder).sessions:
        people: dict[str, str] = {}
        turns: list[Turn] = []
        spans: list[Span] = []
        offset = 0
        for turn in session.transcript.turns:
            text, own = _insert(turn.text, people, rng, recognised)
            spans += [(offset + a, offset + b, "name") for a, b in own]
            turns.append(Turn(turn.index, turn.role, turn.role.value, text, turn.pieces))
            offset += len(text) + 1
        if spans:
            made.append((Transcript(session.session, tuple(turns), session.transcript.roles), spans))
    return made


def _insert(
    text: str, people: dict[str, str], rng: random.Random, recognised: bool
) -> tuple[str, list[tuple[int, int]]]:
    parts = []
    spans = []
    last = length = 0
    for m in _NAMED.finditer(text):
        # "[NAME]" may stand for another person each time, "<PERSON_2>" for one.
        name = rng.choice(NAMES) if m[0] == "[NAME]" else people.setdefault(m[0], rng.choice(NAMES))
        before = text[last : m.start()]
        if recognised:
            before, name = _lower(before, before_name=True), name.lower()
        parts += [before, name]
        spans.append((length + len(before), length + len(before) + len(name)))
        length += len(before) + len(name)
        last = m.end()
    tail = _lower(text[last:], before_name=False) if recognised else text[last:]
    return "".join([*parts, tail]), spans


def _lower(text: str, *, before_name: bool) -> str:
    said = as_recognised(text)
    lead = "" if said.startswith("'") or not said else " "
    return f"{lead}{said}{' ' if before_name else ''}"


def _found(gold: Span, items: Iterable[tuple[int, int]], text: str) -> bool:
    signs = [i for i in range(gold[0], gold[1]) if text[i].isalnum()]
    covered = {i for start, end in items for i in range(start, end)}
    return sum(i in covered for i in signs) * 2 >= len(signs) > 0


Tally = dict[str, Counter[str]]


def tally(pairs: Iterable[tuple[str, Sequence[Span], Sequence[Span]]]) -> Tally:
    """Count what was found and what was right.

    Parameters
    ----------
    pairs : iterable of (str, spans, spans)
        Text, annotated spans, found spans.

    Returns
    -------
    dict of str to Counter
        By kind, and ``"direct"`` for those that lead to one person: ``n``, ``found``, ``named`` (found as this kind), ``items``, ``right``.
    """
    made: Tally = {}
    for text, gold, items in pairs:
        for g in gold:
            if g[2]:
                for kind in _rows(g[2]):
                    row = made.setdefault(kind, Counter())
                    row["n"] += 1
                    row["found"] += _found(g, [(a, b) for a, b, _ in items], text)
                    row["named"] += _found(g, [(a, b) for a, b, k in items if k == g[2]], text)
        for start, end, kind in items:
            touched = [g for g in gold if g[0] < end and start < g[1]]
            if touched and not any(g[2] for g in touched):
                continue
            for row_kind in _rows(kind):
                row = made.setdefault(row_kind, Counter())
                row["items"] += 1
                row["right"] += bool(touched)
    return made


def _rows(kind: str) -> tuple[str, ...]:
    return (kind, "direct") if kind in DIRECT else (kind,)


def table(made: Tally) -> str:
    """Return the counts as a table.

    Parameters
    ----------
    made : dict
        From `tally`.

    Returns
    -------
    str
        Markdown.
    """
    lines = ["| kind | n | recall | recall, same kind | items | precision |", "|---|---|---|---|---|---|"]
    order = [*(k.value for k in Kind), "direct"]
    for kind in sorted(made, key=lambda k: order.index(k) if k in order else 99):
        c = made[kind]
        recall, named = (f"{c[x] / c['n']:.2f}" if c["n"] else "" for x in ("found", "named"))
        precision = f"{c['right'] / c['items']:.2f}" if c["items"] else ""
        lines.append(f"| {kind} | {c['n']} | {recall} | {named} | {c['items']} | {precision} |")
    return "\n".join(lines)


def score_sentences(sentences: Iterable[Sentence]) -> Tally:
    """Screen each sentence on its own.

    Parameters
    ----------
    sentences : iterable of Sentence
        With their identifiers.

    Returns
    -------
    dict
        From `tally`.
    """
    return tally((s.text, s.spans, [(i.start, i.end, str(i.kind)) for i in screen(s.text + " ")]) for s in sentences)


def score_sessions(sessions: Iterable[tuple[Transcript, list[Span]]]) -> Tally:
    """Screen sessions and compare the names put into them; precision is not counted, as the sessions hold names of their own.

    Parameters
    ----------
    sessions : iterable of (Transcript, list of spans)
        From `inserted`.

    Returns
    -------
    dict
        From `tally`.
    """

    def pair(transcript: Transcript, spans: list[Span]) -> tuple[str, list[Span], list[Span]]:
        starts = [0]
        for turn in transcript.turns:
            starts.append(starts[-1] + len(turn.text) + 1)
        items = [
            (starts[i.turn] + i.start, starts[i.turn] + i.end, str(i.kind))
            for i in screen_transcript(transcript)
            if i.turn is not None and i.field == "text"
        ]
        touching = [x for x in items if any(a < x[1] and x[0] < b for a, b, _ in spans)]
        return "\n".join(t.text for t in transcript.turns), spans, touching

    names = tally(pair(*one) for one in sessions)["name"]
    del names["items"], names["right"]
    return {"name": names}


def main(arguments: Sequence[str] | None = None, show: Callable[[str], object] | None = None) -> None:
    """Print the tables.

    Parameters
    ----------
    arguments : sequence of str, optional
        Those of the process if not given.
    show : callable, optional
        Where lines go; standard output if not given.
    """
    out = show or print
    parser = argparse.ArgumentParser(
        prog="python -m reflectkit.learn.identifiers", description="Score the screening for identifiers."
    )
    parser.add_argument("folder", nargs="?", help="folder that holds presidio_synth_dataset_v2.json")
    parser.add_argument("--sentences", default="data/identifiers")
    parser.add_argument("--sessions", default="data/annotated")
    options = parser.parse_args(arguments)
    for split in ("dev", "test"):
        sentences = load_sentences(options.sentences, split)
        for register in ("punctuated", "recognised"):
            own = [s for s in sentences if s.register == register]
            out(f"data/identifiers, {split}, {register}: {len(own)} sentences\n\n{table(score_sentences(own))}\n")
    for recognised in (False, True):
        sessions = inserted(options.sessions, recognised=recognised)
        # Chat and recognised sessions are in lower case as they stand; they belong to the second table.
        if not recognised:
            sessions = [(t, s) for t, s in sessions if is_cased("\n".join(x.text for x in t.turns))]
        guise = "as a recogniser writes them" if recognised else "as written"
        out(
            f"names put into sessions of data/annotated, {guise}: {len(sessions)} "
            f"sessions\n\n{table(score_sessions(sessions))}\n"
        )
    path = Path(options.folder or ".", "presidio_synth_dataset_v2.json")
    if path.is_file():
        synthetic = load_presidio(path)
        for name, part in (("even records", synthetic[::2]), ("odd records", synthetic[1::2])):
            out(f"Presidio's synthetic set, {name}: {len(part)}\n\n{table(score_sentences(part))}\n")


if __name__ == "__main__":
    main()
