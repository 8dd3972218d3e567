"""Names of people: by list, by what stands around them, and by being named elsewhere in the same text.

A capital counts where the text is written with capitals. In recognised speech, all lower case, a name that is no everyday word is told by
the list; one that is (Will, Grace, Hope) or that no list has only by what stands around it: "my sister …", "… said", "her name is …".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from reflectkit.identifiers import cues
from reflectkit.identifiers.items import Item, Kind
from reflectkit.identifiers.wordlists import (
    LEANING,
    MONTHS,
    brands,
    capitalised,
    first_names,
    fold,
    rarer_words,
    surnames,
    towns,
    words,
)

_TOKEN = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_BEFORE_DAYS = frozenset("on last next this every since until till by".split())
_DAYS = frozenset("monday tuesday wednesday thursday friday saturday sunday".split())
_SPELT = re.compile(
    r"(?<![\w-])(?:[A-Za-z]-){3,14}[A-Za-z](?![\w-])|(?<=spelt )(?:[A-Za-z] ){3,14}[A-Za-z]\b|(?<=spelled "
    r")(?:[A-Za-z] ){3,14}[A-Za-z]\b"
)
_ENDING = re.compile(r"['’](?:s|d|ll|m|re|ve)$", re.I)
_BREAK = re.compile(r"[.!?…\n:;\"“”—]|^\s*-")


@dataclass(frozen=True, slots=True)
class _Token:
    base: str  # folded, without 's
    low: str
    start: int
    end: int  # without 's
    capital: bool
    opens: bool  # first of its sentence
    comma: bool  # a comma or other sign before it
    owner: bool  # ends in 's
    tail: str  # the sign after it
    acronym: bool


def _cut(text: str, cased: bool) -> list[_Token]:
    found: list[_Token] = []
    last = 0
    for m in _TOKEN.finditer(text):
        word = m[0]
        ending = _ENDING.search(word)
        base = word[: ending.start()] if ending and len(word) > len(ending[0]) else word
        gap = text[last : m.start()]
        opens = not found or _BREAK.search(gap) is not None
        if (
            opens
            and found
            and gap.rstrip(" ") == "."
            and (found[-1].low in cues.TITLES or len(found[-1].base) == 1)
            and found[-1].capital
        ):
            opens = False  # "Dr. Patel", "Mary J. Smith"
        after = text[m.end() : m.end() + 1]
        found.append(
            _Token(
                fold(base).replace("’", "'"), word.lower().replace("’", "'"), m.start(), m.start() + len(base),
                cased and word[0].isupper(), opens, bool(gap.strip(" .")),
                bool(ending and ending[0][1:].lower() == "s"), after, cased and 2 <= len(base) <= 5 and base.isupper(),
            )
        )  # fmt: skip
        last = m.end()
    return found


def find_names(text: str, *, cased: bool, known: Set[str] = frozenset()) -> Iterator[Item]:
    """Find names of people.

    Parameters
    ----------
    text : str
        Any text, placeholders blanked.
    cased : bool
        True if the text has capitals where a writer puts them.
    known : set of str
        Folded names that were found elsewhere in the same transcript.

    Yields
    ------
    Item
        In order, not overlapping.
    """
    tokens = _cut(text, cased)
    i = 0
    while i < len(tokens):
        sure, basis = _judge(tokens, i, known)
        if sure < 0.5 or (i and tokens[i].base in _DAYS and tokens[i - 1].base in _BEFORE_DAYS):
            i += 1  # in "On Friday Jan came" the name begins a word later
            continue
        j = _extend(tokens, i, cued=basis in cues.CUED)
        full = j > i + 1
        if full and not (tokens[i].base in first_names() or tokens[j - 1].base in surnames() or basis in cues.CUED):
            sure = max(sure, 0.65)
        elif full:
            sure, basis = max(sure, 0.9), "full name"
        yield Item(tokens[i].start, tokens[j - 1].end, Kind.NAME, sure, basis)
        i = j
    for m in _SPELT.finditer(text):
        yield Item(m.start(), m.end(), Kind.NAME, 0.75, "a spelt name")


def _extend(tokens: Sequence[_Token], i: int, *, cued: bool) -> int:
    """Take in the rest of a name: further first names, surnames, initials, particles."""
    j = i + 1
    while (
        j < len(tokens)
        and j - i < 5
        and not tokens[j - 1].owner
        and tokens[j].start - tokens[j - 1].end <= 2
        and not tokens[j].opens
        and not tokens[j].comma
    ):
        token = tokens[j]
        if token.capital and len(token.base) == 1 and j + 1 < len(tokens) and tokens[j + 1].capital:
            j += 1
            continue
        if token.capital:
            common = token.base in words() and token.base not in surnames() and token.base not in first_names()
            if (
                common
                or token.base in MONTHS
                or (token.low in cues.OPENING_WORDS)
                or (token.base in capitalised() and token.base not in surnames())
            ):
                break
        elif tokens[i].capital:
            if token.base not in cues.PARTICLES or j + 1 >= len(tokens) or not tokens[j + 1].capital:
                break
        else:
            listed = token.base in surnames() or token.base in first_names()
            if (
                token.base in words()
                or token.low in cues.AFTER
                or len(token.base) < 3
                or token.base in capitalised()
                or not (listed or len(token.base) > 3 + (not cued))
            ):
                break
        j += 1
    return j


def _judge(tokens: Sequence[_Token], i: int, known: Set[str]) -> tuple[float, str]:
    """Say how sure it is that a name begins here, and why."""
    t = tokens[i]
    if len(t.base) < 2 or t.low in cues.OPENING_WORDS or t.acronym:
        return 0.0, ""
    nxt = tokens[i + 1] if i + 1 < len(tokens) and not tokens[i + 1].opens else None
    prev = [] if t.opens else _back(tokens, i)
    listed = _listed(t.base)
    word = t.base in words() or t.base in MONTHS
    cue = _cue(prev, t)
    loose = (
        cue == "after a word of kin"
        and not t.capital
        and not listed
        and not any(p.low in cues.POSSESSIVE for p in prev[1:])
    )
    if cue and not loose and _fits(t, nxt, cue, listed=listed, word=word):
        return (0.9 if listed or t.capital else 0.7), cue
    if t.capital:
        after = tokens[i + 2] if i + 2 < len(tokens) else None
        return _capital(t, nxt, after, prev, listed=listed, word=word, known=known)
    return _small(t, nxt, prev, listed=listed, word=word, known=known)


def _listed(base: str) -> bool:
    parts = base.split("-")
    return base in first_names() or (
        len(parts) > 1 and any(len(p) > 2 for p in parts) and all(p in first_names() for p in parts)
    )


def _back(tokens: Sequence[_Token], i: int) -> list[_Token]:
    """Return up to four words before, nearest first, within the sentence."""
    found: list[_Token] = []
    while i > 0 and not tokens[i].opens and len(found) < 4:
        i -= 1
        found.append(tokens[i])
    return found


def _cue(prev: Sequence[_Token], t: _Token) -> str:
    if not prev:
        return ""
    one = prev[0].low.removesuffix("'s") if prev[0].owner else prev[0].low
    two = prev[1].low if len(prev) > 1 else ""
    if one in cues.TITLES and (prev[0].tail in (" ", ".")):
        return "after a title"
    if (
        (one in cues.CALLED and two not in ("i", "we", "they", "you", "so"))
        or (one == "me" and two == "call")
        or _name_is(prev)
    ):
        return "after words that name"
    if (
        not t.comma
        and (one in cues.KIN or (one == "our" and not t.capital))
        and (
            one in ("our",)
            or two in cues.OWNERS
            or (len(prev) > 2 and prev[2].low in cues.OWNERS and two in cues.OWNERS | cues.KIN | {"in"})
        )
    ):
        return "after a word of kin"
    if t.comma and t.capital and one in cues.KIN and two in cues.OWNERS:
        return "after a word of kin"
    if one in cues.GREETINGS or (one in ("thanks", "thank") and not t.comma):
        return "after a greeting"
    return ""


def _name_is(prev: Sequence[_Token]) -> bool:
    said = [p.low for p in prev]
    return said[0] in ("name's", "names") or (
        said[0] in ("is", "was") and len(said) > 1 and said[1] in ("name", "name's")
    )


def _fits(t: _Token, nxt: _Token | None, cue: str, *, listed: bool, word: bool) -> bool:
    """Tell whether a word can be a name where names stand."""
    follows = nxt.low if nxt else ""
    if t.capital:
        if t.low in cues.TITLES:
            return False
        plain = (
            word
            and not listed
            and (
                (cue != "after words that name" and t.base not in surnames())
                or t.low in cues.AFTER
                or t.low in cues.NO_NAME
                or t.low in ("you", "i", "we", "they", "he", "she", "that")
            )
        )
        return (
            not plain
            and (t.base not in brands() or listed)
            and not (t.base in MONTHS and cue == "after words that name")
        )
    if cue == "after a greeting" and (t.low in cues.ENDEARMENTS or (word and not listed)):
        return False
    if not word:
        return t.base not in brands() and (
            listed or (len(t.base) > 2 and t.base not in towns() and not t.low.endswith(("n't", "ing")))
        )
    if not listed and t.base not in MONTHS:
        return False
    if t.base in cues.MODALS:
        return follows in cues.SPEAKING
    if cue == "after words that name" or cue == "after a greeting" or cue == "after a title":
        return follows not in cues.NO_NAME
    return t.owner or nxt is None or follows in cues.AFTER or (t.base in LEANING and follows not in cues.NO_NAME)


def _capital(
    t: _Token,
    nxt: _Token | None,
    after: _Token | None,
    prev: Sequence[_Token],
    *,
    listed: bool,
    word: bool,
    known: Set[str],
) -> tuple[float, str]:
    follows = nxt.low if nxt else ""
    if t.base in known and not (t.opens and word):
        return 0.85, "named elsewhere"
    if t.base in MONTHS:
        named = (
            (prev and prev[0].low in cues.ADDRESSED - {"for", "with"})
            or follows in cues.SPEAKING
            or (t.opens and follows == "next")
        )
        return (0.6, "a month used as a name") if named else (0.0, "")
    if listed and t.base in brands():
        return (0.6, "before a word of speech") if follows in cues.SPEAKING else (0.0, "")
    if t.opens and t.tail == ":" and (listed or not word) and t.base not in capitalised():
        return 0.7, "a speaker's label"
    if listed and not word:
        if t.base in towns() and prev and prev[0].low in ("in", "from", "to", "near", "at", "around"):
            return 0.45, "more likely a town"
        return (0.9 if not t.opens else 0.85), "a listed first name"
    if listed:
        return _capital_word(t, nxt, after)
    return _unlisted(t, nxt, prev, word=word)


def _capital_word(t: _Token, nxt: _Token | None, after: _Token | None) -> tuple[float, str]:
    """Judge a first name that is a word too, written with a capital."""
    follows = nxt.low if nxt else ""
    if not t.opens:
        return (0.8 if t.base not in capitalised() or t.base in LEANING else 0.55), "a listed first name"
    if follows == "and" and after is not None and after.capital and _listed(after.base):
        return 0.75, "beside a name"
    if t.tail == "," and t.base not in cues.ENDEARMENTS:
        return 0.65, "called by name"
    if follows in cues.SPEAKING or (follows in ("and",) and t.base in LEANING):
        return 0.75, "before a word of speech"
    if t.owner and follows not in cues.NO_NAME - {"the"}:
        return 0.6, "owns something"
    if t.base in LEANING and follows not in cues.NO_NAME and follows not in ("will", "may"):
        return 0.65, "a listed first name"
    return 0.0, ""


def _unlisted(t: _Token, nxt: _Token | None, prev: Sequence[_Token], *, word: bool) -> tuple[float, str]:
    """Judge a word with a capital that no list of first names has."""
    follows = nxt.low if nxt else ""
    surname = t.base in surnames()
    plural = t.base.endswith("s") and (t.base[:-1] in words() or t.base[:-1] in capitalised())
    if word or t.base in capitalised() or t.base in towns() or ("'" in t.low and not t.owner) or plural:
        pair = (
            surname
            and not word
            and nxt is not None
            and nxt.capital
            and nxt.base in surnames()
            and nxt.base not in words()
        )
        return (0.6, "two surnames") if pair else (0.0, "")
    if any(part in words() for part in t.base.split("-")) and "-" in t.base:
        return 0.0, ""
    if t.opens:
        acting = follows in cues.AFTER or t.tail == "," or t.owner or (nxt is not None and nxt.capital)
        if acting and len(t.base) > 2:
            return 0.65, "an unknown word with a capital that acts"
        return 0.45, "an unknown word with a capital"
    if prev and prev[0].low in ("in", "from", "near", "at", "into", "around", "through", "towards") and not surname:
        return 0.4, "more likely a place"
    return (0.6 if len(t.base) > 2 else 0.4), "an unknown word with a capital"


def _small(
    t: _Token, nxt: _Token | None, prev: Sequence[_Token], *, listed: bool, word: bool, known: Set[str]
) -> tuple[float, str]:
    follows = nxt.low if nxt else ""
    before = prev[0].low if prev else ""
    if t.base in known and not word:
        return 0.8, "named elsewhere"
    if listed and not word:
        if t.base in MONTHS or t.base in capitalised() or len(t.base) < 3:
            return (0.55, "before a word of speech") if follows in cues.SPEAKING and len(t.base) > 2 else (0.0, "")
        if t.base in towns() and before in ("in", "from", "to", "near", "at"):
            return 0.3, "more likely a town"
        return 0.75, "a listed first name"
    if listed:
        return _small_word(t, follows, prev)
    odd = (
        not word
        and t.base not in capitalised()
        and t.base not in towns()
        and len(t.base) > 3
        and "'" not in t.base
        and "-" not in t.base
    )
    if odd and not t.low.endswith(("ing", "ed", "ly", "in'", "n't")) and not t.base.endswith(("in", "s")):
        if follows in ("said", "told", "says", "rang", "texted", "goes", "reckons"):
            return 0.55, "before a word of speech"
        if before in cues.MAY_NAME and t.base not in rarer_words():
            return 0.5, "an unknown word where a name may stand"
    return 0.0, ""


def _small_word(t: _Token, follows: str, prev: Sequence[_Token]) -> tuple[float, str]:
    """Judge a first name that is a word too, in lower case."""
    before = prev[0].low if prev else ""
    if t.base in LEANING and before not in cues.BEFORE_A_WORD and follows not in cues.NO_NAME:
        return 0.6, "a listed first name"
    strong = follows in cues.SPEAKING and before not in cues.BEFORE_A_WORD and t.base not in cues.MODALS
    if strong or (t.owner and before not in cues.BEFORE_A_WORD and t.low not in cues.CONTRACTED):
        return 0.55, "before a word of speech" if strong else "owns something"
    if (
        before in ("this's", "is")
        and len(prev) > 1
        and prev[1].low == "this"
        and follows in ("from", "speaking", "here", "again")
    ):
        return 0.6, "says who is speaking"
    if (
        before == "and"
        and len(prev) > 1
        and _listed(prev[1].base)
        and prev[1].base not in words()
        and t.base not in cues.MODALS
    ):
        return 0.6, "beside a name"
    return 0.0, ""
