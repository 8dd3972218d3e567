"""Words that stand around names, as data."""

from __future__ import annotations

TITLES = frozenset(
    """
    mr mrs ms miss mx dr doctor prof professor pastor reverend rev imam rabbi officer constable sergeant sir dame
    auntie aunty aunt uncle saint councillor judge nurse
    """.split()
)
"""Words that stand before a name."""

KIN = frozenset(
    """
    sister brother mum mom mam dad father mother nan nana gran grandma grandmother grandad granddad grandfather
    grandpa cousin niece nephew son daughter boy girl lad kid baby wife husband partner boyfriend girlfriend fiance
    fiancee ex friend mate pal buddy neighbour neighbor flatmate roommate housemate boss manager colleague supervisor
    teacher tutor landlord landlady sponsor keyworker worker counsellor counselor therapist psychiatrist psychologist
    gp nurse carer caseworker coordinator volunteer stepdad stepmum stepson stepdaughter stepbrother stepsister twin
    granddaughter grandson grandchild godson uncle auntie aunt midwife solicitor lawyer brother-in-law sister-in-law
    ex-wife ex-husband ex-partner law wife's nurse's youngest eldest oldest middle our man woman guy fella bloke lady
    """.split()
)
"""Words for people: kin, friends, staff."""

OWNERS = frozenset(
    """
    my your his her our their the a an me this that old little big youngest eldest best ex support case social key
    peer step new other
    """.split()
)
"""Words that stand before a word of `KIN` that has a name."""

POSSESSIVE = frozenset("my your his her our their".split())
"""Whose kin it is."""

GREETINGS = frozenset("hi hey hello hiya dear cheers bye goodbye".split())
"""Words that greet somebody."""

CALLED = frozenset("called named".split())
"""Words that name somebody."""

MODALS = frozenset("will may can might must".split())
"""Names that are modal verbs, or stand where these do."""

AFTER = frozenset(
    """
    said says told tells rang rings phoned texted texts called calls asked asks goes went thinks thought reckons
    reckoned knows knew left died came comes took takes gave gives sat found finds cried cries wants wanted needs
    needed got gets made makes runs put puts was is has had were did does doesn't didn't wasn't isn't hasn't never
    always still just who looks looked lives lived loves loved hates hated used keeps kept brought helped met saw
    heard moved stopped started turned walked drove stayed slept passed introduced emailed messaged shouted screamed
    smiled laughed works worked prays prayed turned dumped fixed and or who'd who's next also even
    """.split()
)
"""Words that follow the name of somebody who does something."""

SPEAKING = frozenset(
    """
    said says told tells rang rings phoned texted texts asked asks goes reckons reckoned thinks died emailed messaged
    phones cried smiled dumped fixed introduced prayed
    """.split()
)
"""Verbs that only people do."""

ADDRESSED = frozenset(
    """
    told tell asked ask rang phoned texted met hugged thanked married buried loved visited named missed emailed
    messaged for with saw miss hugging telling asking
    """.split()
)
"""Words that somebody follows."""

NO_NAME = frozenset(
    """
    it a the my his her your our their me him them us up out in on off down around about over away back of that this
    to yourself myself himself herself everything some any no all into one
    """.split()
)
"""Words that do not follow a name, or are none."""

BEFORE_A_WORD = frozenset(
    """
    a an the my your his her our their this that some any no every each to don't didn't won't wouldn't will would can
    can't could couldn't should may might must i you we they of more less very so too
    """.split()
)
"""Words that stand before common nouns and verbs."""

ENDEARMENTS = frozenset(
    """
    love honey darling babe buddy princess sunshine treasure angel star king queen mate pal boss chief champ doll
    petal duke precious sweetheart sweetie bunny kitty poppet duck pet
    """.split()
)
"""What people call each other that is no name."""

PARTICLES = frozenset(
    "de da di du del della van von der den el al bin ibn ben la le o mac mc st abu dos das ter ten".split()
)
"""Small words inside names."""

OPENING_WORDS = frozenset(
    """
    i i'm i'd i've i'll ok okay yeah yes no um uh mm hmm oh ah hey hi hello well so and but or thanks please sorry
    right sure mhm uh-huh aye nah yep nope mhmm hiya
    """.split()
)
"""Words that open a sentence and are no name, whatever their case."""

CUED = frozenset(["after a word of kin", "after a title", "after words that name", "after a greeting"])
"""Reasons that stand before the name."""

MAY_NAME = frozenset(
    """
    it's its i'm im am with told tell ask asked against about is to that's and where's for thanks sorry morning okay
    see
    """.split()
)
"""Words that a name nobody has listed may follow."""

CONTRACTED = frozenset("hope's price's star's love's case's king's summer's".split())
"""Nouns whose ``'s`` is mostly "is"."""
