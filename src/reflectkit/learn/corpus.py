"""Annotated corpora in the format of `data/annotated`: a folder of tidy CSV tables.

- ``sessions.csv``: one row a session: ``session, split, writer``, and if one likes ``register, modality, skill, …``;
- ``turns.csv``: one row a source row: ``session, row, turn, speaker, role, text``; a turn's text is its rows joined by a newline;
- ``utterances.csv``: one row a worker utterance: ``session, utterance, turn, row, start, end, speaker, text, behaviours, flags``,
  offsets into the turn's text, behaviours and flags joined by ``|``;
- ``disclosures.csv``: stretches by coder (``A``, ``B``, ``final``): ``session, coder, first, last, kind, subtype, story, steering,
  returns_focus``, by utterance number;
- ``codings.csv``: the independent codings behind the final one; ``settlements.csv``: why a disagreement was settled as it was.
"""

from __future__ import annotations

import csv
import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import numpy as np
import numpy.typing as npt

from reflectkit.codebook import BEHAVIOURS, CODED_FLAGS, Behaviour, Flag, Role, Subtype
from reflectkit.errors import CorpusError
from reflectkit.read.own import unguarded
from reflectkit.segment import heard_before
from reflectkit.values import (
    CodedUtterance,
    DirectiveDisclosure,
    Piece,
    RoleAssignment,
    Row,
    Transcript,
    Turn,
    TurnSpan,
    Utterance,
    join_rows,
)

SPLITS = ("train", "dev", "test")
TABLES: Mapping[str, tuple[str, ...]] = {
    "sessions.csv": ("session", "split", "writer"),
    "turns.csv": ("session", "row", "turn", "speaker", "role", "text"),
    "utterances.csv": ("session", "utterance", "turn", "row", "start", "end", "speaker", "text", "behaviours", "flags"),
    "disclosures.csv": ("session", "coder", "first", "last", "kind", "subtype", "story", "steering", "returns_focus"),
    "codings.csv": ("session", "utterance", "coder", "behaviours", "flags"),
    "settlements.csv": ("session", "utterance", "reason"),
    "context_codes.csv": ("session", "utterance", "in_view", "in_turns"),
}
"""Tables and the columns they must have; all but `REQUIRED` may be missing from a user's own corpus."""

DESCRIBED = ("register", "modality", "skill")
"""What ``sessions.csv`` may tell of a session besides; empty where it does not."""

GUARDED = ("session", "speaker", "text")
"""Columns of people's words and names, before which an apostrophe may stand (`reflectkit.read.own.guarded`)."""

REQUIRED = ("sessions.csv", "turns.csv", "utterances.csv")
_PLAIN = re.compile(r"[a-z]{1,20}")
_LONGER_BY = 3  # letters that a misspelt code may have more than the right one
NEAR_MISSES = ("company", "unrelated_advice", "third_person", "client_story")


@dataclass(frozen=True, slots=True, repr=False)
class CodedSession:
    """A session with its final coding.

    Attributes
    ----------
    transcript : Transcript
        The session.
    utterances : tuple of Utterance
        As cut by the annotators, with context.
    behaviours : tuple of tuple of Behaviour
        One a utterance.
    flags : tuple of tuple of Flag
        One a utterance.
    disclosures : tuple of DirectiveDisclosure
        Directive-disclosures of the final coding.
    near_misses : tuple of (str, frozenset of (int, int))
        What looks like one and is none: its kind (see `NEAR_MISSES`), turn and offset of each of its utterances.
    about : mapping of str to str
        The session's row of ``sessions.csv``.
    """

    transcript: Transcript
    utterances: tuple[Utterance, ...]
    behaviours: tuple[tuple[Behaviour, ...], ...]
    flags: tuple[tuple[Flag, ...], ...]
    disclosures: tuple[DirectiveDisclosure, ...]
    near_misses: tuple[tuple[str, frozenset[tuple[int, int]]], ...]
    about: Mapping[str, str]

    @property
    def session(self) -> str:
        """Name of the session."""
        return self.transcript.session

    @property
    def split(self) -> str:
        """``"train"``, ``"dev"`` or ``"test"``."""
        return self.about["split"]

    def rows(self) -> list[list[int]]:
        """Group the utterances by the row of the source they stand in.

        Returns
        -------
        list of list of int
            Numbers of the utterances of each row that holds any, in order.
        """
        grouped: dict[tuple[int, int], list[int]] = defaultdict(list)
        for k, u in enumerate(self.utterances):
            grouped[u.turn, u.row].append(k)
        return list(grouped.values())

    def coded(self) -> tuple[CodedUtterance, ...]:
        """Return the final coding as a classifier would give it, with probabilities of 0 and 1.

        Returns
        -------
        tuple of CodedUtterance
            One a utterance.
        """
        return tuple(
            CodedUtterance(u, b, tuple(float(x in b) for x in BEHAVIOURS))
            for u, b in zip(self.utterances, self.behaviours, strict=True)
        )

    def __repr__(self) -> str:
        return f"CodedSession({self.session!r}, {len(self.utterances)} utterances, {self.split})"


@dataclass(frozen=True, slots=True)
class Corpus:
    """Annotated sessions.

    Attributes
    ----------
    sessions : tuple of CodedSession
        In the order of ``sessions.csv``.
    """

    sessions: tuple[CodedSession, ...]

    def split(self, name: str) -> Corpus:
        """Return the sessions of one split.

        Parameters
        ----------
        name : {"train", "dev", "test"}
            The split.

        Returns
        -------
        Corpus
            Only its sessions.
        """
        return Corpus(tuple(s for s in self.sessions if s.split == name))

    @property
    def utterances(self) -> list[Utterance]:
        """All utterances, session after session."""
        return [u for s in self.sessions for u in s.utterances]

    @property
    def groups(self) -> npt.NDArray[np.int64]:
        """Number of the session each utterance is from, shape (n_utterances,)."""
        return np.asarray([i for i, s in enumerate(self.sessions) for _ in s.utterances], dtype=np.int64)

    def labels(self) -> npt.NDArray[np.bool_]:
        """Return the final coding as an indicator matrix.

        Returns
        -------
        numpy.ndarray, shape (n_utterances, n_behaviours)
            Columns as `BEHAVIOURS`.
        """
        rows = [[x in b for x in BEHAVIOURS] for s in self.sessions for b in s.behaviours]
        return np.asarray(rows, dtype=np.bool_).reshape(len(rows), len(BEHAVIOURS))


def read_table(folder: Path, table: str) -> list[dict[str, str]]:
    """Read one table of a corpus as it stands.

    Parameters
    ----------
    folder : Path
        Folder of the corpus.
    table : str
        One of `TABLES`.

    Returns
    -------
    list of dict of str to str
        One a row.

    Raises
    ------
    CorpusError
        If the table is missing, broken or lacks a column.
    """
    path = folder / table
    if not path.is_file():
        needs = (
            f"A corpus needs {', '.join(REQUIRED)}."
            if table in REQUIRED
            else f"Its columns: {', '.join(TABLES[table])}."
        )
        raise CorpusError(f"{path} is missing. {needs}")
    rows = read_rows(path, TABLES[table])
    for row in rows:
        row.update({column: unguarded(row[column]) for column in GUARDED if column in row})
    if table == "sessions.csv":
        for row in rows:
            for column in DESCRIBED:
                row.setdefault(column, "")
    return rows


class _Record(dict[str, str]):
    """A row of a table with the line it begins on: cells may hold line breaks."""

    def __init__(self, cells: Mapping[str, str], line: int) -> None:
        super().__init__(cells)
        self.line = line


def with_lines(rows: Sequence[Mapping[str, str]]) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Give each row of a table the line it begins on.

    Parameters
    ----------
    rows : sequence of mapping
        As from `read_table`; others are taken for one line each, below a header.

    Yields
    ------
    line, row
        In order.
    """
    yield from ((row.line if isinstance(row, _Record) else n, row) for n, row in enumerate(rows, 2))


def read_rows(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """Read a CSV table.

    Parameters
    ----------
    path : Path
        In UTF-8.
    columns : sequence of str
        Columns it must have.

    Returns
    -------
    list of dict of str to str
        One a row.

    Raises
    ------
    CorpusError
        If the table is missing, broken, lacks a column, or a row is short or long.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.DictReader(handle, strict=True)
            if missing := [c for c in columns if c not in (reader.fieldnames or ())]:
                if any(sign in (reader.fieldnames or [""])[0] for sign in ";\t"):
                    raise CorpusError(f"{path.name}: semicolons or tabs divide its cells. Save it with commas.")
                raise CorpusError(f"{path.name}, line 1: columns {missing} are missing. Add them.")
            rows: list[dict[str, str]] = []
            before = reader.line_num
            for row in reader:
                if None in row or None in row.values():
                    raise CorpusError(f"{path.name}, line {before + 1}: too few or too many cells. Mend the row.")
                rows.append(_Record(row, before + 1))
                before = reader.line_num
            return rows
    except OSError as error:
        raise CorpusError(f"{path.name} cannot be read ({error.strerror}). Check the path.") from None
    except (csv.Error, UnicodeDecodeError) as error:
        raise CorpusError(f"{path.name}: the table is broken ({error}). Save it as CSV in UTF-8.") from None


def load_corpus(folder: str | os.PathLike[str], split: str | None = None) -> Corpus:
    """Load an annotated corpus.

    Parameters
    ----------
    folder : path
        Folder of the tables.
    split : {"train", "dev", "test"}, optional
        Only that split; all if not given.

    Returns
    -------
    Corpus
        The sessions with their final coding.

    Raises
    ------
    CorpusError
        If a table is missing or breaks the format; `check_corpus` lists all that is wrong.
    """
    path = Path(folder)
    refuse_unsound(path)
    turns = _by_session(read_table(path, "turns.csv"))
    utterances = _by_session(read_table(path, "utterances.csv"))
    stretches = _by_session(read_table(path, "disclosures.csv")) if (path / "disclosures.csv").exists() else {}
    sessions = []
    for about in read_table(path, "sessions.csv"):
        if split is None or about["split"] == split:
            name = about["session"]
            sessions.append(coded_session(about, turns[name], utterances.get(name, []), stretches.get(name, [])))
    return Corpus(tuple(sessions))


def refuse_unsound(folder: Path) -> None:
    """Raise if anything in a corpus breaks its format.

    Parameters
    ----------
    folder : Path
        Folder of the tables.

    Raises
    ------
    CorpusError
        With the first of what `check_corpus` lists.
    """
    problems = check_corpus(folder)
    if problems:
        more = f" (and {len(problems) - 1} more: run `reflectkit corpus check`)" if len(problems) > 1 else ""
        raise CorpusError(problems[0] + more)


def yes(cell: str) -> bool:
    """Read a cell that says true or false, as spreadsheets and pandas write them too.

    Parameters
    ----------
    cell : str
        In any case; blank for false.

    Returns
    -------
    bool
        True for ``"true"``.

    Raises
    ------
    CorpusError
        If it says neither.

    Examples
    --------
    >>> yes("true"), yes("TRUE"), yes("False"), yes("")
    (True, True, False, False)
    """
    if not _is_yes_or_no(cell):
        raise CorpusError("a cell says neither true nor false. Write one of them.")
    return cell.strip().casefold() == "true"


def _is_yes_or_no(cell: str) -> bool:
    return cell.strip().casefold() in ("true", "false", "")


def _by_session(rows: Sequence[dict[str, str]]) -> dict[str, list[dict[str, str]]]:
    grouped: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        grouped[row["session"]].append(row)
    return grouped


def coded_session(
    about: Mapping[str, str],
    rows: Sequence[Mapping[str, str]],
    coded: Sequence[Mapping[str, str]],
    stretches: Sequence[Mapping[str, str]] = (),
) -> CodedSession:
    """Make a coded session of rows of the tables, as `TABLES` names their columns.

    Parameters
    ----------
    about : mapping of str to str
        Its row of ``sessions.csv``.
    rows, coded, stretches : sequence of mapping of str to str
        Its rows of ``turns.csv``, ``utterances.csv`` and ``disclosures.csv``, in order.

    Returns
    -------
    CodedSession
        The session.
    """
    role_of = {row["speaker"]: Role(row["role"]) for row in rows}
    joined = join_rows([Row(int(r["row"]), r["speaker"], r["text"]) for r in rows], rows_are_units=True)
    turns = tuple(Turn(i, role_of[speaker], speaker, text, pieces) for i, (speaker, text, pieces) in enumerate(joined))
    sides = {role: tuple(s for s, r in role_of.items() if r is role) for role in Role}
    roles = RoleAssignment(sides[Role.WORKER], sides[Role.CLIENT], sides[Role.OTHER])
    transcript = Transcript(about["session"], turns, roles, format="corpus", format_reason="an annotated corpus")
    heard = list(heard_before((turn.role, turn.text) for turn in turns))
    utterances: list[Utterance] = []
    for c in coded:
        turn, start, end = int(c["turn"]), int(c["start"]), int(c["end"])
        before = utterances[-1].text if utterances and utterances[-1].turn == turn else ""
        utterances.append(
            Utterance(turn, int(c["row"]), start, end, turns[turn].text[start:end], c["speaker"], heard[turn], before)
        )
    return CodedSession(
        transcript,
        tuple(utterances),
        tuple(tuple(Behaviour(b) for b in c["behaviours"].split("|")) for c in coded),
        tuple(tuple(Flag(f) for f in c["flags"].split("|") if f) for c in coded),
        tuple(
            _disclosure(d, utterances)
            for d in stretches
            if d["coder"] == "final" and d["kind"] == "directive_disclosure"
        ),
        tuple(
            (d["subtype"], frozenset((u.turn, u.start) for u in utterances[int(d["first"]) : int(d["last"]) + 1]))
            for d in stretches
            if d["coder"] == "final" and d["kind"] == "near_miss"
        ),
        about,
    )


def _numbers(joined: str) -> list[int]:
    return [int(x) for x in joined.split("|") if x]


def _disclosure(row: Mapping[str, str], utterances: Sequence[Utterance]) -> DirectiveDisclosure:
    story, steering = _numbers(row["story"]), _numbers(row["steering"])
    members = [utterances[i] for i in sorted({*story, *steering})]
    return DirectiveDisclosure(
        tuple(dict.fromkeys(u.turn for u in members)),
        tuple(dict.fromkeys(u.row for u in members)),
        Subtype(row["subtype"]),
        tuple(TurnSpan(utterances[i].turn, utterances[i].start, utterances[i].end) for i in story),
        tuple(TurnSpan(utterances[i].turn, utterances[i].start, utterances[i].end) for i in steering),
        yes(row["returns_focus"]),
    )


# Checking -----------------------------------------------------------------------------------------------------------


def check_corpus(folder: str | os.PathLike[str]) -> list[str]:
    """List everything in a corpus that breaks its format.

    Parameters
    ----------
    folder : path
        Folder of the tables.

    Returns
    -------
    list of str
        One message a problem, each naming file, line and fix; empty if the corpus is sound.

    Raises
    ------
    CorpusError
        If a required table is missing or cannot be read as a table.
    """
    path = Path(folder)
    sessions = read_table(path, "sessions.csv")
    turns = read_table(path, "turns.csv")
    utterances = read_table(path, "utterances.csv")
    problems = list(_check_sessions(sessions))
    known = {s["session"] for s in sessions}
    problems += _check_turns(turns, known)
    joined = {
        (name, i): turn
        for name, rows in _by_session(turns).items()
        for i, turn in enumerate(
            join_rows([Row(n, r["speaker"], r["text"]) for n, r in enumerate(rows)], rows_are_units=True)
        )
    }
    workers = {(t["session"], t["speaker"]) for t in turns if t["role"] == Role.WORKER}
    problems += _check_utterances(utterances, joined, workers)
    counts = Counter(u["session"] for u in utterances)
    problems += _check_whole(sessions, turns, counts)
    for table, check in (("disclosures.csv", _check_stretches), ("codings.csv", _check_codings)):
        if (path / table).exists():
            problems += check(read_table(path, table), counts)
    return problems


def _check_sessions(sessions: Sequence[Mapping[str, str]]) -> Iterator[str]:
    seen: set[str] = set()
    writers: dict[str, set[str]] = defaultdict(set)
    for line, s in with_lines(sessions):
        if s["session"] in seen:
            yield f"sessions.csv, line {line}: session {s['session']!r} stands twice. Name each once."
        if s["split"] not in SPLITS:
            yield f"sessions.csv, line {line}: {_no('split', s['split'], SPLITS)}"
        seen.add(s["session"])
        writers[s["writer"]].add(s["split"])
    for writer, splits in writers.items():
        if writer and len(splits) > 1:
            yield f"sessions.csv: writer {writer!r} stands in {', '.join(sorted(splits))}. Keep a writer in one split."


def _check_whole(
    sessions: Sequence[Mapping[str, str]], turns: Sequence[Mapping[str, str]], counts: Mapping[str, int]
) -> Iterator[str]:
    """Find sessions of which a table holds nothing, as a spreadsheet leaves them that was saved while filtered."""
    held = {t["session"] for t in turns}
    worked = {t["session"] for t in turns if t["role"] == Role.WORKER and t["text"].strip()}
    for line, s in with_lines(sessions):
        where = f"sessions.csv, line {line}: session {s['session']!r}"
        if s["session"] not in held:
            yield f"{where} has no rows in turns.csv. Add them, or take it out."
        elif s["session"] in worked and not counts.get(s["session"]):
            yield f"{where} has no rows in utterances.csv. Add them, or take it out."


def _check_turns(turns: Sequence[Mapping[str, str]], known: set[str]) -> Iterator[str]:
    expected: dict[str, int] = defaultdict(int)
    last: dict[str, tuple[str, int]] = {}
    role_of: dict[tuple[str, str], str] = {}
    for line, t in with_lines(turns):
        name = t["session"]
        where = f"turns.csv, line {line}"
        if name not in known:
            yield f"{where}: session {name!r} is not in sessions.csv. Add it there."
        if t["role"] not in {r.value for r in Role}:
            yield f"{where}: {_no('role', t['role'], [r.value for r in Role])}"
        elif role_of.setdefault((name, t["speaker"]), t["role"]) != t["role"]:
            yield f"{where}: the speaker is {role_of[name, t['speaker']]} before, and {t['role']} here. Give a speaker one role."
        if t["row"] != str(expected[name]):
            yield f"{where}: row {_number(t['row'])} where {expected[name]} is next. Number the rows of a session from 0."
        speaker, number = last.get(name, ("", -1))
        number += t["speaker"] != speaker
        if t["turn"] != str(number):
            yield f"{where}: turn {_number(t['turn'])} where {number} is due. Neighbouring rows of one speaker are one turn."
        last[name] = (t["speaker"], number)
        expected[name] += 1


def _check_utterances(
    utterances: Sequence[Mapping[str, str]],
    turns: Mapping[tuple[str, int], tuple[str, str, tuple[Piece, ...]]],
    workers: set[tuple[str, str]],
) -> Iterator[str]:
    end_of: dict[tuple[str, int], int] = {}
    number: dict[str, int] = defaultdict(int)
    for line, u in with_lines(utterances):
        where = f"utterances.csv, line {line}"
        numbers = _whole_numbers(u, ("utterance", "turn", "row", "start", "end"))
        if numbers is None:
            yield f"{where}: utterance, turn, row, start or end is no whole number. Mend it."
            continue
        n, turn, row, start, end = numbers
        if (u["session"], turn) not in turns:
            yield f"{where}: session {u['session']!r} has no turn {turn}. Check turns.csv."
            continue
        speaker, text, pieces = turns[u["session"], turn]
        if u["speaker"] != speaker or (u["session"], speaker) not in workers:
            yield f"{where}: the speaker is not the worker who has turn {turn}. Check turns.csv."
        if not 0 <= start < end <= len(text) or text[start:end] != u["text"]:
            yield f"{where}: the text is not what stands at {start}-{end} of turn {turn}. Mend the offsets."
        elif not any(p.row == row and p.start <= start and end <= p.end for p in pieces):
            yield f"{where}: it does not stand in row {row}. Mend the row."
        if start < end_of.get((u["session"], turn), 0):
            yield f"{where}: it overlaps the utterance before it. Mend the offsets."
        if n != number[u["session"]]:
            yield f"{where}: utterance {n} where {number[u['session']]} is next. Number the utterances of a session from 0."
        end_of[u["session"], turn] = end
        number[u["session"]] = n + 1
        yield from (f"{where}: {problem}" for problem in _check_codes(u["behaviours"], u["flags"]))


def _whole_numbers(row: Mapping[str, str], columns: Sequence[str]) -> list[int] | None:
    """Read cells as whole numbers, lists joined by ``|`` among them; `None` if one is not."""
    cells = [cell for column in columns for cell in row[column].split("|")]
    return [int(cell) for cell in cells] if all(re.fullmatch(r"\d{1,9}", cell) for cell in cells) else None


def _no(kind: str, cell: str, known: Sequence[str]) -> str:
    """Say that a code is none; what is no single plain word and like no code may be a remark, and is not repeated."""
    like = get_close_matches(cell.casefold().replace(" ", "_").replace("-", "_"), known, 1)
    if like and len(cell) <= len(like[0]) + _LONGER_BY:
        return f"there is no {kind} {cell!r} (did you mean {like[0]}?). Use {', '.join(known)}."
    what = repr(cell) if _PLAIN.fullmatch(cell) else "as is written there"
    return f"there is no {kind} {what}. Use {', '.join(known)}."


def _number(cell: str) -> str:
    return repr(cell) if re.fullmatch(r"\d{0,9}", cell) else "which is no number"


def _check_codes(behaviours: str, flags: str) -> Iterator[str]:
    names = behaviours.split("|")
    unknown = [b for b in names if b not in list(BEHAVIOURS)]
    if unknown:
        yield _no("behaviour", unknown[0], [b.value for b in BEHAVIOURS])
    elif names != [b.value for b in BEHAVIOURS if b.value in names]:
        yield "behaviours stand twice or out of order. Write each once, in the order of the codebook."
    if Behaviour.OTHER in names and len(names) > 1:
        yield "other stands beside another behaviour. It stands alone."
    if bad := [f for f in flags.split("|") if f and f not in CODED_FLAGS]:
        yield _no("flag", bad[0], [f.value for f in CODED_FLAGS])


def _check_stretches(stretches: Sequence[Mapping[str, str]], counts: Mapping[str, int]) -> Iterator[str]:
    for line, d in with_lines(stretches):
        where = f"disclosures.csv, line {line}"
        ends = _whole_numbers(d, ("first", "last"))
        if ends is None or len(ends) != 2:
            yield f"{where}: first or last is no whole number. Write the numbers of utterances."
            continue
        first, last = ends
        if not 0 <= first <= last < counts.get(d["session"], 0):
            yield f"{where}: utterances {first}-{last} are not in session {d['session']!r}. Mend the numbers."
        if not _is_yes_or_no(d["returns_focus"]):
            yield f"{where}: returns_focus is neither true nor false. Write one of them."
        if d["kind"] == "directive_disclosure":
            parts = _whole_numbers(d, ("story", "steering")) if d["story"] and d["steering"] else []
            if parts is None:
                yield f"{where}: story or steering is no list of numbers. Write the utterances' numbers with | between."
            elif d["subtype"] not in list(Subtype) or not parts:
                yield f"{where}: a directive-disclosure needs a subtype, story and steering. Add them."
            elif (min(parts), max(parts)) != (first, last):
                yield f"{where}: first and last are not the ends of story and steering. Mend them."
        elif d["kind"] != "near_miss" or d["subtype"] not in NEAR_MISSES:
            yield f"{where}: unknown kind or subtype. Use near_miss with one of {', '.join(NEAR_MISSES)}."


def _check_codings(codings: Sequence[Mapping[str, str]], counts: Mapping[str, int]) -> Iterator[str]:
    seen: set[tuple[str, int, str]] = set()
    for line, c in with_lines(codings):
        where = f"codings.csv, line {line}"
        numbers = _whole_numbers(c, ("utterance",))
        if numbers is None or len(numbers) != 1:
            yield f"{where}: utterance is no whole number. Mend it."
            continue
        if not numbers[0] < counts.get(c["session"], 0):
            yield f"{where}: session {c['session']!r} has no utterance {numbers[0]}. Mend the number."
        key = c["session"], numbers[0], c["coder"]
        if key in seen:
            yield f"{where}: the coder codes this utterance twice. Leave one of the rows out."
        seen.add(key)
        yield from (f"{where}: {problem}" for problem in _check_codes(c["behaviours"], c["flags"]))
