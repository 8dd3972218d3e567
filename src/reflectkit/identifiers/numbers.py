"""Numbers: phones, national and account numbers, postcodes, written or spoken."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

from reflectkit.identifiers.items import Item, Kind
from reflectkit.identifiers.spoken import ON_THE_WAY, Word, digits, index_at, is_number

_WRITTEN = re.compile(
    r"(?<![\w.£$€])(?:\+\s?)?\(?\d(?:[\d(). /–-]{4,26})\d(?:\s?(?:x|ext\.?|extension)\s?\d{1,6})?(?![\w%])", re.I
)


_DATE = re.compile(r"\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2})|(?:19|20)\d{2}[./-]\d{1,2}[./-]\d{1,2}")


_TIMES_OR_YEARS = re.compile(
    r"(?:19|20)\d{2}\s?[-–/]\s?(?:(?:19|20)\d{2}|\d{2})|\d{1,2}[.:]\d{2}\s?[-–]\s?\d{1,2}[.:]\d{2}"
)


_PAGES = re.compile(r"\bpages? $", re.I)
_PHONE_CUE = re.compile(
    r"\b(?:phone|telephone|tel|mobile|cell|call(?:ing)?|ring|text(?:ing)?|whatsapp|number(?:'s)?|landline|fax|dial|"
    r"reach|line|contact|office|desk)\b",
    re.I,
)


_HELPLINES = frozenset(
    "116123 116111 116000 988 999 911 112 111 101 131114 85258 741741 08001111 08001234567 03001234567 0800689 "
    "18002738255 1800551800 1300659467 "
    "1300224636 18007997233 8002738255 18005990000 1800111757 1737 0800543354 50808 8008788".split()
)


_FREE = re.compile(
    r"(?:\+?44|0)(?:80\d|30[036]|33[03]|34[345]|37[01]|84\d|87\d)\d{4,8}|0818\d{6}|18[59]0\d{6}|1?(?:800|888|877|866|855|844|833)\d{7}|"
    r"1[38]00\d{6}|13\d{4}"
)


_NATIONAL = (
    r"nhs(?: (?:number|no\b\.?|num))?|national insurance(?: number)?|nino|ni (?:number|no\b)|ssn|social security(?: "
    r"number)?|my social|his social|her social|"
    r"passport|driv(?:ing|er'?s?) licen[cs]e|licen[cs]e number|pps(?: ?n)?|medicare|medicaid|tax file number|tfn|"
    r"social insurance|sin number|aadhaar|national id"
)


_ACCOUNT = (
    r"sort code|account|iban|(?:bank|credit|debit) card|card(?: number)?|(?:hospital|patient|case|crime|claim|policy|"
    r"customer|booking|membership|member|student|"
    r"staff|employee|badge|prison|prisoner|inmate|tenancy|court|order|rent|record|file|reference|ref|medical record|"
    r"crime reference|tenancy reference)"
    r" (?:number|no\b\.?|id|reference|ref)(?: number)?|mrn|tenancy reference"
)


_CODE_CUE = re.compile(
    rf"\b(?:(?P<national>{_NATIONAL})|(?P<account>{_ACCOUNT})|(?P<postcode>post ?code|zip(?: ?code)?|"
    rf"eircode))(?:'s)?(?=\W|$)",
    re.I,
)


_NINO = re.compile(r"\b[A-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b", re.I)


_SSN = re.compile(r"(?<![\w-])\d{3}[- ]\d{2}[- ]\d{4}(?![\w-])")


_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")


_LICENCE = re.compile(r"\b[A-Z9]{5}\d{6}[A-Z9]{2}[A-Z0-9]{3}\b")


_POSTCODE = re.compile(
    r"\b(?:(?P<uk>[A-Z]{1,2}\d[A-Z\d]? ?\d[ABD-HJLNP-UW-Z]{2})|(?P<ca>[A-CEGHJ-NPRSTVXY]\d[A-Z][ -]?\d[A-Z]\d)|"
    r"(?P<ie>[ACDEFHKNPRTVWXY]\d[\dW] [A-Z\d]{4}))\b",
    re.I,
)


_ZIP = re.compile(
    r"(?<![\w-])\d{5}-\d{4}(?![\w-])|\b(?:AL|AK|AZ|AR|CA|CO|CT|DE|DC|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|"
    r"MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK|OR|PA|"
    r"RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY),? (\d{5})\b|\b(?:NSW|VIC|QLD|TAS|ACT|WA|SA|NT),? (\d{4})\b"
)


def find_numbers(text: str, said: Sequence[Word]) -> Iterator[Item]:
    """Find phones, national and account numbers, and postcodes.

    Parameters
    ----------
    text : str
        Any text, placeholders blanked.
    said : sequence of Word
        The words and numbers of the text.

    Yields
    ------
    Item
        In no order; items may overlap, the surer ones win.
    """
    for m in _SSN.finditer(text):
        yield Item(m.start(), m.end(), Kind.NATIONAL_NUMBER, 0.85, "form of a social security number")
    for m in _NINO.finditer(text):
        yield Item(m.start(), m.end(), Kind.NATIONAL_NUMBER, 0.95, "form of a national insurance number")
    for m in _LICENCE.finditer(text):
        yield Item(m.start(), m.end(), Kind.NATIONAL_NUMBER, 0.8, "form of a driving licence")
    for m in _IBAN.finditer(text):
        if any(c.isdecimal() for c in m[0][4:]):
            yield Item(m.start(), m.end(), Kind.ACCOUNT_NUMBER, 0.9, "form of an IBAN")
    for m in _POSTCODE.finditer(text):
        spelt = m["uk"] or m["ca"] or m["ie"]
        sure = spelt.isupper() or m["ie"] is None
        if sure and not (m["ie"] and spelt.split()[1].isdecimal()):
            yield Item(m.start(), m.end(), Kind.POSTCODE, 0.9 if spelt.isupper() else 0.75, "form of a postcode")
    for m in _ZIP.finditer(text):
        group = m.lastindex or 0
        yield Item(m.start(group), m.end(group), Kind.POSTCODE, 0.85, "after a state, or ZIP+4")
    for m in _WRITTEN.finditer(text):
        yield from _written(text, m[0], m.start())
    yield from _spoken_runs(text, said)
    yield from _coded(text, said)


def _written(text: str, value: str, start: int) -> Iterator[Item]:
    if _DATE.fullmatch(value) or _TIMES_OR_YEARS.fullmatch(value) or _PAGES.search(text, max(start - 12, 0), start):
        return
    number = "".join(c for c in re.split(r"[xe]", value, maxsplit=1, flags=re.I)[0] if c.isdecimal())
    end = start + len(value)
    if 12 <= len(number) <= 19 and _luhn(number):
        yield Item(start, end, Kind.ACCOUNT_NUMBER, 0.9, "form of a bank card")
        return
    if not 7 <= len(number) <= 15 or number in _HELPLINES:
        return
    cue = _PHONE_CUE.search(text, max(start - 50, 0), min(end + 30, len(text))) is not None
    grouped = len(re.findall(r"\d+", value)) > 1
    if len(number) == 10 and re.fullmatch(r"\d{3} ?\d{3} ?\d{4}", value) and _nhs(number) and not cue:
        yield Item(start, end, Kind.NATIONAL_NUMBER, 0.85, "checked NHS number")
        return
    if _FREE.fullmatch(number):
        yield Item(start, end, Kind.PHONE, 0.45, "a freephone or service number")
        return
    shaped = (
        value[0] in "+(0"
        or re.fullmatch(r"\d{2}(?:[-. ]\d{2}){3,4}|\d{3} \d{4}", value)
        or re.match(r"1?[-. (]{0,2}\d{3}[-. )]{1,2}\d{3}[-. ]\d{4}", value)
        or re.match(r"\d{3}-\d{4}", value)
    )
    if re.search(r"\.\d{1,2}$", value) and not cue:
        return
    if shaped or cue or (grouped and len(number) >= 9):
        yield Item(
            start, end, Kind.PHONE, 0.9 if (shaped and len(number) >= 9) or cue else 0.7, "form of a phone number"
        )
    elif len(number) >= 9:
        yield Item(start, end, Kind.ACCOUNT_NUMBER, 0.55, "a long number")


def _luhn(number: str) -> bool:
    total = 0
    for i, c in enumerate(reversed(number)):
        n = int(c) * (1 + i % 2)
        total += n - 9 if n > 9 else n
    return total % 10 == 0


def _nhs(number: str) -> bool:
    check = 11 - sum(int(c) * (10 - i) for i, c in enumerate(number[:9])) % 11
    return check % 11 == int(number[9])


def _spoken_runs(text: str, said: Sequence[Word]) -> Iterator[Item]:
    i = 0
    while i < len(said):
        if not is_number(said[i].text):
            i += 1
            continue
        j = i
        while j < len(said) and is_number(said[j].text) and (j == i or said[j].start - said[j - 1].end <= 2):
            j += 1
        words = [w.text for w in said[i:j]]
        if not all(w.isdecimal() for w in words) and j - i >= 4:
            number = digits(words)
            start, end = said[i].start, said[j - 1].end
            if len(number) >= 7 and number not in _HELPLINES and not _counting(number):
                cue = _PHONE_CUE.search(text, max(start - 50, 0), start) is not None
                free = _FREE.fullmatch(number) is not None
                sure = 0.45 if free else 0.85 if cue or (number[0] == "0" and len(number) >= 10) else 0.6
                yield Item(start, end, Kind.PHONE, sure, "a spoken number")
        i = j


def _counting(number: str) -> bool:
    """Tell whether somebody is counting or breathing to numbers, not giving one."""
    steps = [int(b) - int(a) for a, b in itertools.pairwise(number)]
    same = max(steps.count(1), steps.count(-1))
    return same >= len(steps) - 2 or (len(set(number)) <= 2 and "0" not in number)


def _coded(text: str, said: Sequence[Word]) -> Iterator[Item]:
    """Find the number or code that follows the words for it: "case number CR-2209", "zip is six oh six nine nine"."""
    for m in _CODE_CUE.finditer(text):
        i = index_at(said, m.end())
        passed = 0
        while i < len(said) and passed < 6 and said[i].text in _BEFORE_A_CODE:
            i, passed = i + 1, passed + 1
        j = i
        while (
            j < len(said)
            and j - i < 16
            and _is_code(said[j].text)
            and (j == i or _joined(text[said[j - 1].end : said[j].start]))
        ):
            j += 1
        if j == i:
            continue
        words = [w.text for w in said[i:j]]
        value = digits(words)
        n_digits = sum(c.isdecimal() for c in value)
        start, end = said[i].start, said[j - 1].end
        kind = str(m.lastgroup)
        if kind == "postcode":
            if 3 <= len(value) <= 10 and n_digits >= 2:
                yield Item(start, end, Kind.POSTCODE, 0.85, "after the word for it")
        elif n_digits >= (5 if kind == "national" else 4) and (
            not _DATE.fullmatch(text[start:end]) or m[0].lower().startswith("sort")
        ):
            named = Kind.NATIONAL_NUMBER if kind == "national" else Kind.ACCOUNT_NUMBER
            yield Item(start, end, named, 0.92, "after the words for it")


_BEFORE_A_CODE = ON_THE_WAY | frozenset("that um uh er yeah they've got me have says said now's number's".split())


def _is_code(word: str) -> bool:
    return (
        is_number(word)
        or (len(word) == 1 and word.isalpha())
        or any(c.isdecimal() for c in word)
        or (len(word) <= 3 and word.isalpha() and word in _CODE_LETTERS)
    )


_CODE_LETTERS = frozenset("cr tn crn mrn ref hn pt id nhs ni crm cas gb sw".split())


def _joined(gap: str) -> bool:
    return len(gap) <= 3 and not any(sign in gap for sign in ".;!?\n") and gap != ", "
