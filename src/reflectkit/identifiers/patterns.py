"""Identifiers told by their form: e-mails, links, handles, numbers, postcodes, dates of birth, great age.

Every repetition is bounded and every pattern begins where a word begins, so that time grows with the length of the text.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from reflectkit.identifiers.items import Item, Kind
from reflectkit.identifiers.spoken import Word, cut, digits, is_number

_EMAIL = re.compile(r"(?<![\w.+'-])[\w.+'-]{1,64}@(?:[\w-]{1,63}\.){1,6}[^\W\d_]{2,24}(?!\w)")
_DOT_COM = re.compile(
    r"\bdot (?:com|org|net|edu|gov|info|co|ac|uk|ie|au|nz|ca|io|me|de|fr)\b(?: dot (?:uk|nz|za|au|in|jp)\b)?", re.I
)
_URL = re.compile(
    r"(?<![\w@./-])(?:https?://[^\s<>\"']{3,300}|www\.[^\s<>\"']{3,300}"
    r"|(?:[a-z0-9][a-z0-9-]{0,40}\.){1,4}(?:com|org|net|edu|gov|info|io|me|app|blog|example|co\.uk|org\.uk|ac\.uk|gov\.uk|nhs\.uk|uk|ie|com\.au|org\.au|gov\.au|ca)"
    r"(?![\w@])(?:/[^\s<>\"']{0,200})?)",
    re.I,
)
_PUBLIC = re.compile(
    r"(?:https?://)?(?:www\.)?(?:[\w-]{1,40}\.)*(?:nhs\.uk|gov\.uk|gov|gov\.au|mind\.org\.uk|samaritans\.org|rethink\.org|wikipedia\.org|google\.com|"
    r"youtube\.com|facebook\.com|amazon\.com|amazon\.co\.uk|bbc\.co\.uk|ebay\.co\.uk|ebay\.com|booking\.com)/?[.,;:!?)]*",
    re.I,
)
_HANDLE = re.compile(r"(?<![\w@./])@[A-Za-z][\w.]{2,30}|(?<![\w/])u/[\w-]{3,30}")
_SERVICE = re.compile(
    r"\b(?:insta(?:gram)?|snap(?:chat)?|tik ?tok|twitter|telegram|discord|reddit|xbox|psn|playstation|steam|skype|kik|twitch|"
    r"gamer ?tag|user ?name|handle|screen ?name|wechat|viber|signal)\b",
    re.I,
)
_ON_THE_WAY = frozenset(
    "name user username handle tag id gamertag account is it's its it im i'm as under are on called at the was so just number no "
    "reference ref code again still now".split()
)
_EVERYWHERE = frozenset("the a my on me you and or to for it that this all every not".split())
_WRITTEN = re.compile(r"(?<![\w.£$€])(?:\+\s?)?\(?\d(?:[\d(). /–-]{4,26})\d(?:\s?(?:x|ext\.?|extension)\s?\d{1,6})?(?![\w%])", re.I)
_DATE = re.compile(r"\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2})|(?:19|20)\d{2}[./-]\d{1,2}[./-]\d{1,2}")
_TIMES_OR_YEARS = re.compile(r"(?:19|20)\d{2}\s?[-–/]\s?(?:(?:19|20)\d{2}|\d{2})|\d{1,2}[.:]\d{2}\s?[-–]\s?\d{1,2}[.:]\d{2}")
_PHONE_CUE = re.compile(
    r"\b(?:phone|telephone|tel|mobile|cell|call(?:ing)?|ring|text(?:ing)?|whatsapp|number(?:'s)?|landline|fax|dial|reach|line|contact)\b", re.I
)
_HELPLINES = frozenset(
    "116123 116111 116000 988 999 911 112 111 101 131114 85258 741741 08001111 08001234567 03001234567 0800689 18002738255 1800551800 1300659467 "
    "1300224636 18007997233 8002738255 18005990000 1800111757 1737 0800543354 50808 8008788".split()
)
_FREE = re.compile(r"(?:\+?44|0)(?:80\d|3[0-7]\d|84\d|87\d)\d{4,8}|0818\d{6}|18[59]0\d{6}|1?(?:800|888|877|866|855|844|833)\d{7}|1[38]00\d{6}|13\d{4}")
_NATIONAL = (
    r"nhs(?: (?:number|no\b\.?|num))?|national insurance(?: number)?|nino|ni (?:number|no\b)|ssn|social security(?: number)?|my social|his social|her social|"
    r"passport|driv(?:ing|er'?s?) licen[cs]e|licen[cs]e number|pps(?: ?n)?|medicare|medicaid|tax file number|tfn|social insurance|sin number|aadhaar|national id"
)
_ACCOUNT = (
    r"sort code|account|iban|(?:bank|credit|debit) card|card(?: number)?|(?:hospital|patient|case|crime|claim|policy|customer|booking|membership|member|student|"
    r"staff|employee|badge|prison|prisoner|inmate|tenancy|court|order|rent|record|file|reference|ref|medical record|crime reference|tenancy reference)"
    r" (?:number|no\b\.?|id|reference|ref)(?: number)?|mrn|tenancy reference"
)
_CODE_CUE = re.compile(
    rf"\b(?:(?P<national>{_NATIONAL})|(?P<account>{_ACCOUNT})|(?P<postcode>post ?code|zip(?: ?code)?|eircode))(?:'s)?(?=\W|$)", re.I
)
_NINO = re.compile(r"\b[A-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b", re.I)
_SSN = re.compile(r"(?<![\w-])\d{3}[- ]\d{2}[- ]\d{4}(?![\w-])")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_LICENCE = re.compile(r"\b[A-Z9]{5}\d{6}[A-Z9]{2}[A-Z0-9]{3}\b")
_IP = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])|(?<![\w:])(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}(?![\w:])", re.I)
_POSTCODE = re.compile(
    r"\b(?:(?P<uk>[A-Z]{1,2}\d[A-Z\d]? ?\d[ABD-HJLNP-UW-Z]{2})|(?P<ca>[A-CEGHJ-NPRSTVXY]\d[A-Z][ -]?\d[A-Z]\d)|(?P<ie>[ACDEFHKNPRTVWXY]\d[\dW] [A-Z\d]{4}))\b", re.I
)
_ZIP = re.compile(
    r"(?<![\w-])\d{5}-\d{4}(?![\w-])|\b(?:AL|AK|AZ|AR|CA|CO|CT|DE|DC|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK|OR|PA|"
    r"RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY),? (\d{5})\b|\b(?:NSW|VIC|QLD|TAS|ACT|WA|SA|NT),? (\d{4})\b"
)
_MONTH = r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b"
_ORDINAL = (
    r"(?:\d{1,2}(?:st|nd|rd|th)?|(?:(?:twenty|thirty)[ -])?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|tenth|eleventh|twelfth|"
    r"thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth)"
)
_YEAR = (
    r"(?:(?:19|20)\d{2}|'?\d{2}\b|(?:nineteen|two thousand|twenty)(?: (?:and|oh|hundred|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|"
    r"nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|one|two|three|four|five|six|seven|eight|nine)\b){1,3})"
)
_BIRTHDAY = re.compile(
    rf"\b(?:(?:{_ORDINAL})(?: of)? {_MONTH}(?:,? (?:of )?{_YEAR})?|{_MONTH}\.? (?:the )?{_ORDINAL}\b(?:,? {_YEAR})?|\d{{1,2}}[./-]\d{{1,2}}[./-](?:\d{{4}}|\d{{2}})|(?:19|20)\d{{2}}[./-]\d{{1,2}}[./-]\d{{1,2}})(?!\w)",
    re.I,
)
_BIRTH = re.compile(r"\bborn\b|\bbirth ?da(?:y|te)|\bdate of birth|\bd\.?o\.?b\b", re.I)
_BIRTH_YEAR = re.compile(r"\bborn (?:back )?in ((?:19|20)\d{2}|nineteen \w{3,9}(?:[ -]\w{3,5})?)\b", re.I)
_AGE = r"(?:9\d|1[01]\d|ninety(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?|(?:a |one )?hundred(?: and (?:one|two|three|four|five|six|seven|eight|nine|ten))?)"
_OLD = re.compile(
    rf"\b(?P<a>{_AGE})(?:[ -]years?[ -](?:old|of age)|[ -]year[ -]old|\b(?= (?:yrs|yo)\b))"
    rf"|\b(?:aged?|turn(?:s|ed|ing)|lived (?:to(?: be)?|till|until)|at the age of|age of|pushing|approaching) (?P<b>{_AGE})\b(?! (?:per|percent|miles|quid|days|minutes|degrees|pounds))"
    rf"|\b(?:he|she|they|nan|nana|gran|grandad|grandma|granddad|father|mother|dad|mum|mom|who|husband|wife|man|woman|lady)(?:'s|'re| is| was| are| were| turned| will be)(?: (?:about|nearly|almost|now|over|going on))? "
    rf"(?P<c>{_AGE})\b(?!%)(?! (?:per|percent|miles|quid|days|minutes|degrees|pounds|mg|milligrams|times|kilos|stone|on|odd))"
    rf"|\b(?-i:[A-Z])\w{{1,20}},? (?:is|was) (?P<e>{_AGE})\b(?=[.,!?]|$| (?:and|now|next|this|but|years))"
    rf"|\bi(?:'m| am) (?P<d>{_AGE})\b(?=[.,!?]|$| (?:and|now|next|this|but|years))",
    re.I,
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
            yield Item(m.start(), end, Kind.URL, 0.3 if public else 0.9, "a public site" if public else "form of a link")
        for m in _IP.finditer(text):
            yield Item(m.start(), m.end(), Kind.ACCOUNT_NUMBER, 0.85, "form of a network address")
    said = cut(text) if any(c.isdecimal() for c in text) or _hints(lowered) else []
    if " dot " in lowered:
        yield from _spelt_addresses(text, said)
    yield from _handles(text, said)
    if said:
        yield from _numbers(text, said)
        yield from _coded(text, said)
        yield from _dates_and_ages(text)


_SIGNED = re.compile(r"[\d@]|://|www\.|\w\.(?:com|org|net|io|me|uk|ie|au|ca|blog|app|example)\b|\bu/")
_NUMBER_WORD = r"(?:oh|zero|one|two|three|four|five|six|seven|eight|nine|double|hundred|ten|eleven|twelve|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
_NUMBER_PAIR = re.compile(
    rf"\b{_NUMBER_WORD}[ ,-]{{1,2}}(?:{_NUMBER_WORD}\b|[\w']{{2,20}} (?:street|road|avenue|lane|crescent|terrace|grove|close|drive)\b)"
)
_NUMBER_WORDS = frozenset(_NUMBER_WORD[3:-1].split("|"))
_SERVICES = frozenset("dot insta instagram snap snapchat twitter tiktok tok telegram discord reddit gamertag username handle skype xbox psn".split())


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
    said = set(lowered.split())
    return not said.isdisjoint(_SERVICES) or (not said.isdisjoint(_NUMBER_WORDS) and _NUMBER_PAIR.search(lowered) is not None)


_HINT = re.compile(
    r"\b(?:oh|zero|one|two|three|four|five|six|seven|eight|nine|double|nine(?:ty|teen)|hundred|dot|hundredth|born|birth|"
    r"insta|instagram|snap|snapchat|username|handle|gamertag|tag)\b"
)


def _hints(lowered: str) -> bool:
    return _HINT.search(lowered) is not None


def _index(said: Sequence[Word], offset: int) -> int:
    return bisect_left(said, offset, key=lambda w: w.start)


def _spelt_addresses(text: str, said: Sequence[Word]) -> Iterator[Item]:
    for m in _DOT_COM.finditer(text):
        at = _index(said, m.start())
        back = at - 1
        while back > max(at - 8, 0) and said[back].text != "at":
            back -= 1
        if said[back].text == "at" and 0 < back < at and "." not in text[said[back].start : m.start()]:
            first = back - 1
            while first > 0 and back - first < 14 and (
                said[first - 1].text in ("dot", "underscore", "dash", "hyphen", "plus")
                or said[first].text in ("dot", "underscore", "dash", "hyphen", "plus")
                or is_number(said[first].text)
                or (len(said[first].text) == 1 and len(said[first - 1].text) == 1)
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
        i = _index(said, m.end())
        passed = 0
        while i < len(said) and passed < 6 and said[i].text in _ON_THE_WAY:
            i, passed = i + 1, passed + 1
        if i >= len(said) or not passed or re.search(r"[.!?;\n]", text[m.end() : said[i].start]):
            continue
        end = _handle_end(text, said, i)
        value = text[said[i].start : end]
        named = any(w.text in ("is", "it's", "called", "i'm", "as", "under") for w in said[max(i - passed, 0) : i]) or m[0].lower() in _NAMING
        marked = any(c in "_.0123456789" for c in value) or any(is_number(w) or w == "underscore" for w in value.lower().split())
        mixed = re.search(r"[a-z][A-Z]", value) is not None
        if (marked and (named or any(c in "_." for c in value) or value[-1:].isdecimal())) or mixed or (named and m[0].lower() in _NAMING and value.lower() not in _EVERYWHERE):
            yield Item(said[i].start, end, Kind.HANDLE, 0.85 if marked or mixed else 0.6, "after the name of a service")


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


def _numbers(text: str, said: Sequence[Word]) -> Iterator[Item]:
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
        group = 1 if m[1] else 2 if m[2] else 0
        yield Item(m.start(group), m.end(group), Kind.POSTCODE, 0.85, "after a state, or ZIP+4")
    for m in _WRITTEN.finditer(text):
        yield from _written(text, m[0], m.start())
    yield from _spoken_runs(text, said)


def _written(text: str, value: str, start: int) -> Iterator[Item]:
    if _DATE.fullmatch(value) or _TIMES_OR_YEARS.fullmatch(value):
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
    shaped = value[0] in "+(0" or re.fullmatch(r"\d{2}(?:[-. ]\d{2}){3,4}|\d{3} \d{4}", value) or re.match(r"1?[-. (]{0,2}\d{3}[-. )]{1,2}\d{3}[-. ]\d{4}", value) or re.match(r"\d{3}-\d{4}", value)
    if re.search(r"\.\d{1,2}$", value) and not cue:
        return
    if shaped or cue or (grouped and len(number) >= 9):
        yield Item(start, end, Kind.PHONE, 0.9 if (shaped and len(number) >= 9) or cue else 0.7, "form of a phone number")
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
    steps = [int(b) - int(a) for a, b in zip(number, number[1:], strict=False)]
    same = max(steps.count(1), steps.count(-1))
    return same >= len(steps) - 2 or len(set(number)) <= 2 and "0" not in number


def _coded(text: str, said: Sequence[Word]) -> Iterator[Item]:
    """Find the number or code that follows the words for it: "case number CR-2209", "zip is six oh six nine nine"."""
    for m in _CODE_CUE.finditer(text):
        i = _index(said, m.end())
        passed = 0
        while i < len(said) and passed < 6 and said[i].text in _ON_THE_WAY | _FILLERS:
            i, passed = i + 1, passed + 1
        j = i
        while j < len(said) and j - i < 16 and _is_code(said[j].text) and (j == i or _joined(text[said[j - 1].end : said[j].start])):
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
        elif n_digits >= (5 if kind == "national" else 4) and (not _DATE.fullmatch(text[start:end]) or m[0].lower().startswith("sort")):
            named = Kind.NATIONAL_NUMBER if kind == "national" else Kind.ACCOUNT_NUMBER
            yield Item(start, end, named, 0.92, "after the words for it")


_FILLERS = frozenset("that um uh er yeah they've got me have says said now's number's".split())


def _is_code(word: str) -> bool:
    return is_number(word) or (len(word) == 1 and word.isalpha()) or any(c.isdecimal() for c in word) or (len(word) <= 3 and word.isalpha() and word in _CODE_LETTERS)


_CODE_LETTERS = frozenset("cr tn crn mrn ref hn pt id nhs ni crm cas gb sw".split())


def _joined(gap: str) -> bool:
    return len(gap) <= 3 and not any(sign in gap for sign in ".;!?\n") and gap != ", "


def _dates_and_ages(text: str) -> Iterator[Item]:
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
