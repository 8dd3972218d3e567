"""The values that flow from room to room: frozen, ordered, and silent about what people said in their reprs.

Conventions
-----------
- Offsets are 0-based positions in ``Turn.text``, counted in characters (Unicode code points), end exclusive.
- Times are seconds from the start of the recording, `None` where the source gives none.
- A *row* is a row, cue or line block of the source; a *turn* is one or more neighbouring rows of one speaker.
- A *word* is a stretch without white space that holds a letter or a digit; event marks such as ``[laughs]`` hold no words.
"""

from __future__ import annotations

import os
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any, NoReturn, TypeVar

from reflectkit.codebook import BEHAVIOURS, Behaviour, Flag, Role, Subtype
from reflectkit.lazy import pd

_K = TypeVar("_K")
_V = TypeVar("_V")

_BRACKETED = re.compile(r"\[([^\[\]\n]{1,60})\]|\(([^()\n]{1,40})\)|\*([^*\s][^*\n]{0,30})\*")
_EVENT_WORD = re.compile(
    r"(?:laugh|chuckl|giggl|cry|cries|sob|sigh|sniff|paus|silen|inaudib|unintellig|indistinct|unclear|cross-?talk|"
    r"overlap|cough|sneez|gasp|groan|applau|beep|typing|yawn|mumbl|exhal|inhal|nods?$|nodding$|shrug|smil|whisper|breath|"
    r"rings?$|ringing$|buzz|knock|nois|music|hums?$|humming$|tears?$|clears$|slams?$|barks?$|barking$|bangs?$)\w*",
    re.IGNORECASE,
)
_EVENT_COMPANY = frozenset(
    "a an and the at for in on of to from through with by long short brief soft softly quiet quietly loud loudly again still slightly "
    "both together talking over each other phone mobile doorbell door bell dog baby background foreign language speech throat deep heavy "
    "heavily seconds second secs sec minutes minute min his her their voice voices speaking recording audio break breaks".split()
)
_CLOCK_ONLY = re.compile(r"\d{1,3}(?::\d{2}){1,2}(?:[.,]\d{1,3})?|\d{1,3}(?:\.\d{1,3})?\s*(?:s|sec|secs|seconds)?")
_PAUSE = re.compile(r"\.{1,3}")  # "(.)", as transcribers of conversation write a short pause
_NAMES_SOMETHING = frozenset("my his her their our your the a an name i".split())
_FROM_LETTER = re.compile(r"[^\W_]\S*")
_PLACEHOLDER = re.compile(
    r"(?:(?:first|last|full|client|worker|street|place|town|city|clinic)[ _-])?(?:name|person|place|location|city|town|"
    r"country|street|date|phone|tel|email|address|postcode|zip|org|organisation|organization|hospital|clinic|school|"
    r"age|number|num|id|url|redacted|removed|anon|x+)(?:[ _-]?\w{1,3})?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of a turn's text.

    Attributes
    ----------
    start, end : int
        Offsets into the turn's text, end exclusive.
    """

    start: int
    end: int


def events(text: str) -> tuple[Span, ...]:
    """Find event marks: things that were heard or done, not said.

    Square brackets hold an event, a time or a pause, unless they hold a placeholder for a name or a place (``[NAME]``,
    ``[my sister]``). Round brackets and asterisks do so only if every word in them is of an event (``(long pause)``,
    ``*laughs*``): people put words they say in brackets too.

    Parameters
    ----------
    text : str
        Text of a turn.

    Returns
    -------
    tuple of Span
        In order, not overlapping.

    Examples
    --------
    >>> events("So [laughs] you told [NAME] (long story).")
    (Span(start=3, end=11),)
    """
    if "[" not in text and "(" not in text and "*" not in text:
        return ()
    return tuple(Span(*m.span()) for m in _BRACKETED.finditer(text) if _is_event(m))


def _is_event(match: re.Match[str]) -> bool:
    square = match[1]
    inside = (square if square is not None else match[2] or match[3]).strip()
    if _CLOCK_ONLY.fullmatch(inside) or _PAUSE.fullmatch(inside):
        return match[3] is None
    if _PLACEHOLDER.fullmatch(inside) or not inside:
        return False
    words = re.findall(r"[^\W_][\w'-]*", inside.casefold())
    of_event = [_EVENT_WORD.match(w) is not None for w in words]
    if all(e or w in _EVENT_COMPANY or w[0].isdigit() for e, w in zip(of_event, words, strict=True)) and any(of_event):
        return True
    if square is None or not words:
        return False
    if any(of_event):
        return len(words) <= 6 and words[0] not in ("i", "you", "we")
    return inside[0].islower() and words[0] not in _NAMES_SOMETHING


def blank_events(text: str) -> tuple[str, tuple[Span, ...]]:
    """Put spaces in place of event marks, so that offsets stay true.

    Parameters
    ----------
    text : str
        Text of a turn.

    Returns
    -------
    str
        As long as `text`.
    tuple of Span
        Where the marks stood.
    """
    marks = events(text)
    if not marks:
        return text, ()
    parts, last = [], 0
    for mark in marks:
        parts += [text[last : mark.start], " " * (mark.end - mark.start)]
        last = mark.end
    return "".join([*parts, text[last:]]), marks


def count_words(text: str) -> int:
    """Count words, event marks left out.

    Parameters
    ----------
    text : str
        Text of a turn or an utterance.

    Returns
    -------
    int
        Number of words, 0 for a blank or unintelligible stretch.

    Examples
    --------
    >>> count_words("Well - I don't [long pause] know, [NAME].")
    5
    """
    text, _ = blank_events(text)
    return len(_FROM_LETTER.findall(text))


_LOOSE = re.compile(r"[\s._-]+")


def loosely(label: str) -> str:
    """Take from a label what people leave out or put in as they type it again: blanks, points, hyphens.

    Parameters
    ----------
    label : str
        A speaker's label.

    Returns
    -------
    str
        Folded; the same for labels that mean one speaker.

    Examples
    --------
    >>> loosely("Bex M."), loosely("SPEAKER1") == loosely("Speaker 1"), loosely("Client 1") == loosely("Client 11")
    ('bexm', True, False)
    """
    folded = fold(label)
    return _LOOSE.sub("", folded) or folded


def fold(label: str) -> str:
    """Fold a label for comparison: case, white space and the way accents are encoded make no other speaker.

    Parameters
    ----------
    label : str
        As found or given.

    Returns
    -------
    str
        The folded label.
    """
    return " ".join(unicodedata.normalize("NFC", label).casefold().split())


@dataclass(frozen=True, slots=True)
class Note:
    """Something of the source that was skipped, mended or guessed while reading.

    Attributes
    ----------
    kind : str
        A stable word for programs: ``"skipped"``, ``"mended"``, ``"guessed"`` or ``"suspect"``.
    message : str
        What and why, without words of the transcript.
    row, line : int or None
        0-based row and 1-based line it is about; `None` where it is about the whole source.
    count : int
        How many times it happened.
    """

    kind: str
    message: str
    row: int | None = None
    line: int | None = None
    count: int = 1


@dataclass(frozen=True, slots=True, repr=False)
class Row:
    """One row, cue or line block as read, before neighbours are joined into turns.

    Attributes
    ----------
    row : int
        0-based position in the source.
    speaker : str
        Label found in the source.
    text : str
        What was said; may be blank.
    start_s, end_s : float or None
        Times in seconds.
    role : str
        The source's own word for the speaker's role, ``""`` if it has none.
    """

    row: int
    speaker: str
    text: str
    start_s: float | None = None
    end_s: float | None = None
    role: str = ""

    def __repr__(self) -> str:
        return f"Row({self.row}, {count_words(self.text)} words)"


@dataclass(frozen=True, slots=True)
class Piece:
    """Where a row stands in its turn.

    Attributes
    ----------
    row : int
        0-based row of the source.
    start, end : int
        Offsets into the turn's text.
    start_s, end_s : float or None
        Times in seconds.
    """

    row: int
    start: int
    end: int
    start_s: float | None = None
    end_s: float | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Turn:
    """What one speaker says until somebody else speaks.

    Attributes
    ----------
    index : int
        0-based position in the transcript.
    role : Role
        Worker, client or other.
    speaker : str
        Label found in the source.
    text : str
        The rows' texts, joined by a newline (rows that stand for themselves) or a space (captions).
    pieces : tuple of Piece
        Where each row stands in `text`.
    words : int
        Number of words; event marks hold none.
    """

    index: int
    role: Role
    speaker: str
    text: str
    pieces: tuple[Piece, ...]
    words: int = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", count_words(self.text))

    @property
    def row(self) -> int:
        """Row the turn starts in, 0-based."""
        return self.pieces[0].row

    @property
    def start_s(self) -> float | None:
        """Start in seconds, `None` if unknown."""
        return self.pieces[0].start_s

    @property
    def end_s(self) -> float | None:
        """End in seconds, `None` if unknown."""
        return self.pieces[-1].end_s

    def piece_at(self, offset: int) -> Piece:
        """Return the piece a character belongs to.

        Parameters
        ----------
        offset : int
            Offset into the turn's text.

        Returns
        -------
        Piece
            The last piece that starts at or before `offset`.
        """
        return self.pieces[max(bisect_right(self.pieces, offset, key=lambda piece: piece.start) - 1, 0)]

    def __repr__(self) -> str:
        return f"Turn({self.index}, {self.role.value}, {self.words} words)"


class ReadOnly(dict[_K, _V]):
    """A mapping that is not changed once it is made, and can be pickled (`types.MappingProxyType` cannot)."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("results are read-only; take a copy with dict(…).")

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[type[ReadOnly[_K, _V]], tuple[dict[_K, _V]]]:
        return ReadOnly, (dict(self),)


BASES = ("given", "labels", "talk")
"""How roles can be known: told by the caller, by the speakers' labels, or by how they talk."""


@dataclass(frozen=True, slots=True)
class RoleAssignment:
    """Which speakers are workers and clients, and how that is known.

    Attributes
    ----------
    worker, client, other : tuple of str
        Speaker labels by role, in order of appearance; a speaker whose role changes in the source stands in several.
    basis : str
        ``"given"`` by the caller, ``"labels"`` (role words such as "PSW" or "service user") or ``"talk"`` (how they talk).
    confidence : float
        Probability in [0, 1] that no role is wrong, as far as labels and talk tell; 1.0 when given.
    """

    worker: tuple[str, ...]
    client: tuple[str, ...]
    other: tuple[str, ...] = ()
    basis: str = "given"
    confidence: float = 1.0


@dataclass(frozen=True, slots=True, repr=False)
class Transcript:
    """A session as read: turns with roles, and notes on what the source held besides.

    Attributes
    ----------
    session : str
        Name of the session.
    turns : tuple of Turn
        All turns in order.
    roles : RoleAssignment
        Who is worker and client, and how that is known.
    notes : tuple of Note
        What was skipped, mended or guessed while reading.
    format : str
        Format read, such as ``"csv"`` or ``"vtt"``.
    format_reason : str
        Why that format was chosen.
    rows_are_units : bool
        True if the source's rows were cut by somebody on purpose (tables, chat, text lines), so that no utterance spans
        two of them; False for captions and for what recognisers write.
    """

    session: str
    turns: tuple[Turn, ...]
    roles: RoleAssignment
    notes: tuple[Note, ...] = ()
    format: str = "rows"
    format_reason: str = "given in memory"
    rows_are_units: bool = True

    @property
    def has_times(self) -> bool:
        """True if every turn with words has a start and an end in seconds."""
        spoken = [t for t in self.turns if t.words]
        return bool(spoken) and all(t.start_s is not None and t.end_s is not None for t in spoken)

    @classmethod
    def from_text(cls, text: str, **options: Any) -> Transcript:  # noqa: ANN401
        r"""Read a transcript from a string of text in any supported text format.

        Parameters
        ----------
        text : str
            The transcript itself, for example lines of ``Worker: …`` and ``Client: …``.
        **options
            As for `reflectkit.read_transcript`: `worker`, `client`, `format`, `columns`, `session`.

        Returns
        -------
        Transcript
            The session read.

        Raises
        ------
        TranscriptError
            If the text cannot be read or roles cannot be told.

        Examples
        --------
        >>> Transcript.from_text("Worker: You look tired.\nClient: I am.")
        Transcript('text', 2 turns, worker 3 words, client 2 words)
        """
        from reflectkit.read import read_text

        return read_text(text, **options)

    def to_frame(self) -> pd.DataFrame:
        """Return one row a turn.

        Returns
        -------
        pandas.DataFrame
            Columns ``session, turn, row, role, speaker, text, words, start_s, end_s``; unknown times are NaN.
        """
        rows = [
            (self.session, t.index, t.row, t.role.value, t.speaker, t.text, t.words, t.start_s, t.end_s)
            for t in self.turns
        ]
        columns = ["session", "turn", "row", "role", "speaker", "text", "words", "start_s", "end_s"]
        return pd.DataFrame(rows, columns=columns).astype({"start_s": "float64", "end_s": "float64"})

    def to_csv(self, path: str | os.PathLike[str] | None = None) -> str:
        r"""Write the transcript as CSV, one row a row of the source.

        `reflectkit.read_transcript` reads the same transcript from it again; so with `to_json`, `to_vtt` and `to_text`.
        The notes, the numbers of rows in the source and how roles were known are in none of them.

        Parameters
        ----------
        path : path, optional
            File to write, whole or not at all; only its owner can read it.

        Returns
        -------
        str
            What is (or would be) in the file, in UTF-8.

        Raises
        ------
        OSError
            If the file cannot be written.

        Examples
        --------
        >>> print(Transcript.from_text("Worker: You look tired.\nClient: I am.", session="s").to_csv())
        session,speaker,role,text,start_s,end_s,row_is_unit
        s,Worker,worker,You look tired.,,,true
        s,Client,client,I am.,,,true
        <BLANKLINE>
        """
        from reflectkit import write
        from reflectkit.files import written

        return written(write.to_csv(self), path)

    def to_json(self, path: str | os.PathLike[str] | None = None) -> str:
        """Write the transcript as JSON, one object a row of the source.

        It holds what `to_csv` holds.

        Parameters
        ----------
        path : path, optional
            File to write, whole or not at all; only its owner can read it.

        Returns
        -------
        str
            What is (or would be) in the file, in UTF-8.

        Raises
        ------
        OSError
            If the file cannot be written.
        """
        from reflectkit import write
        from reflectkit.files import written

        return written(write.to_json(self), path)

    def to_vtt(self, path: str | os.PathLike[str] | None = None) -> str:
        """Write the transcript as WebVTT, one caption a row of the source.

        Times are kept to the millisecond; roles are classes of the voice tags, as in ``<v.worker Ana>``.

        Parameters
        ----------
        path : path, optional
            File to write, whole or not at all; only its owner can read it.

        Returns
        -------
        str
            What is (or would be) in the file, in UTF-8.

        Raises
        ------
        TranscriptError
            If it has no times at all.
        OSError
            If the file cannot be written.
        """
        from reflectkit import write
        from reflectkit.files import written

        return written(write.to_vtt(self), path)

    def to_text(self, path: str | os.PathLike[str] | None = None) -> str:
        """Write the transcript as text, one line a row of the source.

        Times are kept to the millisecond.

        Parameters
        ----------
        path : path, optional
            File to write, whole or not at all; only its owner can read it.

        Returns
        -------
        str
            What is (or would be) in the file, in UTF-8.

        Raises
        ------
        TranscriptError
            If a speaker's role changes, for which text has no place.
        OSError
            If the file cannot be written.
        """
        from reflectkit import write
        from reflectkit.files import written

        return written(write.to_text(self), path)

    def words(self, role: Role) -> int:
        """Count the words of a role.

        Parameters
        ----------
        role : Role
            Whose words.

        Returns
        -------
        int
            Number of words in all turns of that role.
        """
        return sum(t.words for t in self.turns if t.role is role)

    def __repr__(self) -> str:
        counts = f"worker {self.words(Role.WORKER)} words, client {self.words(Role.CLIENT)} words"
        return f"Transcript({self.session!r}, {len(self.turns)} turns, {counts})"


@dataclass(frozen=True, slots=True, repr=False)
class Utterance:
    """A sentence, or a sentence-like stretch, of a worker's turn, with what was heard before it.

    Attributes
    ----------
    turn : int
        0-based turn.
    row : int
        0-based row of the source the utterance starts in.
    start, end : int
        Offsets into the turn's text; ``text == turn.text[start:end]``.
    text : str
        Its words.
    speaker : str
        Label of the worker.
    heard : str
        What the client said last before this turn, ``""`` if nothing.
    before : str
        The worker's utterance just before it in the same turn, ``""`` if it opens the turn.
    start_s : float or None
        Time of the row it starts in, in seconds.
    """

    turn: int
    row: int
    start: int
    end: int
    text: str
    speaker: str = ""
    heard: str = field(default="", compare=False)
    before: str = field(default="", compare=False)
    start_s: float | None = None

    def __repr__(self) -> str:
        return f"Utterance(turn {self.turn}, {self.start}-{self.end}, {count_words(self.text)} words)"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Words of an utterance that carried a decision; what the utterances around it had to say is not among them.

    Attributes
    ----------
    behaviour : Behaviour
        The behaviour decided.
    start, end : int
        Offsets into the turn's text.
    weight : float
        How much the words raised the behaviour's log-odds; only positive ones are kept.
    """

    behaviour: Behaviour
    start: int
    end: int
    weight: float


@dataclass(frozen=True, slots=True, repr=False)
class CodedUtterance:
    """An utterance with its behaviours.

    Attributes
    ----------
    utterance : Utterance
        The utterance.
    behaviours : tuple of Behaviour
        At least one, in the order of the codebook; `other` stands alone.
    probabilities : tuple of float
        One in [0, 1] for each of `BEHAVIOURS`, in that order.
    unsure : bool
        True if the decision is not worth relying on.
    evidence : tuple of Evidence
        Words that carried the decision, strongest first.
    """

    utterance: Utterance
    behaviours: tuple[Behaviour, ...]
    probabilities: tuple[float, ...]
    unsure: bool = False
    evidence: tuple[Evidence, ...] = ()

    @property
    def span(self) -> TurnSpan:
        """Where it stands in its turn."""
        return TurnSpan(self.utterance.turn, self.utterance.start, self.utterance.end)

    def has(self, *behaviours: Behaviour) -> bool:
        """Tell whether the utterance carries any of some behaviours.

        Parameters
        ----------
        *behaviours : Behaviour
            Behaviours looked for.

        Returns
        -------
        bool
            True if at least one is among its behaviours.
        """
        own = self.behaviours
        for behaviour in behaviours:  # asked so often that a generator would take most of the time
            if behaviour in own:
                return True
        return False

    def probability(self, behaviour: Behaviour) -> float:
        """Return the probability of one behaviour.

        Parameters
        ----------
        behaviour : Behaviour
            The behaviour.

        Returns
        -------
        float
            In [0, 1].
        """
        return self.probabilities[BEHAVIOURS.index(behaviour)]

    def __repr__(self) -> str:
        names = "|".join(b.value for b in self.behaviours)
        return f"CodedUtterance({names}{' unsure' if self.unsure else ''}, turn {self.utterance.turn})"


@dataclass(frozen=True, slots=True)
class TurnSpan:
    """A stretch of one turn.

    Attributes
    ----------
    turn : int
        0-based turn.
    start, end : int
        Offsets into that turn's text.
    """

    turn: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class DirectiveDisclosure:
    """A stretch in which the worker's own story is used to steer the client.

    Attributes
    ----------
    turns, rows : tuple of int
        0-based worker turns and source rows it spans, in order.
    subtype : Subtype
        `steer`, or `with_permission` when the client asked for it or agreed to hear it.
    story, steering : tuple of TurnSpan
        The utterances that tell the story and those that steer.
    returns_focus : bool
        True if a question, reflection or validation follows before the turn ends.
    probability : float
        That annotators would call it one, in [0, 1].
    """

    turns: tuple[int, ...]
    rows: tuple[int, ...]
    subtype: Subtype
    story: tuple[TurnSpan, ...]
    steering: tuple[TurnSpan, ...]
    returns_focus: bool
    probability: float = 1.0


@dataclass(frozen=True, slots=True)
class SelfDisclosure:
    """A stretch in which the worker tells something of their own life.

    Attributes
    ----------
    turns, rows : tuple of int
        0-based worker turns and source rows it spans, in order.
    story : tuple of TurnSpan
        Its utterances, one after the other, at most listening sounds of the client between them.
    words : int
        Words in them.
    returns_focus : bool
        True if a question, reflection or validation stands in its last sentence or follows before the turn ends.
    steers : Subtype or None
        Kind of the directive-disclosure it is part of; `None` if it steers nobody.
    """

    turns: tuple[int, ...]
    rows: tuple[int, ...]
    story: tuple[TurnSpan, ...]
    words: int
    returns_focus: bool
    steers: Subtype | None


@dataclass(frozen=True, slots=True)
class FlaggedPassage:
    """A passage with a flag of the codebook: something to look at, not a behaviour.

    Attributes
    ----------
    flag : Flag
        What is to be looked at.
    role : Role
        Whose words; only `safety` passages may be the client's.
    turn, row : int
        0-based turn and source row.
    start, end : int
        Offsets into the turn's text: the utterance for the worker, the whole turn for the client.
    probability : float
        That annotators would flag it, in [0, 1].
    """

    flag: Flag
    role: Role
    turn: int
    row: int
    start: int
    end: int
    probability: float = 1.0


@dataclass(frozen=True, slots=True)
class TiedReflection:
    """A reflection and the client's words it gives back.

    Attributes
    ----------
    turn, row, start, end : int
        Where the reflection stands.
    client_turn : int or None
        0-based turn whose words it shares most of; `None` if it shares none with what the client said lately.
    given_back : tuple of TurnSpan
        The shared words, in the client's turn.
    shared : float
        Share of the reflection's content words that are the client's, in [0, 1]; a reflection without content words
        shares none.
    repeats : bool
        True if it adds hardly anything to the client's words ("parroting").
    """

    turn: int
    row: int
    start: int
    end: int
    client_turn: int | None
    given_back: tuple[TurnSpan, ...]
    shared: float
    repeats: bool


def join_rows(
    rows: Iterable[Row], *, rows_are_units: bool, roles: Iterable[Role] | None = None
) -> list[tuple[str, str, tuple[Piece, ...]]]:
    """Join neighbouring rows of one speaker into turns.

    Parameters
    ----------
    rows : iterable of Row
        Rows in order.
    rows_are_units : bool
        Joined by a newline if True, by a space if False.
    roles : iterable of Role, optional
        Role of each row: one speaker's rows are parted where it changes.

    Returns
    -------
    list of (str, str, tuple of Piece)
        Speaker, text and pieces of each turn.
    """
    glue = "\n" if rows_are_units else " "
    turns: list[tuple[str, list[Row]]] = []
    before = None
    for row, role in zip(rows, repeat(None) if roles is None else roles, strict=False):
        if turns and turns[-1][0] == row.speaker and role is before:
            turns[-1][1].append(row)
        else:
            turns.append((row.speaker, [row]))
        before = role
    joined = []
    for speaker, members in turns:
        pieces, offset = [], 0
        for row in members:
            pieces.append(Piece(row.row, offset, offset + len(row.text), row.start_s, row.end_s))
            offset += len(row.text) + len(glue)
        joined.append((speaker, glue.join(row.text for row in members), tuple(pieces)))
    return joined
