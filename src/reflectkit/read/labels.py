"""Who is named at the head of a line: ``Worker: …``, ``[00:12] Mike: …``, ``3. PSW (00:12): …``.

A colon also stands in what people say ("he said: no"), so labels are judged over the whole source: a label is a
speaker if it is a role word, comes back, or reads like a name.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from reflectkit.read.roles import is_named, role_of_label
from reflectkit.read.times import CLOCK, seconds
from reflectkit.values import events, fold, loosely

# Times stand before the label as in "[00:12] Ana:", "[00:12 - 00:15] Ana:" and "#00:00:12-0# Ana:"; WhisperX writes "[SPEAKER_00]:".
# Possessive where it can be: a line of blanks or of stars is read once, not once for each way to share it out.
_LINE = re.compile(
    rf"""^[\s>*_•·\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff–—-]*+
    (?:[(\[]?\#?\d{{1,5}}[.):\]]*+[ \t\u00a0]++)?          # 12.  (12)  12: turn number
    (?:[\[(#<]?(?P<before>{CLOCK})(?:[ \t]*+(?:-->|[-–])[ \t]*+{CLOCK})?(?:-\d\#)?[\])>]?[ \t]*+[-–|]?[ \t]*+)?
    [*_]*+
    (?:[\[<](?P<boxed>[^\W_][^\n:\[\]<>|]{{0,48}})[\]>]|(?P<label>[^\W_][^\n:\[\]<>|]{{0,48}}?(?:[ \t]*+\[[^\[\]\n:<>|]{{1,30}}\])?))
    [ \t]*+(?:(?:(?<=[ \t])|[\[(])(?P<inside>{CLOCK})[\])]?)?[ \t]*+[*_]*+
    :(?!//|(?<=\d:)\d\d)[*_]*+
    [ \t]*+(?:[\[(](?P<after>{CLOCK})[\])])?[ \t]*+
    (?P<rest>.*)$""",
    re.VERBOSE | re.DOTALL,
)
# Otter and pasted Teams transcripts head a block with "Name  0:03" and no colon after it.
_HEADING = re.compile(
    rf"^(?P<label>[^\W\d_][^\n:\[\]<>|]{{0,48}}?|[+(\d][\d ().-]{{7,19}}?)(?:[ \t]{{2,}}+|\t)(?P<stamp>{CLOCK})[ \t]*$"
)
# Word's "Transcribe" writes "00:00:03 Speaker 1", others "Speaker 1 [00:00:03]": headings only where whole files have them.
_LOOSE_HEADING = re.compile(
    rf"^(?:[\[(]?(?P<before>{CLOCK})[\])]?[ \t]++(?:[-–—|•·][ \t]*+)?)?(?P<label>[^\W_][^\n:\[\]<>|()]{{0,48}}?)"
    rf"(?:[ \t]*+(?:[\[(](?P<after>{CLOCK})[\])]|[-–—|•·,@][ \t]*+(?P<beside>{CLOCK})))?[ \t]*$"
)
_PHONE = r"\+?\(?\d[\d ().-]{6,18}\d"  # Teams and Zoom name who dials in by the number
_PHONE_LINE = re.compile(
    rf"\s*+(?:[\[(]?(?P<before>{CLOCK})[\])]?[ \t]++)?(?P<label>{_PHONE})[ \t]*+(?:[\[(](?P<after>{CLOCK})[\])][ \t]*+)?"
    r":(?!\d\d)[ \t]*+(?P<rest>.*)$",
    re.DOTALL,
)
_DATED = re.compile(r"\d{4}[./-]\d{1,2}[./-]\d{1,2}|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}")
_BRACKETED = re.compile(r"(?P<label>[^\[\]]*?) ?(?P<bracket>\[[^\[\]]+\])")
_EMPHASIS = re.compile(r"^#{1,6} |\*\*|__")
_LONGEST_HEADING = 100
_OFTEN = 3
"""Times from which a label such as "Female voice" is a speaker's."""

_MOST_NAMES = 4
_METADATA = re.compile(
    r"(?:date|time|title|session|session (?:no|id|number|date)|duration|length|file|recording|recorded|transcribed(?: by)?|"
    r"transcript|transcription|transcriber|participants?|present|location|place|setting|note|notes|topic|id|version|source|"
    r"started|ended|language|register|modality|key|legend)",
    re.IGNORECASE,
)
_SENTENCE_WORDS = frozenset(
    """
    i i'm you he she it we they is are was were am be been said says say told asked ask the a an that this these those what why how
    when where to of and but or so because then just like not no yes ok okay first second third well also anyway sorry my your his
    her our their
    """.split()
)


_PARTICLES = frozenset(
    "van von den der de del della di da das do dos du la le al el bin bint ibn ben ter ten zu".split()
)


@dataclass(frozen=True, slots=True)
class Labelled:
    """A line that may begin with a speaker's label.

    Attributes
    ----------
    label : str
        The possible label.
    rest : str
        What follows it.
    start_s : float or None
        Time stamp beside the label.
    """

    label: str
    rest: str
    start_s: float | None


def split_label(line: str) -> Labelled | None:
    """Split a line into a possible speaker label and its words.

    Parameters
    ----------
    line : str
        One line, or one caption.

    Returns
    -------
    Labelled or None
        `None` if the line has no label.

    Examples
    --------
    >>> split_label("3. [00:12] PSW: Morning.")
    Labelled(label='PSW', rest='Morning.', start_s=12.0)
    >>> split_label("10:30 Meeting at the centre") is None
    True
    """
    heading = _HEADING.match(line[:200])
    if heading is not None and (heading["label"][0].isalpha() or is_phone(heading["label"])):
        return Labelled(heading["label"].strip(), "", seconds(heading["stamp"]))
    head = line[:200].replace("：", ":", 1)
    called = _PHONE_LINE.match(head)
    if called is not None and is_phone(called["label"]):
        stamp = called["before"] or called["after"]
        return Labelled(called["label"].strip(), line[called.start("rest") :].strip(), seconds(stamp))
    match = _LINE.match(head)
    if match is None:
        return None
    label = re.sub(r"\s+", " ", match["label"] or match["boxed"]).strip(" *_\t@|·•–-")
    if (beside := _BRACKETED.fullmatch(label)) and events(beside["bracket"]) and role_of_label(label) is None:
        label = beside["label"]  # "Ana [laughs]: Yes."
    if not any(map(str.isalpha, label)):
        return None
    if match["boxed"] and events(f"[{label}]") and role_of_label(label) is None:
        return None
    stamp = match["before"] or match["inside"] or match["after"]
    return Labelled(label, line[match.start("rest") :].strip(), seconds(stamp))


def is_phone(label: str) -> bool:
    """Tell whether a label is a telephone number, as of somebody who has dialled in.

    Parameters
    ----------
    label : str
        Text before the words.

    Returns
    -------
    bool
        True for seven figures or more, that are no date.

    Examples
    --------
    >>> is_phone("+44 7700 900123"), is_phone("2024-05-02 10"), is_phone("12")
    (True, False, False)
    """
    digits = sum(map(str.isdigit, label))
    return digits >= 7 and re.fullmatch(_PHONE, label.strip()) is not None and _DATED.match(label.strip()) is None


def split_heading(line: str) -> Labelled | None:
    """Read a line that holds a speaker and a time, and nothing else.

    Parameters
    ----------
    line : str
        One line.

    Returns
    -------
    Labelled or None
        `None` if it is no such heading.

    Examples
    --------
    >>> split_heading("00:00:03 Speaker 1"), split_heading("10:30 we met") is None
    (Labelled(label='Speaker 1', rest='', start_s=3.0), True)
    """
    if len(line) > _LONGEST_HEADING:
        return None
    match = _LOOSE_HEADING.match(without_emphasis(line))
    stamp = match and (match["before"] or match["after"] or match["beside"])
    if match is None or not stamp:
        return None
    words = match["label"].split()
    named = all(word[0].isupper() or word.isdigit() for word in words) and any(map(str.isalpha, match["label"]))
    return Labelled(" ".join(words), "", seconds(stamp)) if named and len(words) <= _MOST_NAMES else None


def without_emphasis(line: str) -> str:
    """Take the signs of Markdown for headings and bold off a line, and the blanks around it.

    Parameters
    ----------
    line : str
        One line.

    Returns
    -------
    str
        Its words.

    Examples
    --------
    >>> without_emphasis("### **Ana** (0:03)")
    'Ana (0:03)'
    """
    line = line.strip()
    return _EMPHASIS.sub("", line).strip() if line[:1] in ("#", "*", "_") else line


def speakers_among(candidates: Counter[str], given: Iterable[str] = ()) -> frozenset[str]:
    """Tell which of the possible labels are speakers.

    Parameters
    ----------
    candidates : collections.Counter of str
        How often each possible label stands in the source.
    given : iterable of str, optional
        Speakers named by the caller: speakers for certain.

    Returns
    -------
    frozenset of str
        The labels that are speakers.

    Examples
    --------
    >>> sorted(speakers_among(Counter({"Ana": 9, "Client": 1, "He said": 1, "Date": 1})))
    ['Ana', 'Client']
    """
    named = list(given)
    times: Counter[str] = Counter()
    for label, n in candidates.items():
        times[fold(label)] += n
    sure = {
        label
        for label in candidates
        if is_named(label, named)
        or role_of_label(label)
        or (times[fold(label)] > 1 and reads_like_label(label))
        or (times[fold(label)] >= _OFTEN and _describes(label))
    }
    spelt = {loosely(label) for label in sure}
    sure |= {label for label in candidates if loosely(label) in spelt}
    if len({fold(label) for label in sure}) >= 2:
        return frozenset(sure)
    return frozenset(sure | {label for label in candidates if reads_like_label(label) and not is_metadata(label)})


def is_metadata(label: str) -> bool:
    """Tell whether a label heads a line about the transcript, such as ``Date: 3 May``.

    Parameters
    ----------
    label : str
        Text before the colon.

    Returns
    -------
    bool
        True for the usual headings.
    """
    return bool(_METADATA.fullmatch(label))


def _describes(label: str) -> bool:
    words = label.casefold().split()
    return label[0].isupper() and len(words) == 2 and not any(w in _SENTENCE_WORDS or not w.isalpha() for w in words)


def _is_of_a_name(word: str) -> bool:
    """Tell whether a word may stand in a name: "Okoro", "van", "iPhone"."""
    return _begins_a_name(word[0]) or word.casefold() in _PARTICLES or word[1:2].isupper()


def _begins_a_name(sign: str) -> bool:
    """Tell whether a word of a label may begin with a sign: a capital, a letter of a script without them, a figure, a symbol."""
    if sign.isalpha():
        return not sign.islower()
    return sign.isdigit() or sign in "(#.[" or unicodedata.category(sign) == "So"


def reads_like_label(label: str) -> bool:
    """Tell whether a label may be a speaker's from its form alone.

    Parameters
    ----------
    label : str
        Text before the words.

    Returns
    -------
    bool
        True for a word or initial that opens no sentence, for a few words in capitals, and for ``speaker 1``.

    Examples
    --------
    >>> reads_like_label("Speaker A"), reads_like_label("So I")
    (True, False)
    """
    words = label.split()
    if is_phone(label):
        return True
    if len(words) > 5 or is_metadata(label):
        return False
    if len(words) == 1:
        initial = len(label) == 1 and label.isupper()
        return initial or label.casefold() not in _SENTENCE_WORDS
    # The last word may be a letter: "Speaker A", "Participant I".
    named = words[:-1] if len(words[-1]) == 1 and words[-1].isupper() else words
    return not any(w.casefold() in _SENTENCE_WORDS for w in named) and (
        (all(map(_is_of_a_name, words)) and not all(w.casefold() in _PARTICLES for w in words))
        or (label.islower() and len(words) == 2 and words[1].isdigit())
    )
