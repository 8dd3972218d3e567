"""Addresses, named places of care, work, study, worship and custody, and towns."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace

from reflectkit.identifiers.abroad import streets_abroad
from reflectkit.identifiers.items import Item, Kind
from reflectkit.identifiers.wordlists import MONTHS, capitalised, first_names, fold, towns, words

_STREET = (
    "street|road|avenue|lane|drive|crescent|terrace|grove|boulevard|mews|gardens|close|court|place|square|row|way|parade|walk|hill|rise|quay|wharf|highway|"
    "parkway|circle|trail|esplanade|green|yard|alley|broadway|view|park|mount|fold|croft|paddock|paddocks|cottages|villas|heights|estate|plaza|turnpike|pass|loop"
)
_SHORT_STREET = "st|str|rd|ave|av|ln|dr|cres|cr|tce|blvd|gdns|sq|pl|ct|hwy|pkwy|cir|trl|pde"
_SURE_STREET = "street|road|avenue|lane|crescent|terrace|grove|boulevard|mews"
_NUMBER = (
    r"(?:(?:\d{2,5} )?\d{1,5}(?: ?[b-z]\b|a\b|[/–-]\d{1,5}[a-z]?)?,? |(?!(?:and|oh|hundred)\b)(?:(?:one|two|three|four|"
    r"five|six|seven|eight|nine|oh|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|"
    r"eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|and)[ -]){1,5})"
)
_DOOR = r"(?:(?:flat|apartment|apt|unit|suite|room|lot|no|number)\.? ?#?\w{1,6},? (?:at )?)?"
_HOUSE = re.compile(
    rf"(?<![\w.,£$€/:-]){_DOOR}{_NUMBER}(?:[nsew]{{1,2}}\.? |north |south |east |west )?(?P<name>(?:(?:the "
    rf")?[^\W\d_](?:[\w'’-]{{1,24}}|t\.) ){{1,4}}?)(?:(?:{_STREET})\b|(?:{_SHORT_STREET})\b\.?)"
    rf"(?:,? (?:apt|apartment|flat|unit|suite|ste|floor|#)\.? ?#?\w{{1,6}}\b)?",
    re.I,
)
_HOUSE_THE = re.compile(rf"\b{_DOOR}\d{{1,4}}[A-Za-z]? The (?:[A-Z][\w'’-]{{2,20}})(?: [A-Z][\w'’-]{{2,20}})?\b")
_NAMED_STREET = re.compile(
    r"(?<!\w)(?P<name>(?:(?:St\. )?[A-Z][\w'’-]{1,24} ){1,3})(?:Street|Road|Avenue|Lane|Drive|Crescent|Terrace|Grove|"
    r"Boulevard|Mews|Gardens|Close|Court|Row|Hill|Way|Rd|Ave|Blvd|"
    r"Parade|Square|Walk|Place|Estate)\b"
)
_LOWER_STREET = re.compile(
    rf"\b(?:on|in|off|down|up|at|along|from|near|round) (?P<name>[a-z'’]{{3,20}}) (?:{_SURE_STREET}|drive|close)\b"
)
_BOX = re.compile(r"\bp\.? ?o\.? box \d{1,6}\b", re.I)
_UNIT = r"(?:Apt|Apartment|Suite|Ste|Flat|Unit)\.? ?#?\d{1,5}\b"
_WITH_UNIT = re.compile(
    rf"(?<![\w.])(?:\d{{1,5}}|P\.? ?O\.? Box \d{{1,6}}|[^\W\d_]{{3,25}})(?: [^\s,]{{1,25}}){{0,6}}[\s,>]{{1,6}}{_UNIT}",
    re.I,
)
_TWO_NUMBERS = re.compile(
    r"(?<![\w.])\d{2,5} (?!(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec))(?:[^\W\d_a-z][\w.'’-]{1,25} "
    r"){1,4}(?:[a-z]{1,4}\. ?)?\d{1,4}[A-Za-z]?\b\.?(?![\w%:])"
)
_MILITARY = re.compile(
    r"\b(?:PSC|Unit|CMR) \d{3,5},? Box \d{3,5}\b|\bUS(?:S|NS|NV|CGC) \w{2,20}\s{1,3}[AFD]PO A[AEP]\b", re.I
)
_CORNER = re.compile(
    r"\bcorner of (?:\d{1,5} )?[^\W\d_][\w .'’-]{2,40} and "
    r"(?:\d{1,5} )?[A-ZÀ-Ý][\w'’-]{1,25}(?: [A-ZÀ-Ý][\w'’-]{1,25}){1,2}"
)
_UNIT_ALONE = re.compile(r"\b(?:Apt\.?|Apartment|Suite|Ste\.) #?\d{1,5}\b")
# A town's words hold no digits and are given back to nobody, so that a row of names is shared out in one way only.
_BREAK = r"[\s,>?|*]{1,8}+"
_CAPITAL = r"[^\W\d_a-z](?:[^\W\d_]|['’().-]){0,25}+"
_TOWN = rf"{_CAPITAL}(?: (?:\(?{_CAPITAL}|[a-z]{{1,4}}(?=[ \n]))){{0,4}}+"
_TAIL = re.compile(
    rf"(?:{_BREAK}(?>{_UNIT}|{_TOWN})){{0,5}}(?:{_BREAK}(?:\d{{4,6}}(?:-\d{{3,4}})?|\d{{3}} \d{{2}}|[A-Z]{{1,2}}-\d{{4,5}}|"
    rf"\d{{4}} [A-Z]{{2}}|[A-Z]{{1,2}}\d[A-Z\d]? ?\d[A-Z]{{2}})|\n{_BREAK}\d{{3}}(?=\s*$))(?![\w-])"
)
_COUNTED = re.compile(r"(?:one|two)\b", re.I)
_NUMBER_BEFORE = re.compile(rf"(?:\b{_UNIT}[\s,]{{1,3}})?(?<![\w.,£$€:/-])(?:\d{{1,6}},? )?$", re.I)
_NOT_A_STREET = frozenset(
    """
    the a an my our your his her their this that main high same next right wrong other whole busy quiet long back side
    one each every down up dead middle minutes minute hours hour days day weeks week months month years year mg
    milligrams miles mile pounds quid percent per times of to in at and or but for by with from on off people steps
    sessions more less o'clock am pm was is it i you we he she they odd all out about then another any some no last
    new old wide over everybody's somebody's family county crown tennis food magistrates four quality shopping open
    car bus local slow fast country home safe long-term ways
    """.split()
)
_CARE = (
    "hospital|infirmary|clinic|surgery|hospice|ward|medical centre|medical center|health centre|health "
    "center|medical practice|day centre|day center|community centre|"
    "community center|resource centre|recovery centre|recovery center|treatment center|treatment centre|children's "
    "centre|care home|nursing home|shelter|hostel|refuge|pharmacy|"
    "unit|practice|primary school|high school|secondary school|grammar school|elementary school|middle "
    "school|nursery|school|academy|college|university|church|mosque|"
    "temple|synagogue|gurdwara|cathedral|chapel|parish|prison|jail|trust|foundation|library|bakery|haulage|motors|logistics|warehouse|"
    "foods|garage|court "
    "house"
)
_CAPS_PLACE = re.compile(
    r"(?<!\w)(?P<name>(?:(?:St\.?|Saint|Our Lady|Queen|King|Royal|[A-Z][\w'’-]{1,24}),? (?:of |and |& |the "
    r")?){1,5})(?P<what>"
    + "|".join(w.title().replace("'S", "'s") for w in _CARE.split("|"))
    + r"|Centre|Center|House|Lodge|Hall|Hotel|Café|Cafe|Ltd|Inc|LLC|Group|Bank|Bros|Brothers)\b"
)
_LOWER_PLACE = re.compile(
    rf"\b(?:at|in|to|on|from|near|into|outside|of|off|called|the) (?:the )?(?P<name>[a-z'’]{{3,20}}(?: "
    rf"[a-z'’]{{3,20}})??) (?P<what>{_CARE})\b"
)
_OF = re.compile(
    r"\b(?:University|College|Church|Bank|Hospital) of (?:the )?[A-Z][\w'’-]{2,24}(?: [A-Z][\w'’-]{2,24})?\b"
)
_JAIL = re.compile(r"\b(?:HMP|hmp|HMYOI|YOI) [A-Za-z][\w'’-]{2,24}(?: [A-Z][\w'’-]{2,24})?\b")
_WORKS_AT = re.compile(
    r"\b(?i:work(?:s|ed|ing)?|job|shifts?|nights|clean(?:s|ed|ing)?|temp(?:s|ed|ing)?|studying|study|train(?:ed|"
    r"ing)?|drive|drove|driving|volunteer(?:s|ed|ing)?) "
    r"(?:\w{1,10} ){0,2}?(?:at|for|in) (?:the )?(?P<name>[A-Z][\w'’&-]{1,24}(?:(?: (?:&|and|of) | "
    r")[A-Z][\w'’-]{1,24}){0,3})"
)
_LOWER_WORKS_AT = re.compile(
    r"\b(?:i|he|she|they) work(?:s|ed)? (?:at|for) (?P<name>[a-z'’]{3,20} (?:and|&) [a-z'’]{3,20})\b"
)
_PREPOSITION = re.compile(
    r"\b(?:in|from|to|at|near|around|through|outside|towards?|via|over in|up|down|called|live|left|for|like) $", re.I
)
_CHUNK = re.compile(r"[^\W\d_]+(?:[.'’-][^\W\d_]+)*")


def find_places(text: str, *, cased: bool) -> Iterator[Item]:
    """Find addresses, named places and towns.

    Parameters
    ----------
    text : str
        Any text, placeholders blanked.
    cased : bool
        True if the text has capitals where a writer puts them.

    Yields
    ------
    Item
        In no order; items may overlap, the surer ones win.
    """
    yield from find_addresses(text)
    if cased:
        yield from _capital_places(text)
    if text.lower() != text.upper():
        yield from _lower_places(text)
    yield from _towns(text, cased=cased)


def find_addresses(text: str) -> Iterator[Item]:
    """Find addresses; those that overlap are one.

    Parameters
    ----------
    text : str
        Any text, placeholders blanked.

    Yields
    ------
    Item
        A house with its number has a confidence of .8 or more, a street alone less.
    """
    whole: Item | None = None
    for item in sorted(_addresses(text), key=lambda i: i.start):
        if whole is None or item.start >= whole.end:
            if whole is not None:
                yield whole
            whole = item
        else:
            surer = max(whole, item, key=lambda i: i.confidence)
            whole = replace(surer, start=whole.start, end=max(whole.end, item.end))
    if whole is not None:
        yield whole


def _addresses(text: str) -> Iterator[Item]:
    for m in _HOUSE.finditer(text):
        named = m["name"].lower().split()
        if not any(w.strip(".,") in _NOT_A_STREET for w in named if w != "the") and (
            named[0] != "the" or len(named) > 1
        ):
            capital = m["name"][:1].isupper() or named[-1] not in words()
            counted = _COUNTED.match(m[0]) is not None  # "one quick way", "you two were close"
            if capital or (
                not counted
                and re.search(rf"\b(?:{_SURE_STREET}|gardens|court|drive|close|park|way|row|place)\b\.?$", m[0], re.I)
            ):
                yield _numbered(text, m.start(), m.end(), 0.9 if capital else 0.75)
    for pattern in (_HOUSE_THE, _BOX, _MILITARY, _WITH_UNIT, _TWO_NUMBERS, _CORNER, _UNIT_ALONE):
        for m in pattern.finditer(text):
            yield _numbered(text, m.start(), m.end(), 0.8)
    for start, end in streets_abroad(text):
        yield _numbered(text, start, end, 0.8)
    for m in _NAMED_STREET.finditer(text):
        parts = m["name"].split()
        while parts and parts[0].lower() in _NOT_A_STREET | {"in", "on", "at", "the", "off"}:
            parts = parts[1:]
        if parts and fold(parts[0]) not in ("god", "this", "that"):
            yield Item(m.start() + m["name"].index(parts[0]), m.end(), Kind.ADDRESS, 0.65, "the name of a street")
    for m in _LOWER_STREET.finditer(text):
        if m["name"] not in _NOT_A_STREET:
            yield Item(m.start("name"), m.end(), Kind.ADDRESS, 0.55, "the name of a street")


def _numbered(text: str, start: int, end: int, sure: float) -> Item:
    """Take in a number before a street, and what follows as far as a postcode or ZIP, if one closes it."""
    before = _NUMBER_BEFORE.search(text, max(start - 24, 0), start)
    tail = _TAIL.match(text, end)
    return Item(
        before.start() if before else start, tail.end() if tail else end, Kind.ADDRESS, sure, "a number and a street"
    )


def _capital_places(text: str) -> Iterator[Item]:
    for pattern, sure, basis in ((_OF, 0.8, "the name of a place"), (_JAIL, 0.85, "a prison")):
        for m in pattern.finditer(text):
            yield Item(m.start(), m.end(), Kind.PLACE, sure, basis)
    for m in _CAPS_PLACE.finditer(text):
        start = m.start()
        head = text[start : m.start("what")]
        parts = head.split()
        while parts and (parts[0].lower() in _NOT_A_PLACE):
            start = text.index(parts[1], start + len(parts[0])) if len(parts) > 1 else m.start("what")
            parts = parts[1:]
        if parts:
            yield Item(start, m.end(), Kind.PLACE, 0.8, "the name of a place")
    for m in _WORKS_AT.finditer(text):
        if fold(m["name"].split()[0]) not in capitalised() and m["name"].split()[0] != "I":
            yield Item(m.start("name"), m.end("name"), Kind.PLACE, 0.7, "a place of work or study")


_NOT_A_PLACE = frozenset(
    "the a an my our your his her their this that in on at to from i it and but so is was we he she they if when "
    "then old new local first primary "
    """
    secondary high nursing care intensive psychiatric mental medical children's general accident emergency every some
    any no which what
    """.split()
)
_PLAIN_BEFORE_PLACE = frozenset(
    """
    the a an my our your his her their this that local general private old new mental health psychiatric acute
    maternity children's kids nursing high primary middle secondary law medical business art night sunday day first
    last next same whole other after before back another any some one each every big little public free community
    catholic methodist baptist local village county family dental eye pain drug methadone walk sleep outpatient crisis
    women's men's food in of for and to was is got from at on i he she they it's went gone going take took through
    into out boarding driving summer nursery special same right different hospital care intensive stroke cancer heart
    recovery open locked secure young detention time charity housing assessment home warm cold winter homeless night
    victim support general practice good bad best worst wrong minor major plastic eye knee brain hip heart more it me
    him us them leave left start started finish finished
    """.split()
)


def _lower_places(text: str) -> Iterator[Item]:
    for m in _LOWER_PLACE.finditer(text):
        parts = m["name"].split()
        while parts and parts[0] in _PLAIN_BEFORE_PLACE:
            parts = parts[1:]
        if not parts or any(p in _PLAIN_BEFORE_PLACE for p in parts):
            continue
        rare = any(p.split("'")[0] not in words() or p in first_names() for p in parts)
        tree = m["what"] in (
            "ward",
            "hospital",
            "infirmary",
            "surgery",
            "primary school",
            "high school",
            "academy",
            "college",
        )
        if rare or tree:
            start = m.start("name") + m["name"].rindex(" ".join(parts))
            yield Item(start, m.end(), Kind.PLACE, 0.65 if rare else 0.55, "the name of a place")
    for m in _JAIL.finditer(text):
        yield Item(m.start(), m.end(), Kind.PLACE, 0.85, "a prison")
    for m in _LOWER_WORKS_AT.finditer(text):
        yield Item(m.start("name"), m.end("name"), Kind.PLACE, 0.6, "a place of work")


def _towns(text: str, *, cased: bool) -> Iterator[Item]:
    known = towns()
    chunks = list(_CHUNK.finditer(text))
    i = 0
    while i < len(chunks):
        for n in (3, 2, 1):
            group = chunks[i : i + n]
            if len(group) < n or any(b.start() - a.end() != 1 for a, b in itertools.pairwise(group)):
                continue
            start, end = group[0].start(), group[-1].end()
            name = fold(text[start:end])
            if n == 1 and name.endswith("'s"):
                name, end = name[:-2], end - 2
            if name in known and not (n == 1 and name in MONTHS):
                before = text[max(start - 12, 0) : start]
                capital = text[start].isupper()
                placed = _PREPOSITION.search(before) is not None
                plain = n == 1 and (name in words() or name in first_names())
                if placed and (capital or n > 1 or name not in words()):
                    yield Item(start, end, Kind.PLACE, 0.7, "a town")
                elif not plain and (capital or n > 1 or not cased):
                    yield Item(start, end, Kind.PLACE, 0.6 if capital else 0.5, "a town")
                i += n - 1
                break
        i += 1
