"""Who is the worker and who the client: as the caller says, by role words, or by how they talk.

The third way is a logistic regression over a few rates (questions, "you", "I", words a turn, who speaks first), fitted
by ``python -m reflectkit.learn.roles`` on `data/annotated`; its numbers are in ``roles.json`` beside this file. Where it
is not sure it says so: a wrong guess would turn every figure upside down.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import resources

from reflectkit.codebook import Role
from reflectkit.errors import TranscriptError
from reflectkit.values import RoleAssignment, Row, blank_events, count_words, fold

SURE = 0.9
"""Least probability at which roles guessed from talk are used: a wrong guess does more harm than a question."""

_MOST_SURE = 0.97
"""Highest confidence of a guess from talk: there are sessions unlike any it was fitted on."""

_LEAST_ROWS = 4
"""Rows below which no guess is made from talk."""

CONTRADICTION = 2.0
"""How many times more questions than the likeliest worker another speaker may ask: beyond, the cues contradict."""

_LARGEST_REST = 0.3
"""Share of the words that speakers without a role word may hold beside a labelled worker and client: more, and the
labels found are likely a heading ("Interviewer: J. Park") and not the speakers."""

_BOTH_LABELLED = 0.99
"""Confidence when worker and client both carry a role word (what is left is a mislabelled file)."""

_HALF_LABELLED = 0.95
"""Confidence when only one side carries a role word and the rest is taken for the other."""

_WORKER_LABELS = """
worker, w, wk, wkr, psw, pssw, psp, peer, peer worker, peer supporter, peer support, peer support worker, peer specialist,
peer support specialist, peer mentor, peer navigator, peer listener, supporter, support worker, recovery coach, recovery worker,
key worker, keyworker, case manager, case worker, caseworker, social worker, youth worker, outreach worker, counsellor, counselor,
counselling, crisis counsellor, crisis counselor, therapist, t, th, ther, helper, listener, coach, facilitator, co-facilitator,
clinician, practitioner, nurse, interviewer, int, staff, mentor, volunteer, adviser, advisor, moderator, psychologist,
psychiatrist, provider, agent, assistant, sponsor, operator, responder, call taker, helpline, bot, chatbot, co
"""
_CLIENT_LABELS = """
client, c, cl, cli, service user, serviceuser, su, patient, pt, pat, seeker, help-seeker, help seeker, support seeker, caller,
participant, member, resident, user, usr, visitor, consumer, interviewee, texter, guest, student, customer, human, peer client,
supportee, tenant, veteran
"""
_OTHER_LABELS = """
interpreter, translator, observer, narrator, unknown, unknown speaker, researcher, trainer, system,
operator message, other
"""
_ROLES: Mapping[str, Role] = {
    label.strip(): role
    for role, labels in ((Role.WORKER, _WORKER_LABELS), (Role.CLIENT, _CLIENT_LABELS), (Role.OTHER, _OTHER_LABELS))
    for label in labels.split(",")
}
_EITHER = frozenset(["p"])  # participant, patient or peer: told by the label beside it
# Also names, initials or common words: they count only beside a role word on the other side.
_AMBIGUOUS = frozenset("w c t u i th cl cli su pt pat co int wk bot human guest sponsor veteran tenant student".split())


def _plain(label: str) -> str:
    """Fold a label to what names the role: "PSW 1", "Client (Ana)" and "worker_2" are "psw", "client" and "worker"."""
    folded = " ".join(re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", label.casefold().replace("_", " ")).split())
    return re.sub(r"[ #.-]*\d{1,3}$", "", folded).strip(" .#")


def role_of_label(label: str) -> Role | None:
    """Tell the role a speaker label names.

    Parameters
    ----------
    label : str
        As found in the source.

    Returns
    -------
    Role or None
        `None` if the label is no role word.

    Examples
    --------
    >>> role_of_label("PSW 2"), role_of_label("Marlon (service user)"), role_of_label("Lisa")
    (<Role.WORKER: 'worker'>, <Role.CLIENT: 'client'>, None)
    """
    return _bracketed_role(label) or _ROLES.get(_plain(label))


def _bracketed_role(label: str) -> Role | None:
    """Return the role in brackets ("Marlon (PSW)"); Teams writes "(Guest)" after everybody from outside."""
    inside = re.search(r"[(\[]([^()\[\]]+)[)\]]", label)
    return _ROLES.get(_plain(inside[1])) if inside and _plain(inside[1]) != "guest" else None


def _is_ambiguous(label: str) -> bool:
    return _bracketed_role(label) is None and _plain(label) in _AMBIGUOUS


def assign_roles(
    rows: Sequence[Row],
    *,
    worker: str | Iterable[str] | None = None,
    client: str | Iterable[str] | None = None,
    file: str | None = None,
) -> RoleAssignment:
    """Decide which speakers are workers and which are clients.

    Parameters
    ----------
    rows : sequence of Row
        All rows read.
    worker, client : str or iterable of str, optional
        Speaker labels, capital letters ignored. If only one side is named, everybody else is on the other.
    file : str, optional
        Name for error messages.

    Returns
    -------
    RoleAssignment
        With its basis and confidence.

    Raises
    ------
    TranscriptError
        If fewer than two speak, a name is not found, a side is empty, or roles cannot be told.
    """
    speakers = list(dict.fromkeys(row.speaker for row in rows))
    found = ", ".join(map(repr, speakers[:8])) + (", …" if len(speakers) > 8 else "")
    if len(speakers) < 2:
        raise TranscriptError(
            f"only one speaker is found ({found}).",
            "A session needs a worker and a client; check the speaker labels, or name the speaker column.",
            file=file,
        )
    if worker is not None or client is not None:
        return _given(speakers, _names(worker), _names(client), found, file)
    unclear = TranscriptError(
        f"it is not clear who the worker is. Speakers found: {found}.",
        f"Name the worker, as in worker={speakers[0]!r} (--worker).",
        file=file,
    )
    labelled = _by_label(rows, speakers)
    if labelled is not None:
        if labelled.other and _share(rows, labelled.other) > _LARGEST_REST:
            raise unclear
        for role, members in ((Role.WORKER, labelled.worker), (Role.CLIENT, labelled.client)):
            if not members:
                raise TranscriptError(
                    f"no {role.value} is found: all speakers are called by words for the other side ({found}).",
                    f"Name the {role.value}, as in {role.value}={speakers[-1]!r} (--{role.value}).",
                    file=file,
                )
        return labelled
    best, probability = _by_talk(rows, speakers)
    if probability < SURE:
        raise unclear
    return RoleAssignment((best,), tuple(s for s in speakers if s != best), (), "talk", round(probability, 4))


def _share(rows: Sequence[Row], speakers: Iterable[str]) -> float:
    """Share of the words that some speakers hold, those outside any role word in a source's role column."""
    chosen = {s for s in speakers if role_of_label(s) is None}
    counts = [(row.speaker in chosen and role_of_label(row.role) is None, count_words(row.text)) for row in rows]
    return sum(n for inside, n in counts if inside) / max(sum(n for _, n in counts), 1)


def _names(value: object) -> list[str] | None:
    if value is None:
        return None
    names = [value] if isinstance(value, str) else list(value) if isinstance(value, Iterable) else [value]
    if not names or not all(isinstance(name, str) for name in names):
        raise TranscriptError(
            "worker= and client= take a speaker's label or several.", "Give strings, such as worker='Ana'."
        )
    return [str(name) for name in names]


def _given(
    speakers: list[str], worker: list[str] | None, client: list[str] | None, found: str, file: str | None
) -> RoleAssignment:
    by_folded = {fold(s): s for s in speakers}
    sides: dict[Role, list[str]] = {}
    for role, names in ((Role.WORKER, worker), (Role.CLIENT, client)):
        for name in names or ():
            speaker = by_folded.get(fold(name))
            if speaker is None:
                raise TranscriptError(
                    f"no speaker is called {name!r}. Speakers found: {found}.", f"Check {role.value}=.", file=file
                )
            sides.setdefault(role, []).append(speaker)
    if set(sides.get(Role.WORKER, ())) & set(sides.get(Role.CLIENT, ())):
        raise TranscriptError("a speaker is named as worker and as client.", "Name each speaker once.", file=file)
    named = {s for side in sides.values() for s in side}
    rest = [s for s in speakers if s not in named]
    other: list[str] = []
    if worker is not None and client is not None:
        other = rest
    else:
        sides[Role.CLIENT if worker is not None else Role.WORKER] = rest
    for role in (Role.WORKER, Role.CLIENT):
        if not sides.get(role):
            raise TranscriptError(
                f"nobody is left to be the {role.value}. Speakers found: {found}.", f"Check {role.value}=.", file=file
            )
    ordered = {role: tuple(s for s in speakers if s in side) for role, side in sides.items()}
    return RoleAssignment(ordered[Role.WORKER], ordered[Role.CLIENT], tuple(other))


def _by_label(rows: Sequence[Row], speakers: list[str]) -> RoleAssignment | None:
    roles: dict[str, Role] = {}
    for row in rows:
        if row.speaker not in roles:
            role = role_of_label(row.role) or role_of_label(row.speaker)
            if role is not None:
                roles[row.speaker] = role
    told_by_label = {s for s in roles if role_of_label(s) is roles[s]}
    sides = {r for r in roles.values() if r is not Role.OTHER}
    if len(sides) == 1 and all(_is_ambiguous(s) for s in told_by_label if roles[s] is not Role.OTHER):
        either_beside = [s for s in speakers if _plain(s) in _EITHER]
        if told_by_label and not either_beside:
            return None
    unnamed = [s for s in speakers if s not in roles]
    either = [s for s in unnamed if _plain(s) in _EITHER]
    if not sides:
        return None
    confidence = _BOTH_LABELLED
    missing = {Role.WORKER, Role.CLIENT} - sides
    if missing and unnamed:
        roles.update(dict.fromkeys(unnamed, next(iter(missing))))
        confidence = _BOTH_LABELLED if unnamed == either else _HALF_LABELLED
    members = {role: tuple(s for s in speakers if roles.get(s, Role.OTHER) is role) for role in Role}
    return RoleAssignment(members[Role.WORKER], members[Role.CLIENT], members[Role.OTHER], "labels", confidence)


# How they talk ------------------------------------------------------------------------------------------------------

_QUESTION = re.compile(
    r"\?|(?:^|[.!?\n] *)(?:(?:and|so|but|okay|ok|well|um) )?"
    r"(?:what|how|who|where|when|why|which|do|did|does|are|is|was|were|have|has|can|could|would|will)(?:'s|n't)? "
    r"(?:you|your|it|that|the|is|was|did|do|about|they|he|she)\b",
    re.IGNORECASE,
)
_YOU = re.compile(r"\b(?:you|your|yours|yourself|u|ur)\b", re.IGNORECASE)
_I = re.compile(r"\b(?:i|me|my|mine|myself|im|ive|id)\b", re.IGNORECASE)
_SMOOTHING_WORDS = 60
"""Words at the average rate added to each speaker, so that a few lines make no confident guess."""

FEATURES = ("questions", "you", "i", "words_per_turn", "first")
_AVERAGE = {"questions": 0.03, "you": 0.045, "i": 0.06}


def talk_features(rows: Sequence[Row], speaker: str) -> list[float]:
    """Describe how a speaker talks.

    Parameters
    ----------
    rows : sequence of Row
        All rows of the session.
    speaker : str
        Whose talk.

    Returns
    -------
    list of float
        One for each of `FEATURES`: rates per 10 words (smoothed), log words a row, 1.0 if they speak first.
    """
    own = [row.text for row in rows if row.speaker == speaker]
    text = "\n".join(blank_events(t)[0] for t in own)
    words = len(text.split())
    rates = []
    for name, pattern in (("questions", _QUESTION), ("you", _YOU), ("i", _I)):
        hits = sum(1 for _ in pattern.finditer(text)) + _AVERAGE[name] * _SMOOTHING_WORDS
        rates.append(10 * hits / (words + _SMOOTHING_WORDS))
    return [*rates, math.log((words + _SMOOTHING_WORDS) / (len(own) + 5)), float(rows[0].speaker == speaker)]


@cache
def _weights() -> tuple[float, ...]:
    data = json.loads(resources.files("reflectkit.read").joinpath("roles.json").read_text("utf-8"))
    return tuple(data["weights"][name] for name in FEATURES)


def _by_talk(rows: Sequence[Row], speakers: list[str]) -> tuple[str, float]:
    """Return the likeliest worker and a probability; 0.5 where the cues contradict each other."""
    features = {s: talk_features(rows, s) for s in speakers}
    scores = {s: sum(w * x for w, x in zip(_weights(), features[s], strict=True)) for s in speakers}
    ranked = sorted(speakers, key=lambda s: -scores[s])
    best, second = ranked[0], ranked[1]
    questions = FEATURES.index("questions")
    # The other cues can look exchanged, as when a client says "you" of themselves; the one who asks is hardly the client.
    contradicted = CONTRADICTION * features[best][questions] < features[second][questions]
    if contradicted or len(rows) < _LEAST_ROWS:
        return best, 0.5
    return best, min(1 / (1 + math.exp(scores[second] - scores[best])), _MOST_SURE)
