"""Cut worker turns into utterances: sentences, or sentence-like stretches.

Conventions
-----------
- ``text == turn.text[start:end]``; utterances are in order and do not overlap.
- Every non-blank character of a worker turn is in an utterance or in an event mark (``[laughs]``) between two of them.
- An utterance never spans two rows of a table, two chat messages or two labelled lines: whoever cut them meant it.
  Captions are cut by time, not by sense, so there it may.

Punctuation is believed where there is any. A stretch without it, as speech recognisers give, is cut where a logistic
regression over the words around each gap finds a new sentence likely; it is fitted by ``python -m
reflectkit.learn.segmentation`` on `data/annotated`, and its weights are in ``segment.json`` beside this file.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Container, Iterable, Iterator, Sequence
from functools import cache, lru_cache
from importlib import resources
from itertools import pairwise
from typing import Any, NamedTuple

from reflectkit.codebook import Role
from reflectkit.tokens import tokenise
from reflectkit.values import Span, Transcript, Turn, Utterance, blank_events, count_words

LONGEST_STRETCH = 35
"""Words beyond which a stretch without sentence ends is always cut; spoken sentences of this length are rare."""

TRAILING_OFF = 1.5
"""Log-odds added for a new sentence after dots, which the gap model has not seen: chats often part sentences so."""

LONGEST_SENTENCE = 59
"""Words beyond which even a sentence with a full stop is cut: it is a whole story told in one breath."""

HEARD_LEAST_WORDS = 3
"""A client turn shorter than this ("mm", "yeah") is heard together with the client's turn before it."""

_BEFORE_A_NAME = frozenset(
    "mr. mrs. ms. mx. dr. prof. st. rev. hon. fr. sgt. capt. lt. vs. e.g. i.e. eg. ie. approx. ca. cf.".split()
)
"""Abbreviations that never end a sentence."""

_BEFORE_A_NUMBER = frozenset("no. nos. p. pp. ext. fig. vol. ch. tel. room. rm.".split())
"""Words that are abbreviations before a number only: elsewhere "no." is an answer."""

_AT_ANY_PLACE = frozenset(
    "a.m. p.m. am. pm. etc. u.s. u.k. n.h.s. d.v. a.a. n.a. inc. ltd. jr. sr. appt. hrs. mins. yrs. wks.".split()
)
"""Abbreviations that end a sentence only if a capital letter follows."""

_ABBREVIATIONS = _BEFORE_A_NAME | _BEFORE_A_NUMBER | _AT_ANY_PLACE

# "what happened.did she ring": a full stop without a space, told from an address by the words that open sentences.
_NO_SPACE = re.compile(
    r"(?<=[a-z]{2})[.](?=(?:i|i'm|you|do|did|what|how|are|and|but|so|that|it|it's|we|my|why|is|was|have|can|he|she|they|the)\b)"
)
_GAP = re.compile(r"\s*")
# From where a stretch begins, and possessive: else one without a sign costs the square of its length.
_SIGNED = re.compile(r"(?<![^ ])[^ .?!…]*+[.?!…][^ ]*")
# A word and one sign, then the end or a word: nothing to weigh, whatever the tokeniser says, unless it is an abbreviation.
_PLAIN_END = re.compile(r"([A-Za-z]{0,30}[a-z])([.?!])(?: +([A-Za-z])| *\Z)")
_LINE_BREAKS = re.compile(r"(?<!\s)\s*\n\s*")
_WRITTEN = re.compile(r"(?<![.…])[.?!][\"'”’)\]]*$")
_NO_END = frozenset("abcdefghijklmnopqrstuvwxyz,")
_NEARBY = 100
_ENDERS = frozenset("?!")
_CLOSERS = frozenset("\"'’”)]»*")
_FIRST_PERSON = frozenset(["i", "i'm", "i'd", "i've", "i'll", "i’m", "i’d", "i’ve", "i’ll"])


def segment(transcript: Transcript) -> tuple[Utterance, ...]:
    r"""Cut all worker turns of a transcript into utterances.

    Parameters
    ----------
    transcript : Transcript
        The session.

    Returns
    -------
    tuple of Utterance
        In order, each with what the client said before (`heard`) and the worker's utterance before (`before`).

    Examples
    --------
    >>> t = Transcript.from_text("Worker: You rang her. What was that like?\nClient: Hard.")
    >>> [u.text for u in segment(t)]
    ['You rang her.', 'What was that like?']
    """
    utterances: list[Utterance] = []
    heard = heard_before((turn.role, turn.text) for turn in transcript.turns)
    for turn, last_heard in zip(transcript.turns, heard, strict=True):
        if turn.role is not Role.WORKER:
            continue
        before = ""
        for span in cut(turn, rows_are_units=transcript.rows_are_units):
            text = turn.text[span.start : span.end]
            piece = turn.piece_at(span.start)
            utterances.append(
                Utterance(
                    turn.index, piece.row, span.start, span.end, text, turn.speaker, last_heard, before, piece.start_s
                )
            )
            before = text
    return tuple(utterances)


def heard_before(turns: Iterable[tuple[Role, str]]) -> Iterator[str]:
    """Tell for each turn what the client said last before it.

    Parameters
    ----------
    turns : iterable of (Role, str)
        Role and text of every turn, in order.

    Yields
    ------
    str
        The client's last turn, with the one before it where the last is shorter than `HEARD_LEAST_WORDS`; ``""`` if the
        client has said nothing yet.
    """
    heard = last = ""
    for role, text in turns:
        yield heard
        if role is Role.CLIENT:
            heard = text if count_words(text) >= HEARD_LEAST_WORDS else f"{last}\n{text}".strip()
            last = text


def cut(turn: Turn, *, rows_are_units: bool = True) -> tuple[Span, ...]:
    """Cut one turn into utterances.

    Parameters
    ----------
    turn : Turn
        The turn.
    rows_are_units : bool, optional
        True if no utterance may span two of the turn's rows.

    Returns
    -------
    tuple of Span
        Offsets of the utterances; empty if nothing was said.
    """
    blocks = [(p.start, p.end) for p in turn.pieces] if rows_are_units else [(0, len(turn.text))]
    return tuple(span for start, end in blocks for span in _cut_text(turn.text, start, end))


def cut_text(text: str) -> tuple[Span, ...]:
    """Cut a string into utterances, as one row of a turn would be.

    Parameters
    ----------
    text : str
        What was said.

    Returns
    -------
    tuple of Span
        Offsets of the utterances.

    Examples
    --------
    >>> [("Dr. Ng rang... no. Did you sleep?")[s.start:s.end] for s in cut_text("Dr. Ng rang... no. Did you sleep?")]
    ['Dr. Ng rang... no.', 'Did you sleep?']
    """
    return tuple(_cut_text(text, 0, len(text)))


def _cut_text(text: str, start: int, end: int) -> Iterator[Span]:
    block = text[start:end]
    # Event marks are blanked, character for character, so that the rules see only what was said.
    heard, marks = blank_events(block)
    cuts = sorted({0, len(block), *_punctuation_cuts(heard)})
    for left, right in pairwise(cuts):
        inner = [left, *_stretch_cuts(heard, left, right, marks), right]
        for a, b in pairwise(inner):
            stripped = heard[a:b].strip()
            if stripped:
                first = a + heard[a:b].index(stripped[0])
                yield Span(start + first, start + first + len(heard[first:b].rstrip()))


def _punctuation_cuts(text: str) -> Iterable[int]:
    """Return offsets where a new sentence begins, as far as signs and line breaks tell."""
    plain = _plain_cuts(text)
    return _cuts_by_tokens(text) if plain is None else plain


def _plain_cuts(text: str) -> list[int] | None:
    """Return what `_cuts_by_tokens` yields where every sentence ends and begins with a plain word; `None` elsewhere."""
    if "\n" in text:
        return None
    cuts = []
    for sign in _SIGNED.finditer(text):
        plain = _PLAIN_END.match(text, sign.start())
        if plain is None or (plain[2] == "." and f"{plain[1].casefold()}." in _ABBREVIATIONS):
            return None
        if plain[3]:
            cuts.append(plain.start(3))
    return cuts


def _cuts_by_tokens(text: str) -> Iterator[int]:
    """Yield offsets where a new sentence begins."""
    tokens, starts = tokenise(text)
    for space in _LINE_BREAKS.finditer(text) if "\n" in text else ():
        if _line_ends_sentence(text, space.start()):
            yield space.end()
    yield from (match.end() for match in _NO_SPACE.finditer(text))
    for i, token in enumerate(tokens[:-1]):
        if token.isalnum() or token in _CLOSERS or not _ends_sentence(tokens, starts, i):
            continue
        j = i + 1
        closed = False
        while j < len(tokens) and (
            _is_emoticon(tokens[j]) or (tokens[j] in _CLOSERS and starts[j] == starts[j - 1] + len(tokens[j - 1]))
        ):
            closed = closed or tokens[j] in _CLOSERS
            j += 1
        if j >= len(tokens):
            continue
        following = tokens[j]
        if following[0] in ".?!…,;:" or set(following) <= _ENDERS:
            continue
        if closed and following[0].islower():  # "why?" she said
            continue
        yield starts[j]


def _is_emoticon(text: str) -> bool:
    """Tell smileys and pictures, which belong to the sentence before them."""
    return not any(map(str.isalnum, text)) and (
        (not text[0].isascii() and text[0] not in "“”‘’«»—–…¿¡")
        or (len(text) > 1 and text[0] in ":;=8xX<" and text[-1] in ")(/|*>\\3")
    )


def _line_ends_sentence(text: str, offset: int) -> bool:
    # White space stands together, so that what came before is near; whole slices would cost the square of the lines.
    before = text[max(0, offset - _NEARBY) : offset].rstrip()[-1:]
    gap = _GAP.match(text, offset)
    return (gap is not None and gap[0].count("\n") > 1) or before in ".?!…:" or before == ""


def _ends_sentence(tokens: Sequence[str], starts: Sequence[int], i: int) -> bool:
    text, nxt = tokens[i], tokens[i + 1]
    if set(text) & _ENDERS and not any(map(str.isalnum, text)):
        return True
    if text in ("…", "..", "...", "....") or (set(text) <= {".", "…"} and len(text) > 1):
        # A trailing-off start goes on unless a new sentence clearly begins.
        return nxt[0].isupper() and nxt.casefold() not in _FIRST_PERSON and _words_before(tokens, i) >= 3
    word = text
    if text == ".":
        if starts[i + 1] == starts[i] + 1 and nxt[0].isdigit():
            return False
        word = f"{tokens[i - 1] if i else ''}."
    elif not (text.endswith(".") and len(text) > 1 and text[-2].isalnum()):
        return False
    if word[:-1].isdigit() and len(word) <= 3 and (i < 2 or not set(tokens[i - 2]).isdisjoint(".?!\n")):
        return False  # the number of a list's item
    folded = word.casefold()
    if folded in _BEFORE_A_NAME or (folded in _BEFORE_A_NUMBER and nxt[0].isdigit()):
        return False
    if len(word) == 2 and word[0].isupper() and word[0] != "I":  # an initial: "J. Smith"
        return False
    if folded in _AT_ANY_PLACE or "." in word[:-1]:
        return nxt[0].isupper() and nxt.casefold() not in _FIRST_PERSON
    return nxt[0].isalnum() or nxt[0] in "\"'“‘([<*" or not nxt.isascii() or nxt[0] in _CLOSERS or _is_emoticon(nxt)


def _words_before(tokens: Sequence[str], i: int) -> int:
    n = 0
    while i > 0 and n < 3:
        i -= 1
        if not set(tokens[i]).isdisjoint(".?!…"):
            break
        n += tokens[i][0].isalnum()
    return n


# Stretches without punctuation --------------------------------------------------------------------------------------

_CLASSES: dict[str, str] = {
    word: name
    for name, words in {
        "PRON": "i you he she it we they that there this u",
        "AUX": "do did does are is was were have has had can could would will should might may must am be been got gotta don't didn't "
        "doesn't isn't aren't wasn't haven't can't couldn't won't wouldn't ain't",
        "WH": "what how why where when who which",
        "DET": "the a an my your his her our their some any every no one two",
        "PREP": "of in on at to for with from by about into over after before like through as than up down out off",
        "CONJ": "and but so or because cause cos if then while until though",
        "OPEN": "okay ok well right yeah yes oh alright anyway now look listen sorry thanks hello hi hey mm mhm aye ah um uh please maybe",
    }.items()
    for word in words.split()
}
_WORD_AT = re.compile(r"\S+")
_SUBJECTS = frozenset(["PR", "WH", "CO"])
_FAR = 8
_EDGES = ".,;:?!\"“”()…-–—'"


def _class_of(word: str) -> str:
    """Fold a word to what it can do in a sentence, as far as its form tells."""
    if word in _CLASSES:
        return _CLASSES[word]
    if word == "<>":
        return "<>"
    if "'" in word:
        return "PRON'"
    return next((ending for ending in ("ing", "ed", "ly") if word.endswith(ending)), "x")


def gap_features(words: Sequence[str], i: int, *, sign: str = "", event: bool = False) -> tuple[str, ...]:
    """Describe the gap before a word: the words around it, what they can do in a sentence, and where it stands.

    Parameters
    ----------
    words : sequence of str
        Words of the stretch, lower case, without signs at their edges.
    i : int
        The word the gap is before, at least 1.
    sign : str, optional
        Comma, dash or the like that ends the word before.
    event : bool, optional
        True if an event mark such as ``[laughs]`` stands in the gap.

    Returns
    -------
    tuple of str
        Names of features that hold.
    """
    n_words = len(words)
    near = [words[j] if 0 <= j < n_words else "<>" for j in range(i - 3, i + 3)]
    _, q, p, w, n, _ = near
    c0, c1, c2, c3, c4, c5 = map(_class_of, near)
    subject = next((k for k in range(1, min(i, _FAR) + 1) if _class_of(words[i - k])[:2] in _SUBJECTS), 0)
    return (
        f"w={w}", f"p={p}", f"n={n}", f"wn={w} {n}", f"pw={p} {w}", f"q={q}",
        f"c2={c2} {c3}", f"c3={c2} {c3} {c4}", f"c4={c1} {c2} {c3} {c4}", f"c5={c1} {c2} {c3} {c4} {c5}",
        f"cl={c0} {c1} {c2}", f"cr={c3} {c4} {c5}", f"pc={p} {c3} {c4}", f"wc={w} {c1} {c2}",
        f"subject={subject}", f"since={min(i, 6)}", f"left={min(n_words - i, 6)}", f"length={min(n_words // 8, 6)}",
        f"sign={sign}", f"event={event}",
    )  # fmt: skip


class _GapModel(NamedTuple):
    """Weights of `gap_features`, by kind and then by what follows the equals sign, in its parts if they are several."""

    weights: dict[str, dict[Any, float]]
    intercept: float
    threshold: float


@cache
def _gap_model() -> _GapModel:
    data = json.loads(resources.files("reflectkit").joinpath("segment.json").read_text("utf-8"))
    weights: dict[str, dict[Any, float]] = {}
    for name, weight in data["weights"].items():
        kind, _, rest = name.partition("=")
        parts = tuple(rest.split(" "))
        weights.setdefault(kind, {})[parts if len(parts) > 1 else rest] = weight
    return _GapModel(weights, float(data["intercept"]), float(data["threshold"]))


@lru_cache(maxsize=1 << 15)
def _class_score(c0: str, c1: str, c2: str, c3: str, c4: str, c5: str) -> float:
    """Sum up what the words around a gap weigh by what they can do: there are few such sequences, and no words in them."""
    weights = _gap_model().weights
    parts = {
        "c2": (c2, c3), "c3": (c2, c3, c4), "c4": (c1, c2, c3, c4), "c5": (c1, c2, c3, c4, c5), "cl": (c0, c1, c2), "cr": (c3, c4, c5),
    }  # fmt: skip
    return sum(weights[kind].get(key, 0.0) for kind, key in parts.items())


def gap_scores(words: Sequence[str], signs: Sequence[str], after_event: Container[int] = ()) -> list[float]:
    """Tell how likely a new sentence begins at each word of a stretch.

    Parameters
    ----------
    words, signs : sequence of str
        As from `stretch_words`.
    after_event : container of int, optional
        Words before which an event mark such as ``[laughs]`` stands.

    Returns
    -------
    list of float
        Log-odds: the intercept and the weights of `gap_features`; 0 for the first word.
    """
    weights, intercept, _ = _gap_model()
    n_words = len(words)
    pad = ("<>",) * 3
    said, classes = (*pad, *words, *pad), (*pad, *map(_class_of, words), *pad)
    w_of, p_of, n_of, q_of = (weights[kind].get for kind in "wpnq")
    wn_of, pw_of, pc_of, wc_of = (weights[kind].get for kind in ("wn", "pw", "pc", "wc"))
    shape = {kind: weights.get(kind, {}) for kind in ("subject", "since", "left", "length", "sign", "event")}
    base = intercept + shape["length"].get(str(min(n_words // 8, 6)), 0.0)
    subject = -_FAR  # the last word that may be one
    scores = [0.0]
    for i in range(1, n_words):
        c0, c1, c2, c3, c4, c5 = classes[i : i + 6]
        q, p, w, n = said[i + 1 : i + 5]
        if c2[:2] in _SUBJECTS:
            subject = i - 1
        scores.append(
            base
            + _class_score(c0, c1, c2, c3, c4, c5)
            + w_of(w, 0.0) + p_of(p, 0.0) + n_of(n, 0.0) + q_of(q, 0.0)
            + wn_of((w, n), 0.0) + pw_of((p, w), 0.0) + pc_of((p, c3, c4), 0.0) + wc_of((w, c1, c2), 0.0)
            + shape["subject"].get(str(i - subject if i - subject <= _FAR else 0), 0.0)
            + shape["since"].get(str(min(i, 6)), 0.0) + shape["left"].get(str(min(n_words - i, 6)), 0.0)
            + shape["sign"].get(signs[i - 1], 0.0) + shape["event"].get(str(i in after_event), 0.0)
        )  # fmt: skip
    return scores


def stretch_words(text: str, left: int, right: int) -> tuple[list[int], list[str], list[str]]:
    """Cut a stretch at white space for `gap_features`.

    Parameters
    ----------
    text : str
        Text with event marks blanked.
    left, right : int
        Offsets of the stretch.

    Returns
    -------
    starts : list of int
        Offset of each word.
    words : list of str
        The words, lower case, without signs at their edges.
    signs : list of str
        The sign that ends each word, ``""`` if none.
    """
    raw = [(m.start(), m[0]) for m in _WORD_AT.finditer(text, left, right)]
    words = [word.casefold().replace("’", "'").strip(_EDGES) for _, word in raw]
    signs = ["…" if word.endswith(("..", "…")) else word[-1] if word[-1] in ",;:-–—" else "" for _, word in raw]
    return [start for start, _ in raw], ["0" if word.isdigit() else word for word in words], signs


def _stretch_cuts(text: str, left: int, right: int, marks: Sequence[Span]) -> list[int]:
    """Return offsets at which a stretch without sentence ends is cut, in order.

    A stretch that ends in a full stop or the like is a sentence somebody wrote: it is cut only if very long.
    """
    stretch = text[left:right].rstrip()
    written = stretch[-1:] not in _NO_END and _WRITTEN.search(stretch) is not None
    if len(stretch) < (2 * LONGEST_SENTENCE if written else 5):  # so few words, or fewer
        return []
    n_words = len(stretch.split())
    if n_words < 3 or (written and n_words <= LONGEST_SENTENCE):
        return []
    starts, words, signs = stretch_words(text, left, right)
    after_event = {bisect_right(starts, mark.start) for mark in marks}
    scores = [
        score + TRAILING_OFF if i and signs[i - 1] == "…" else score
        for i, score in enumerate(gap_scores(words, signs, after_event))
    ]
    threshold = _gap_model().threshold
    chosen = [] if written else [i for i in range(1, len(words)) if scores[i] >= threshold]
    bounds = [0, *chosen, len(words)]
    for a, b in pairwise(bounds):
        chosen += _halve(scores, a, b, LONGEST_SENTENCE if written else LONGEST_STRETCH)
    return [starts[i] for i in sorted(chosen)]


def _halve(scores: Sequence[float], a: int, b: int, longest: int) -> list[int]:
    """Cut a stretch that is too long at its best gap, not too near its ends, until none is."""
    if b - a <= longest:
        return []
    middle = (a + b) / 2
    best = max(range(a + 4, b - 3), key=lambda i: (scores[i] - 4 * abs(i - middle) / (b - a), -i))
    return [*_halve(scores, a, best, longest), best, *_halve(scores, best, b, longest)]
