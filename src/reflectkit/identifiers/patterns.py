"""Identifiers told by their form: e-mails, links, handles, numbers, postcodes, dates of birth, great age.

Every repetition is bounded and every pattern begins where a word begins, so that time grows with the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from reflectkit.identifiers.dates import find_dates_and_ages
from reflectkit.identifiers.items import Item, Kind
from reflectkit.identifiers.numbers import find_numbers
from reflectkit.identifiers.spoken import ON_THE_WAY, Word, cut, index_at, is_number

_EMAIL = re.compile(r"(?<![\w.+'-])[\w.+'-]{1,64}@(?:[\w-]{1,63}\.){1,6}[^\W\d_]{2,24}(?!\w)")
_DOT_COM = re.compile(
    r"\bdot (?:com|org|net|edu|gov|info|co|ac|uk|ie|au|nz|ca|io|me|de|fr)\b(?: dot (?:uk|nz|za|au|in|jp)\b)?", re.I
)
_URL = re.compile(
    r"(?<![\w@./-])(?:https?://[^\s<>\"']{3,300}|www\.[^\s<>\"']{3,300}"
    r"|(?:[a-z0-9][a-z0-9-]{0,40}\.){1,4}(?:com|org|net|edu|gov|info|io|me|app|blog|example|co\.uk|org\.uk|ac\.uk|"
    r"gov\.uk|nhs\.uk|uk|ie|com\.au|org\.au|gov\.au|ca)"
    r"(?![\w@])(?:/[^\s<>\"']{0,200})?)",
    re.I,
)
_PROVIDER = re.compile(
    r"(?<![\w.+'-])(?=[a-z+'-]{0,63}[\d._])[\w.+'-]{2,64} at (?:g ?mail|googlemail|hotmail|outlook|yahoo|icloud|proton(?:mail)?|aol)\b"
    r"(?:(?: dot |\.)(?:com|co|me)\b)?",
    re.I,
)
_PUBLIC = re.compile(
    r"(?:https?://)?(?:www\.)?(?:[\w-]{1,40}\.)*(?:nhs\.uk|gov\.uk|gov|gov\.au|mind\.org\.uk|samaritans\.org|"
    r"rethink\.org|wikipedia\.org|google\.com|"
    r"youtube\.com|facebook\.com|amazon\.com|amazon\.co\.uk|bbc\.co\.uk|ebay\.co\.uk|ebay\.com|"
    r"booking\.com)/?[.,;:!?)]*",
    re.I,
)
_HANDLE = re.compile(r"(?<![\w@./])@[A-Za-z][\w.]{2,30}|(?<![\w/])u/[\w-]{3,30}")
_SERVICE = re.compile(
    r"\b(?:insta(?:gram)?|snap(?:chat)?|tik ?tok|twitter|telegram|discord|reddit|xbox|psn|playstation|steam|skype|"
    r"kik|twitch|"
    r"gamer ?tag|user ?name|handle|screen ?name|wechat|viber|signal)\b",
    re.I,
)

_EVERYWHERE = frozenset("the a my on me you and or to for it that this all every not".split())
_IP = re.compile(
    r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])|(?<![\w:])(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}(?![\w:])", re.I
)


def find_patterns(text: str) -> Iterator[Item]:
    """Find identifiers told by their form.

    Parameters
    ----------
    text : str
        Any text, placeholders blanked.

    Yields
    ------
    Item
        In no order; items may overlap, the surer ones win.
    """
    lowered = text.lower()
    if "@" in text:
        for m in _EMAIL.finditer(text):
            yield Item(m.start(), m.end(), Kind.EMAIL, 0.97, "form of an e-mail")
    if "@" in text or "u/" in text:
        for m in _HANDLE.finditer(text):
            yield Item(m.start(), len(m[0].rstrip(".")) + m.start(), Kind.HANDLE, 0.9, "form of a handle")
    if "." in text:
        for m in _URL.finditer(text):
            end = m.start() + len(m[0].rstrip(".,;:!?)"))
            public = _PUBLIC.fullmatch(m[0]) is not None
            yield Item(
                m.start(), end, Kind.URL, 0.3 if public else 0.9, "a public site" if public else "form of a link"
            )
        for m in _IP.finditer(text):
            yield Item(m.start(), m.end(), Kind.ACCOUNT_NUMBER, 0.85, "form of a network address")
    said = cut(text) if any(c.isdecimal() for c in text) or _hints(lowered) else []
    if " at " in lowered:
        for m in _PROVIDER.finditer(text):
            yield Item(m.start(), m.end(), Kind.EMAIL, 0.85, "a spelt e-mail")
    if " dot " in lowered:
        yield from _spelt_addresses(text, said)
    yield from _handles(text, said)
    if said:
        yield from find_numbers(text, said)
        yield from find_dates_and_ages(text)


_SIGNED = re.compile(r"[\d@]|://|www\.|\w\.(?:com|org|net|io|me|uk|ie|au|ca|blog|app|example)\b|\bu/")
_NUMBER_WORD = (
    r"(?:oh|zero|one|two|three|four|five|six|seven|eight|nine|double|hundred|ten|eleven|twelve|twenty|thirty|"
    r"forty|fifty|sixty|seventy|eighty|ninety)"
)
_NUMBER_PAIR = re.compile(
    rf"\b{_NUMBER_WORD}[ ,-]{{1,2}}(?:{_NUMBER_WORD}\b|[\w']{{2,20}} (?:street|road|avenue|lane|crescent|terrace|"
    rf"grove|close|drive)\b)"
)
_NUMBER_WORDS = frozenset(_NUMBER_WORD[3:-1].split("|"))
_SERVICES = frozenset(
    """
    dot insta instagram snap snapchat twitter tiktok tok telegram discord reddit gamertag username handle skype xbox
    psn gmail googlemail hotmail outlook yahoo icloud proton protonmail aol
    """.split()
)


def may_hold(text: str) -> bool:
    """Tell quickly whether a text may hold a direct identifier that has a form of its own.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    bool
        False for most talk.
    """
    if _SIGNED.search(text):
        return True
    lowered = text.lower()
    said = set(lowered.replace(":", " ").split())
    return not said.isdisjoint(_SERVICES) or (
        not said.isdisjoint(_NUMBER_WORDS) and _NUMBER_PAIR.search(lowered) is not None
    )


_HINT = re.compile(
    r"\b(?:oh|zero|one|two|three|four|five|six|seven|eight|nine|double|nine(?:ty|teen)|hundred|dot|hundredth|born|"
    r"birth|"
    r"insta|instagram|snap|snapchat|username|handle|gamertag|tag)\b"
)


def _hints(lowered: str) -> bool:
    return _HINT.search(lowered) is not None


def _spelt_addresses(text: str, said: Sequence[Word]) -> Iterator[Item]:
    for m in _DOT_COM.finditer(text):
        at = index_at(said, m.start())
        back = at - 1
        while back > max(at - 8, 0) and said[back].text != "at":
            back -= 1
        if said[back].text == "at" and 0 < back < at and "." not in text[said[back].start : m.start()]:
            first = back - 1
            while (
                first > 0
                and back - first < 14
                and (
                    said[first - 1].text in ("dot", "underscore", "dash", "hyphen", "plus")
                    or said[first].text in ("dot", "underscore", "dash", "hyphen", "plus")
                    or is_number(said[first].text)
                    or (len(said[first].text) == 1 and len(said[first - 1].text) == 1)
                )
            ):
                first -= 1
            yield Item(said[first].start, m.end(), Kind.EMAIL, 0.85, "a spelt e-mail")
        else:
            first = at - 1
            while first > 0 and at - first < 6 and said[first].text != "dot" and said[first - 1].text not in _STOP_SITE:
                first -= 1
            if first >= 0 and said[first].text not in _STOP_SITE:
                yield Item(said[first].start, m.end(), Kind.URL, 0.7, "a spelt link")


_STOP_SITE = frozenset("at is on it's to see my the a look go page site website called and visit".split())


def _handles(text: str, said: Sequence[Word]) -> Iterator[Item]:
    for m in _SERVICE.finditer(text):
        said = said or cut(text)
        i = index_at(said, m.end())
        passed = 0
        while i < len(said) and passed < 6 and said[i].text in ON_THE_WAY:
            i, passed = i + 1, passed + 1
        told = _COLON.match(text, m.end()) is not None
        if i >= len(said) or not (passed or told) or re.search(r"[.!?;\n]", text[m.end() : said[i].start]):
            continue
        end = _handle_end(text, said, i)
        value = text[said[i].start : end]
        named = (
            told
            or any(w.text in ("is", "it's", "called", "i'm", "as", "under") for w in said[max(i - passed, 0) : i])
            or m[0].lower() in _NAMING
        )
        marked = any(c in "_.0123456789" for c in value) or any(
            is_number(w) or w == "underscore" for w in value.lower().split()
        )
        mixed = re.search(r"[a-z][A-Z]", value) is not None
        if (
            (marked and (named or any(c in "_." for c in value) or value[-1:].isdecimal()))
            or mixed
            or (named and m[0].lower() in _NAMING and value.lower() not in _EVERYWHERE)
            or (told and not passed and len(value) > 3 and _ALONE.match(text, end))
        ):
            yield Item(said[i].start, end, Kind.HANDLE, 0.85 if marked or mixed else 0.6, "after the name of a service")


_COLON = re.compile(r" ?:")
_ALONE = re.compile(r" ?(?:$|[.,;!?)\n])")
_NAMING = frozenset(["username", "user name", "handle", "gamertag", "gamer tag", "screenname", "screen name"])


def _handle_end(text: str, said: Sequence[Word], i: int) -> int:
    glued = re.compile(r"[\w.-]{2,40}").match(text, said[i].start)
    end = len(glued[0].rstrip(".-")) + said[i].start if glued else said[i].end
    if end > said[i].end:
        return end
    j = i + 1  # spelt: "sunny underscore days eighty eight"
    last = end
    while j < len(said) and j - i < 8:
        if said[j].text in ("underscore", "dot", "dash") and j + 1 < len(said):
            last, j = said[j + 1].end, j + 2
        elif is_number(said[j].text):
            last, j = said[j].end, j + 1
        elif j == i + 1 and j + 1 < len(said) and is_number(said[j + 1].text):
            last, j = said[j + 1].end, j + 2
        else:
            break
    return last
