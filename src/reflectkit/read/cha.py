r"""CHAT transcripts (``.cha``) of TalkBank: main tiers as words, with their times; dependent tiers left out and counted.

What was said is kept as it was said: fillers (``&-um``), false starts (``&+st``), repeated and retraced words. Codes about
the words go. What was heard or done and cannot be written in words becomes an event mark: ``&=laughs``, ``xxx``, ``(.)``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from reflectkit.errors import TranscriptError
from reflectkit.read.formats import Reading
from reflectkit.values import Note, Row

_BULLET = re.compile(r"\x15[^\x15\n]{0,200}?(\d{1,9})_(\d{1,9})-?\x15")
_ANY_BULLET = re.compile(r"\x15[^\x15\n]*\x15?")
_TOKEN = re.compile(r"\[[^\[\]\n]*\]|[^\s\[\]]+")
_PAUSE = re.compile(r"\((?:\.{1,3}|\d{1,3}(?::\d{1,2})?\.?\d{0,3})\)")
_UNHEARD = {"xxx": "[unintelligible]", "xx": "[unintelligible]", "yyy": "[unintelligible]", "www": "[not transcribed]"}
_TERMINATORS = {
    "+...": "...", "+..?": "?", "+!?": "?!", "+/.": "-", "+/?": "?", "+//.": "-", "+//?": "?", "+.": "-", '+"/.': ":", '+".': ".",
}  # fmt: skip
_LINKERS = frozenset(['+"', "+^", "+<", "+,", "++"])
_SIGNS_OF_ANALYSIS = str.maketrans(
    {**dict.fromkeys("↑↓→↗↘⇗⇘≋≈∞∬⌈⌉⌊⌋°▁▔☺∆∇⁎§∾↫Ϋ∮♋⁇≠ˈˌ^<>\x01\x02", ""), "‡": ",", "„": ","}
)
_TAIL = re.compile(r" +([.,?!;:]+)(?= |$)")
_CHATTY = ("@Comment", "@Situation", "@Activities", "@Bg", "@Eg", "@G")


def find_cha(head: str) -> tuple[str, str] | None:
    r"""Tell a CHAT transcript from the beginning of a file.

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
    >>> find_cha("@UTF8\n@Begin\n@Languages:\teng")
    ('cha', 'it begins with the headers of CHAT')
    """
    if re.match(r"@(?:UTF8|Begin|PID|Font|Window|ColorWords)\b", head) and re.search(
        r"^@Begin[ \t]*$", head, re.MULTILINE
    ):
        return "cha", "it begins with the headers of CHAT"
    return None


def read_cha(text: str, *, file: str | None = None) -> Reading:
    r"""Read a CHAT transcript.

    Parameters
    ----------
    text : str
        Decoded file.
    file : str, optional
        Name for error messages.

    Returns
    -------
    Reading
        One row a main tier; the role is what ``@ID`` or ``@Participants`` say, if they tell the speakers apart.

    Raises
    ------
    TranscriptError
        If it has no main tiers, or a line belongs to none.

    Examples
    --------
    >>> read_cha("@Begin\n*PAR:\t&-um <I was> [/] I was fine . \x150_1340\x15\n@End").rows[0].end_s
    1.34
    """
    counts: Counter[str] = Counter()
    roles: dict[str, str] = {}
    rows: list[Row] = []
    for number, line in _tiers(text, file):
        name, _, value = line.partition(":")
        if line.startswith("*"):
            start_s, end_s, words = _said(value, counts)
            rows.append(Row(len(rows), name[1:].strip(), words, start_s, end_s))
        elif line.startswith("%"):
            counts["tiers"] += 1
        elif name in ("@Participants", "@ID"):
            roles.update(_roles(name, value))
        elif name.startswith(_CHATTY):
            counts["headers"] += 1
        elif not line.startswith("@"):
            raise TranscriptError(
                "a line that begins with none of @, * and %.", "Check the file with CLAN.", file=file, line=number
            )
    if not rows:
        raise TranscriptError("there is no main tier (*ABC:) in it.", "Give a CHAT transcript.", file=file)
    speakers = {row.speaker for row in rows}
    if len({roles.get(speaker) for speaker in speakers}) > 1:
        rows = [Row(r.row, r.speaker, r.text, r.start_s, r.end_s, roles.get(r.speaker, "")) for r in rows]
    return Reading(rows, _notes(counts))


def _tiers(text: str, file: str | None) -> Iterator[tuple[int, str]]:
    """Yield each tier and header with the lines that go on with a tab joined to it."""
    at, parts = 0, [""]
    for number, line in enumerate(text.split("\n"), 1):
        if line[:1] in ("\t", " ") and line.strip():
            if not parts[0]:
                raise TranscriptError(
                    "a line that goes on with nothing.", "Check the file with CLAN.", file=file, line=number
                )
            parts.append(line.strip())
        elif line.strip():
            if parts[0]:
                yield at, " ".join(parts)
            at, parts = number, [line.rstrip()]
    if parts[0]:
        yield at, " ".join(parts)


def _roles(header: str, value: str) -> dict[str, str]:
    if header == "@ID":
        fields = [field.strip() for field in value.split("|")]
        return {fields[2]: fields[7].replace("_", " ")} if len(fields) > 7 and fields[2] and fields[7] else {}
    entries = (entry.split() for entry in value.split(","))
    return {words[0]: words[-1].replace("_", " ") for words in entries if len(words) > 1}


def _said(value: str, counts: Counter[str]) -> tuple[float | None, float | None, str]:
    """Turn the value of a main tier into its times in seconds and its words."""
    times = [(int(start), int(end)) for start, end in _BULLET.findall(value)]
    start_s = end_s = None
    if times:
        start_s, end_s = times[0][0] / 1000, times[-1][1] / 1000
        if end_s < start_s:
            start_s = end_s = None
            counts["backwards"] += 1
    tokens = _TOKEN.findall(_ANY_BULLET.sub(" ", value))
    words = " ".join(
        filter(None, (_code(token[1:-1], counts) if token[0] == "[" else _word(token, counts) for token in tokens))
    )
    return start_s, end_s, _TAIL.sub(r"\1", words).strip()


def _code(inside: str, counts: Counter[str]) -> str:
    """Keep what was done while talking (``[=! laughing]``), drop and count the other codes."""
    if inside.startswith("=!") and inside[2:].strip():
        return f"[{' '.join(inside[2:].split())}]"
    counts["codes"] += 1
    return ""


def _word(token: str, counts: Counter[str]) -> str:
    """Turn what stands between two spaces into a word as said, an event mark, or nothing."""
    token = token.translate(_SIGNS_OF_ANALYSIS)
    if _PAUSE.fullmatch(token):
        return "[pause]"
    if token in _LINKERS or re.match(r"0[^\W\d]*$", token):  # 0word: left out by the speaker
        return ""
    if (known := _TERMINATORS.get(token) or _UNHEARD.get(token)) is not None:
        return known
    if token.startswith("&="):
        return f"[{re.sub(r'[:_]', ' ', token[2:]).strip() or 'sound'}]"
    if token.startswith(("&*", "&{", "&}")):  # put in by somebody else; begin and end of a long event
        counts["put in"] += 1
        return ""
    said = re.sub(r"@[\w:$&+*-]+", "", token.lstrip("&").lstrip("-~+") if token.startswith("&") else token)
    said = re.sub(r"[()]", "", said)
    said = re.sub(r"(?<=[^\W\d_]):+(?=[^\W\d_]|$)", "", said)
    said = re.sub(r"(?<=\w)[_](?=\w)", " ", said).replace("+", "-" if said[:1] != "+" else "")
    return f"{said}-" if token.startswith("&+") and said else said


def _notes(counts: Counter[str]) -> list[Note]:
    messages = {
        "tiers": "dependent tiers (%mor and the like) were left out.",
        "codes": "codes in square brackets ([/], [//], [: …] and the like) were left out; the words said are all there.",
        "headers": "headers with comments were left out.",
        "put in": "marks of words put in by somebody else (&*) and of long events were left out.",
        "backwards": "times that end before they start were left out.",
    }
    return [Note("skipped", message, count=counts[key]) for key, message in messages.items() if counts[key]]
