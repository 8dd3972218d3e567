"""The word lists that names and places are told by, loaded at first use; ``lists/README.md`` says where they come from."""

from __future__ import annotations

import unicodedata
from functools import cache
from importlib import resources

_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae", "ı": "i", "’": "'", "‘": "'"})

MONTHS = frozenset("january february march april may june july august september october november december".split())

LEANING = frozenset(
    "amir barb bob carol dean dolly don drew glen harry hazel heather holly iris jack jade jay ken lee lily maria "
    "martin matt mike "
    "nick pat peter poppy ray rob robin rosemary ruby sally sandy victor".split()
)
"""First names that are words too, but mostly names."""

_BRANDS = frozenset(
    """
    tesco asda lidl aldi sainsbury sainsburys morrisons waitrose greggs boots argos ikea walmart target costco kmart
    woolworths coles starbucks mcdonalds mcdonald's nando's costa primark poundland wetherspoons spoons spar co-op
    amazon ebay vinted deliveroo uber lyft google facebook instagram insta snapchat snap tiktok tik tok twitter
    whatsapp telegram discord reddit youtube netflix spotify disney xbox playstation nintendo zoom teams skype viber
    messenger excel powerpoint android iphone ipad samsung nokia microsoft apple sony bbc itv eastenders corrie
    samaritans childline shout mind refuge shelter barnardo's lifeline beyond blue crisis citizens advice relate nhs
    gp cpn cmht uc pip esa dla toyota corolla ford fiesta honda civic skoda volvo bmw audi nissan vauxhall hyundai kia
    hilux camry kenworth sertraline citalopram mirtazapine quetiapine fluoxetine diazepam methadone naloxone lithium
    olanzapine melatonin zopiclone prozac zoloft xanax valium ibuprofen paracetamol subutex suboxone narcan tylenol
    voltaren risperidone aripiprazole venlafaxine pregabalin gabapentin ritalin concerta propranolol lorazepam
    clozapine lamotrigine escitalopram duloxetine trazodone haloperidol ambien calpol eid ramadan diwali hanukkah
    christmas xmas easter thanksgiving halloween sabbath lent passover vaisakhi hogmanay anzac quran koran bible torah
    gita god allah jesus christ lord buddha krishna satan santa monday tuesday wednesday thursday friday saturday
    sunday mondays tuesdays wednesdays thursdays fridays saturdays sundays january february march april may june july
    august september october november december mum mam mom mummy mommy mama ma dad daddy papa pa da nan nana nanny
    gran granny grandma grandad grandpa grandfather grandmother auntie aunty aunt uncle sis bro unc abuela abuelo tita
    tito kuya ate oma opa england scotland wales ireland britain europe australia zealand kenya india china nigeria
    ghana jamaica pakistan poland covid zumba pilates ptsd adhd cbt dbt ocd aa na bpd ed alzheimer alzheimer's
    parkinson parkinson's asperger asperger's lewy crohn crohn's english british american european asian african
    christian muslim catholic jewish hindu sikh buddhist arabic spanish french german italian scottish welsh irish
    cornish polish russian chinese japanese turkish tamil urdu punjabi hindi bengali gujarati somali yoruba igbo hausa
    swahili twi tagalog filipino vietnamese thai korean nepali pashto dari farsi persian kurdish ukrainian romanian
    bulgarian hungarian czech slovak lithuanian latvian albanian serbian croatian bosnian greek dutch danish swedish
    norwegian finnish portuguese brazilian mexican nigerian ghanaian kenyan ethiopian eritrean sudanese zimbabwean
    jamaican trinidadian indian pakistani bangladeshi sri lankan afghan iraqi iranian syrian lebanese egyptian
    moroccan algerian maori aboriginal samoan tongan scouse geordie glaswegian
    """.split()
)


def fold(word: str) -> str:
    """Fold a word for look-up: lower case, no accents.

    Parameters
    ----------
    word : str
        One word.

    Returns
    -------
    str
        The folded word.
    """
    lowered = word.lower()
    if lowered.isascii():
        return lowered
    parts = unicodedata.normalize("NFKD", lowered.translate(_LETTERS))
    return "".join(c for c in parts if not unicodedata.combining(c))


@cache
def _list(name: str) -> frozenset[str]:
    return frozenset(resources.files("reflectkit.identifiers").joinpath("lists", name).read_text("utf-8").splitlines())


def first_names() -> frozenset[str]:
    """Return first names, folded.

    Returns
    -------
    frozenset of str
        About twenty thousand, of many languages.
    """
    return _list("first_names.txt")


def surnames() -> frozenset[str]:
    """Return surnames, folded; some are words too.

    Returns
    -------
    frozenset of str
        About twenty-six thousand.
    """
    return _list("surnames.txt")


def words() -> frozenset[str]:
    """Return everyday words.

    Returns
    -------
    frozenset of str
        About forty thousand, lower case.
    """
    return _list("words.txt")


def rarer_words() -> frozenset[str]:
    """Return words beyond the everyday ones.

    Returns
    -------
    frozenset of str
        About thirty thousand, lower case; none is a first name.
    """
    return _list("rarer_words.txt")


def towns() -> frozenset[str]:
    """Return towns, folded; a name may be several words.

    Returns
    -------
    frozenset of str
        About three thousand.
    """
    return _list("towns.txt")


def brands() -> frozenset[str]:
    """Return days, months, feasts, languages, brands, drugs and words of kin: what is never a name, whatever stands around it.

    Returns
    -------
    frozenset of str
        Lower case.
    """
    return _BRANDS


@cache
def capitalised() -> frozenset[str]:
    """Return words that are written with a capital and are neither names of people nor towns.

    Returns
    -------
    frozenset of str
        Countries, languages, days, brands, drugs, feasts.
    """
    return _list("proper_nouns.txt") | _BRANDS
