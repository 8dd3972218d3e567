"""Permission: whether the client asked for what the worker tells or advises, or agreed to hear it.

Patterns over the client's last words and the worker's offer before them; permission lasts until the client talks of
something else or declines.
"""

from __future__ import annotations

import re

from reflectkit.codebook import Role
from reflectkit.measure.volleys import is_listening_sound
from reflectkit.values import Transcript

_ASKED = re.compile(
    r"(?:what|how) did (?:you|u|ya|ye) (?!get my|know my|find me|hear|say\b|mean\b|think\b|ask\b)\w+|"
    r"what (?:helped|worked|got) (?:you|for you)|"
    r"what (?:would|should) (?:you|i) do|any (?:advice|tips|ideas)|"
    r"how (?:do|d'|did|have) ?(?:you|u) (?:manage|cope|stop|do it|get through)|"
    r"tell me what (?:you did|to do)|what do i do|how did (?:you|u) do (?:it|that)",
    re.IGNORECASE,
)
_MAY_I = re.compile(
    r"\b(?:(?:can|could|may|shall|mind if|okay if|ok if|alright if|help if) i\b.{0,30}\b(?:tell|share|say|suggest|offer|give)\b"
    r"|(?:would|do) you (?:like|want|mind)\b.{0,40}\b(?:hear|know|me to|my|what (?:i did|helped|worked)|idea|advice)\b"
    r"|(?:want|like) (?:to hear|me to tell|my advice|an idea)\b)",
    re.IGNORECASE,
)
_YES = re.compile(
    r"\W*(?:yes|yeah|yep|yup|yea|ya|aye|sure|ok|okay|please|go on|go ahead|of course|alright|all right|course|if you (?:want|like)|fine)\b",
    re.IGNORECASE,
)
_DECLINES = re.compile(
    r"\b(?:no(?! (?:problem|worries|bother))|nah|not|don['’]?t(?! (?:mind|know))|rather|but|later|another time|never mind)\b",
    re.IGNORECASE,
)


def permitted(transcript: Transcript, turn: int) -> bool:
    r"""Tell whether the client asked for the worker's way or agreed to hear it, listening sounds passed over.

    Parameters
    ----------
    transcript : Transcript
        The session.
    turn : int
        0-based turn of the worker in which the story or the advice begins.

    Returns
    -------
    bool
        True if the client's last words before it ask for it, or say yes to the worker's offer.

    Examples
    --------
    >>> said = "Worker: Can I tell you what I did?\nClient: Go on.\nWorker: I rang them every morning."
    >>> permitted(Transcript.from_text(said), 2)
    True
    """
    offer, reply = last_exchange(transcript, turn)
    return asks_for_advice(reply) or agrees(offer, reply)


def last_exchange(transcript: Transcript, turn: int) -> tuple[str, str]:
    """Return what the client said last before a turn, and the worker's words it answered.

    Parameters
    ----------
    transcript : Transcript
        The session.
    turn : int
        0-based turn.

    Returns
    -------
    offer, reply : str
        Worker's words and client's words; ``""`` where there are none. Listening sounds are passed over, a "yes" is not.
    """
    reply = ""
    for index in range(turn - 1, -1, -1):
        t = transcript.turns[index]
        if reply and t.role is Role.WORKER:
            return t.text, reply
        if not reply and t.role is Role.CLIENT and (not is_listening_sound(t.text) or _YES.match(t.text)):
            reply = t.text
    return "", reply


def asks_for_advice(said: str) -> bool:
    """Tell whether a client's words ask what the worker did or would do.

    Parameters
    ----------
    said : str
        The client's words.

    Returns
    -------
    bool
        True for "what did you do?", "what would you do?", "any tips?".

    Examples
    --------
    >>> asks_for_advice("So how did you cope?"), asks_for_advice("I can't cope.")
    (True, False)
    """
    return _ASKED.search(said) is not None


_SAYS_YES = re.compile(
    r"\W*(?:(?:oh|well|uh|um|mm|no no)\W+)*(?:yes|yeah|yep|yup|yea|ya|aye|sure|ok|okay|please|go on|go ahead|go for it|of course|alright|"
    r"all right|course|if you (?:want|like)|fine|i'd like|tell me|what is it|what was it)\b",
    re.IGNORECASE,
)
_OFFERS = re.compile(
    r"\b(?:(?:can|could|may|shall|will|should) i\b|mind if i|(?:ok|okay|alright|all right|help|good) (?:if|for me) |"
    r"(?:would|do|did) (?:you|u|ye) (?:like|want|mind|fancy)|you want (?:it|me|to hear|that)|(?:if|whenever) you want|"
    r"want (?:me|to hear|it|a)\b)",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"(?:^|[.!?,;\n]|\b(?:and|so|but|or|like|well|okay|ok|yeah|um|uh)\b)\W*+"
    r"(?:what|how|when|where|which|who|why|whats|hows|can|could|do|does|did|is|are|will|would|should|have|has) "
    r"(?:i|it|that|there|they|you|u|she|he|we|the|this|my|is|much|many|long|about|do|did|would|should|can|happens?|if|are|does)\b",
    re.IGNORECASE,
)
_OFFER_CHARACTERS = 160


def asks(said: str) -> bool:
    """Tell whether a client's words ask something, question marks or not.

    Parameters
    ----------
    said : str
        The client's words.

    Returns
    -------
    bool
        True where a part of a sentence opens as questions do.

    Examples
    --------
    >>> asks("so how many are in it"), asks("I know how many are in it.")
    (True, False)
    """
    return "?" in said or _ASKS.search(said) is not None


def offers(said: str) -> bool:
    """Tell whether a worker's last words offer something: a story, advice, a fact.

    Parameters
    ----------
    said : str
        The worker's words.

    Returns
    -------
    bool
        True for "can I tell you …", "would you like …", "you want it".

    Examples
    --------
    >>> offers("can i give you a tip on the note you want it"), offers("What was it like?")
    (True, False)
    """
    return _OFFERS.search(said[-_OFFER_CHARACTERS:]) is not None


def says_yes(said: str) -> bool:
    """Tell whether a reply opens with a yes.

    Parameters
    ----------
    said : str
        The client's words.

    Returns
    -------
    bool
        True for "yes", "go on then", "well, what is it".

    Examples
    --------
    >>> says_yes("No no, please."), says_yes("Not now.")
    (True, False)
    """
    return _SAYS_YES.match(said) is not None


def says_no(said: str) -> bool:
    """Tell whether a reply holds a no.

    Parameters
    ----------
    said : str
        The client's words.

    Returns
    -------
    bool
        True for "no", "not", "later", "another time" and the like.

    Examples
    --------
    >>> says_no("Okay, but not today."), says_no("Go on.")
    (True, False)
    """
    return _DECLINES.search(said) is not None


def agrees(offer: str, reply: str) -> bool:
    """Tell whether a reply says yes to an offer to tell or advise.

    Parameters
    ----------
    offer : str
        The worker's words before the reply.
    reply : str
        The client's words.

    Returns
    -------
    bool
        False without an offer, or when the reply takes its yes back.

    Examples
    --------
    >>> agrees("Would you like to hear what helped me?", "Yeah go on"), agrees("Can I make a suggestion?", "Okay, but not now")
    (True, False)
    """
    return _MAY_I.search(offer[-200:]) is not None and _YES.match(reply) is not None and _DECLINES.search(reply) is None
