"""Dates of birth and ages over 89, written or spoken."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reflectkit.identifiers.items import Item, Kind

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b"
)


_ORDINAL = (
    r"(?:\d{1,2}(?:st|nd|rd|th)?|(?:(?:twenty|thirty)[ -])?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|"
    r"ninth)|tenth|eleventh|twelfth|"
    r"thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth)"
)


_YEAR = (
    r"(?:(?:19|20)\d{2}|'?\d{2}\b|(?:nineteen|two thousand|twenty)(?: (?:and|oh|hundred|ten|eleven|twelve|thirteen|"
    r"fourteen|fifteen|sixteen|seventeen|eighteen|"
    r"nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|one|two|three|four|five|six|seven|eight|"
    r"nine)\b){1,3})"
)


_BIRTHDAY = re.compile(
    rf"\b(?:(?:{_ORDINAL})(?: of)? {_MONTH}(?:,? (?:of )?{_YEAR})?|{_MONTH}\.? (?:the )?{_ORDINAL}\b(?:,? {_YEAR})?|"
    rf"\d{{1,2}}[./-]\d{{1,2}}[./-](?:\d{{4}}|\d{{2}})|(?:19|20)\d{{2}}[./-]\d{{1,2}}[./-]\d{{1,2}})(?!\w)",
    re.I,
)


_BIRTH = re.compile(r"\bborn\b|\bbirth ?da(?:y|te)|\bdate of birth|\bd\.?o\.?b\b", re.I)


_BIRTH_YEAR = re.compile(r"\bborn (?:back )?in ((?:19|20)\d{2}|nineteen \w{3,9}(?:[ -]\w{3,5})?)\b", re.I)


_AGE = (
    r"(?:9\d|1[01]\d|ninety(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?|(?:a |"
    r"one )?hundred(?: and (?:one|two|three|four|five|six|seven|eight|nine|ten))?)"
)


_OLD = re.compile(
    rf"\b(?P<a>{_AGE})(?:[ -]years?[ -](?:old|of age)|[ -]year[ -]old|\b(?= (?:yrs|yo)\b))"
    rf"|\b(?:aged?|turn(?:s|ed|ing)|lived (?:to(?: be)?|till|until)|at the age of|age of|pushing|approaching) "
    rf"(?P<b>{_AGE})\b(?! (?:per|percent|miles|quid|days|minutes|degrees|pounds))"
    rf"|\b(?:he|she|they|nan|nana|gran|grandad|grandma|granddad|father|mother|dad|mum|mom|who|husband|wife|man|woman|"
    rf"lady)(?:'s|'re| is| was| are| were| turned| will be)(?: (?:about|nearly|almost|now|over|going on))? "
    rf"(?P<c>{_AGE})\b(?!%)(?! (?:per|percent|miles|quid|days|minutes|degrees|pounds|mg|milligrams|times|kilos|stone|"
    rf"on|odd))"
    rf"|\b(?-i:[A-Z])\w{{1,20}},? (?:is|was) (?P<e>{_AGE})\b(?=[.,!?]|$| (?:and|now|next|this|but|years))"
    rf"|\bi(?:'m| am) (?P<d>{_AGE})\b(?=[.,!?]|$| (?:and|now|next|this|but|years))",
    re.I,
)


def find_dates_and_ages(text: str) -> Iterator[Item]:
    """Find dates of birth and ages over 89.

    Parameters
    ----------
    text : str
        Any text, placeholders blanked.

    Yields
    ------
    Item
        In no order; items may overlap, the surer ones win.
    """
    for cue in _BIRTH.finditer(text):
        for m in _BIRTHDAY.finditer(text, max(cue.start() - 45, 0), min(cue.end() + 90, len(text))):
            near = text[cue.end() : m.start()] if m.start() >= cue.end() else text[m.end() : cue.start()]
            if len(near) <= 40 and not re.search(r"[.!;](?!\w)", near.replace("d.o.b.", "").lstrip(".")):
                yield Item(m.start(), m.end(), Kind.DATE_OF_BIRTH, 0.92, "a date beside a word of birth")
    for m in _BIRTH_YEAR.finditer(text):
        yield Item(m.start(1), m.end(1), Kind.DATE_OF_BIRTH, 0.6, "a year of birth")
    for m in _OLD.finditer(text):
        group = next(g for g in "abcde" if m[g])
        yield Item(m.start(group), m.end(group), Kind.AGE, 0.85, "an age over 89")
