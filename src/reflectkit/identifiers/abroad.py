"""Streets of other languages: what kind of street it is stands at the end of the name, before it, or after it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reflectkit.identifiers.wordlists import first_names, fold, towns, words

_ENDINGS = (
    "straße|strasse|str\\.|gasse|weg|allee|platz|damm|ufer|steig|zeile|ring|"  # German
    "straat|laan|plein|gracht|kade|singel|dijk|dreef|steeg|baan|"  # Dutch
    "gatan|gata|vägen|gränd|stigen|backen|torget|"  # Swedish
    "gade|vej|stræde|vænget|torvet|gaten|gate|veien|vegen|bakken|stien|svingen|"  # Danish, Norwegian
    "katu|tie|kuja|polku|raitti|rinne|"  # Finnish
    "vegur|stræti|straeti|braut|hlíð|gerði|"  # Icelandic
    "utca|útja"  # Hungarian, written as one
)
_KINDS_BEFORE = (
    "rue|chemin|quai|cours|route|impasse|allée|avenue|boulevard|"  # French
    "calle|c/|avda\\.|avenida|carrer|camino|paseo|plaza|ronda|rambla|"  # Spanish, Catalan
    "via|viale|corso|piazza|vicolo|"  # Italian
    "rua|travessa|praça|"  # Portuguese
    "ulica|ul\\.|aleja|al\\.|osiedle|os\\.|"  # Polish and its neighbours
    "strada|bulevardul"  # Romanian
)
_KINDS_AFTER = (
    "utca|út|útja|u\\.|tér|tere|körút|krt\\.|rkp\\.|rakpart|fasor|sétány|"  # Hungarian
    "tänav|tn\\.?|maantee|mnt\\.?|puiestee|pst\\.?|"  # Estonian
    "cesta|ulica|ulice|náměstí|nám\\.|námestie|třída|"  # Slavic
    "iela|gatvė|g\\.|prospekt"  # Baltic, Russian
)
_PARTICLES = r"(?:de|des|du|la|le|les|el|los|las|l'|di|dei|del|della|delle|do|da|dos|das|e|y|et|van|von|der|den|of)"
_CAPITAL = r"[^\W\d_a-zß-öø-ÿ][\w'’.-]{1,25}"
_GLUED = rf"(?P<name>[^\W\d_a-zß-öø-ÿ][\w'’-]{{2,25}}(?:{_ENDINGS}))"
_AFTER_KIND = rf"(?: {_PARTICLES})*(?: {_CAPITAL}| {_PARTICLES}){{1,5}}"
_NUMBER = r"\d{1,5}[A-Za-z]?\b\.?"
_STREETS = (
    # Jagtvej 12, Kossuth Lajos utca 5., Rua do Sol 7: the number follows.
    re.compile(rf"(?<!\w){_GLUED},? {_NUMBER}"),
    re.compile(rf"(?<!\w)(?:{_CAPITAL} ){{1,3}}(?:[^\W\d_][\w'’-]{{3,20}} )?(?:{_KINDS_AFTER}),? {_NUMBER}"),
    re.compile(rf"(?<!\w)(?i:{_KINDS_BEFORE}){_AFTER_KIND},? {_NUMBER}"),
    # 12 rue du Four, 7 Kirchgasse: it comes first.
    re.compile(rf"(?<![\w.])\d{{1,5}},? {_GLUED}(?!\w)"),
    re.compile(
        rf"(?<![\w.])\d{{1,5}},? (?i:rue|calle|via|avenida|rua|ulica|plaza|chemin|quai|corso|viale|cours|impasse|allée|avenue)"
        rf"(?: {_PARTICLES})*(?: [^\W\d_][\w'’-]{{1,20}}){{1,3}}"
    ),
)


def streets_abroad(text: str) -> Iterator[tuple[int, int]]:
    """Find streets with their number, named as in other languages than English.

    Parameters
    ----------
    text : str
        Any text, placeholders blanked.

    Yields
    ------
    (int, int)
        Start and end.

    Examples
    --------
    >>> text = "She moved to Lindenweg 14, then to 3 rue du Four."
    >>> [text[a:b] for a, b in streets_abroad(text)]
    ['Lindenweg 14', '3 rue du Four']
    """
    for pattern in _STREETS:
        for m in pattern.finditer(text):
            name = fold(m.groupdict().get("name") or "")
            if name not in first_names() and name not in words() and name not in towns():  # "I rang Lottie 3 times"
                yield m.start(), m.end()
