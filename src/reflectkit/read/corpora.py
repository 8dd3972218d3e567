"""Corpora in their own layouts: AnnoMI's table, ESConv's list of dialogues, ConvoKit's utterances."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping
from typing import Any

from reflectkit.errors import TranscriptError
from reflectkit.read.formats import Reading
from reflectkit.read.json_ import parse_json
from reflectkit.read.roles import role_of_label
from reflectkit.read.tabular import find_columns, read_mappings, rows_of, unused
from reflectkit.values import Note

UTTERANCES = ("utterances.jsonl", "utterances.json")
"""Names under which a ConvoKit corpus keeps what was said, newer first."""

SPEAKERS = "speakers.json"
"""Name under which it keeps what is known of the speakers."""

_ANNOMI = frozenset(["transcript_id", "utterance_id", "interlocutor", "utterance_text"])
_ESCONV = re.compile(r'\[\s*\{[^\[\]]*?"dialog"\s*:\s*\[\s*\{')
_CONVOKIT = re.compile(r'"(?:conversation_id|root|reply-to|reply_to)"\s*:')
_OBJECTS = re.compile(r"\[\s*\{")
_ROLE_KEYS = ("role", "speaker_role", "type", "interlocutor")


def find_corpus(head: str) -> tuple[str, str] | None:
    r"""Tell the layout of a known corpus from the beginning of a file.

    Parameters
    ----------
    head : str
        The first characters, without leading white space.

    Returns
    -------
    (str, str) or None
        The format's name and what gave it away.

    Examples
    --------
    >>> find_corpus("transcript_id,utterance_id,interlocutor,timestamp,utterance_text\n0,0,therapist,…")
    ('annomi', "the first line names AnnoMI's columns")
    """
    first = head.split("\n", 1)[0]
    if {name.strip('" ') for name in first.split(",")} >= _ANNOMI:
        return "annomi", "the first line names AnnoMI's columns"
    if head[:1] == "[" and _ESCONV.match(head) and re.search(r'"(?:seeker|supporter)"', head):
        return "esconv", "a list of dialogues of seeker and supporter"
    opening = re.match(r"\[?\s*\{", head)
    record = head[opening.end() : 4000] if opening else ""
    wrapped = _OBJECTS.search(record.partition('"text"')[0])  # messages inside an object, as chat systems write them
    if not wrapped and _CONVOKIT.search(record) and all(f'"{key}"' in record for key in ("id", "text")):
        if re.search(r'"(?:speaker|user)"\s*:\s*"', record):
            return "convokit", "its records have ConvoKit's keys"
    return None


def read_esconv(
    text: str, *, columns: Mapping[str, Hashable] | None = None, session: str | None = None, file: str | None = None
) -> Reading:
    """Read one dialogue of a list of dialogues.

    Parameters
    ----------
    text : str
        Decoded file.
    columns : optional
        As for `reflectkit.read.tabular.find_columns`.
    session : str, optional
        Number of the dialogue, from 0; needed where there are several.
    file : str, optional
        Name for error messages.

    Returns
    -------
    Reading
        One row a message.

    Raises
    ------
    TranscriptError
        If it is no such list, or the dialogue is not in it.
    """
    data = parse_json(text, file)
    data = [data] if isinstance(data, Mapping) else data
    if not isinstance(data, list) or not all(
        isinstance(d, Mapping) and isinstance(d.get("dialog"), list) for d in data
    ):
        raise TranscriptError(
            "it is no list of dialogues, each with its messages under 'dialog'.", "Leave format= out.", file=file
        )
    if session is None and len(data) != 1:
        raise TranscriptError(
            f"it holds {len(data):,} dialogues.",
            f"Choose one with session= (--session), from 0 to {len(data) - 1}.",
            file=file,
        )
    number = (
        int(session) if session is not None and re.fullmatch(r"\d{1,9}", str(session)) else 0 if session is None else -1
    )
    if not 0 <= number < len(data):
        raise TranscriptError(
            f"there is no dialogue {session!r}.", f"session= is a number from 0 to {len(data) - 1}.", file=file
        )
    records = data[number]["dialog"]
    if not all(isinstance(record, Mapping) for record in records):
        raise TranscriptError("a message that is no object.", "Export the dialogues again.", file=file)
    rows, notes, _ = read_mappings(records, columns=columns, file=file)
    if len(data) > 1:
        notes.append(Note("skipped", "other dialogues in the same file were left out.", count=len(data) - 1))
    return Reading(rows, notes, str(number) if len(data) > 1 else None)


def read_convokit(
    text: str,
    *,
    speakers: str | None = None,
    columns: Mapping[str, Hashable] | None = None,
    session: str | None = None,
    file: str | None = None,
) -> Reading:
    """Read one conversation of a ConvoKit corpus.

    Parameters
    ----------
    text : str
        Decoded ``utterances.jsonl``, or ``utterances.json`` of older corpora.
    speakers : str, optional
        Decoded ``speakers.json``, whose meta-data may name roles.
    columns : optional
        As for `reflectkit.read.tabular.find_columns`.
    session : str, optional
        Identifier of the conversation; needed where there are several.
    file : str, optional
        Name for error messages.

    Returns
    -------
    Reading
        One row an utterance, in the order of their times.

    Raises
    ------
    TranscriptError
        If it is no such corpus, or the conversation is not in it.
    """
    roles = speaker_roles(speakers, file)
    names: dict[Hashable, None] = {}
    records: list[tuple[int | None, dict[Hashable, Any]]] = []
    for line, record in _records(text, file):
        if not isinstance(record, Mapping):
            raise TranscriptError("an utterance that is no object.", "Export the corpus again.", file=file, line=line)
        flat = flattened(record, roles)
        names.update(dict.fromkeys(flat))
        records.append((line, flat))
    if not records:
        raise TranscriptError("there is nothing in it.", "Give the corpus's utterances.jsonl.", file=file)
    found = find_columns(list(names), columns, file=file)
    rows, notes, name = rows_of(records, found, session=session, file=file, by_time=True)
    return Reading(rows, notes + unused(found, names), name)


def flattened(record: Mapping[Hashable, Any], roles: Mapping[str, str]) -> dict[Hashable, Any]:
    """Make an utterance of a ConvoKit corpus a row of a table.

    Parameters
    ----------
    record : mapping
        The utterance.
    roles : mapping of str to str
        As from `speaker_roles`.

    Returns
    -------
    dict
        Its plain fields, with ``conversation_id``, and with ``role`` where its meta-data or the speaker's tell one.
    """
    flat: dict[Hashable, Any] = {
        k: v for k, v in record.items() if not isinstance(v, list | Mapping) or k in ("speaker", "user")
    }
    if "conversation_id" not in flat and "root" in flat:
        flat["conversation_id"] = flat["root"]
    meta = record.get("meta")
    role = (
        next((meta[k] for k in _ROLE_KEYS if isinstance(meta.get(k), str)), None) if isinstance(meta, Mapping) else None
    )
    role = role if role is not None and role_of_label(role) else roles.get(str(flat.get("speaker", flat.get("user"))))
    if role is not None:
        flat["role"] = role
    return flat


def _records(text: str, file: str | None) -> Iterator[tuple[int | None, Any]]:
    if text.lstrip()[:1] == "[":
        yield from ((None, record) for record in parse_json(text, file))
    else:
        for number, line in enumerate(text.split("\n"), 1):
            if line.strip():
                yield number, parse_json(line, file, number)


def speaker_roles(speakers: str | None, file: str | None) -> dict[str, str]:
    """Return the role word of each speaker whose meta-data hold one.

    Parameters
    ----------
    speakers : str or None
        Decoded ``speakers.json``, if there is one.
    file : str or None
        Name for error messages.

    Returns
    -------
    dict of str to str
        By speaker.

    Raises
    ------
    TranscriptError
        If it is not JSON.
    """
    if speakers is None:
        return {}
    data = parse_json(speakers, file)
    roles: dict[str, str] = {}
    for name, entry in data.items() if isinstance(data, Mapping) else ():
        meta = entry.get("meta", entry) if isinstance(entry, Mapping) else None
        words = (meta.get(key) for key in _ROLE_KEYS) if isinstance(meta, Mapping) else ()
        role = next((w for w in words if isinstance(w, str) and role_of_label(w)), None)
        if role is not None:
            roles[str(name)] = role
    return roles
