"""Who is the worker and who the client: as the caller says, by role words, or by how they talk.

Where talk is not sure (`reflectkit.read.talk`) the call fails and says so: a wrong guess would turn every figure upside
down.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from itertools import pairwise

from reflectkit.codebook import Role
from reflectkit.errors import TranscriptError
from reflectkit.read.swaps import labels_fit
from reflectkit.read.talk import LEAST_ROWS, MOST_ROWS, heard, probability, row_scores, side_features, side_score
from reflectkit.values import RoleAssignment, Row, count_words, fold, loosely

SURE = 0.95
"""Least probability at which roles guessed from talk are used: a wrong guess does more harm than a question."""

MINOR = 0.03
"""Share of the words up to which a third speaker is taken for a passer-by where roles are guessed from talk."""

_LARGEST_REST = 0.3
"""Share of the words that speakers without a role word may hold beside a labelled worker and client: more, and the
labels found are likely a heading ("Interviewer: J. Park") and not the speakers."""

BOTH_LABELLED = 0.99
"""Confidence before the talk is looked at when worker and client both carry a role word (what is left is a mislabelled file)."""

HALF_LABELLED = 0.95
"""The same when only one side carries a role word and the rest is taken for the other."""

_LONGEST_NAME, _MOST_WORDS, _INITIAL = 40, 4, 3
"""Characters and words of a label shown in messages, and characters of an initial with its point: what is longer is hardly
a name, and may be speech in the wrong column."""

_ENOUGH_ROWS = 12
"""Rows from which a handful of texts, each said again and again, are taken for labels."""

_WORKER_LABELS = """
worker, w, wk, wkr, psw, pssw, psp, peer, peer worker, peer supporter, peer support, peer support worker, peer specialist,
peer support specialist, peer mentor, peer navigator, peer listener, supporter, support worker, recovery coach, recovery worker,
key worker, keyworker, case manager, case worker, caseworker, social worker, youth worker, outreach worker, counsellor, counselor,
counselling, crisis counsellor, crisis counselor, therapist, t, th, ther, helper, listener, coach, facilitator, co-facilitator,
clinician, practitioner, nurse, interviewer, int, i, staff, mentor, volunteer, adviser, advisor, moderator, psychologist,
psychiatrist, provider, agent, assistant, sponsor, operator, responder, call taker, helpline, bot, chatbot, co
"""
_CLIENT_LABELS = """
client, c, cl, cli, service user, serviceuser, su, patient, pt, pat, seeker, help-seeker, help seeker, support seeker, caller,
participant, member, resident, user, usr, visitor, consumer, interviewee, texter, guest, student, customer, human, peer client,
supportee, tenant, veteran, respondent, resp, r
"""
_OTHER_LABELS = """
interpreter, translator, observer, narrator, unknown, unknown speaker, researcher, trainer, system, receptionist,
operator message, other, others, both, all, everyone, everybody, group, several speakers, multiple speakers
"""
_ROLES: Mapping[str, Role] = {
    label.strip(): role
    for role, labels in ((Role.WORKER, _WORKER_LABELS), (Role.CLIENT, _CLIENT_LABELS), (Role.OTHER, _OTHER_LABELS))
    for label in labels.split(",")
}
_EITHER = frozenset(["p"])  # participant, patient or peer: told by the label beside it
# Also names, initials or common words: they count only beside a role word on the other side.
_AMBIGUOUS = frozenset(
    "w c t u i r th cl cli su pt pat co int wk bot human guest sponsor veteran tenant student".split()
)


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


def is_named(label: str, names: Iterable[str]) -> bool:
    """Tell whether the caller names a speaker, by label or by pattern.

    Parameters
    ----------
    label : str
        As found in the source.
    names : iterable of str
        As given by the caller.

    Returns
    -------
    bool
        True if the label is one of the names or fits a pattern among them; capital letters are ignored.

    Examples
    --------
    >>> is_named("Dr Okoye", ["dr *"]), is_named("Dr Okoye", ["Okoye"])
    (True, False)
    """
    folded = fold(label)
    return any(folded == fold(name) or fnmatchcase(folded, fold(name)) for name in names)


def shown(labels: Sequence[str], most: int = 8) -> str:
    """List speaker labels for a message; one that is too long for a name, or is rather a sentence, is not shown.

    Parameters
    ----------
    labels : sequence of str
        Labels found.
    most : int, optional
        How many are listed.

    Returns
    -------
    str
        The labels, quoted, with commas between.

    Examples
    --------
    >>> shown(["Ana", "She never rang me back."])
    "'Ana', (a label of 23 characters)"
    """
    listed = [f"(a label of {len(s)} characters)" if _may_be_said(s) else repr(s) for s in labels[:most]]
    return ", ".join([*listed, *(["…"] if len(labels) > most else [])])


def _may_be_said(label: str) -> bool:
    words = label.split()
    if len(label) > _LONGEST_NAME or len(words) > _MOST_WORDS:
        return True
    numbered = len(words) == 2 and (words[1].isdigit() or len(words[1]) == 1)  # "channel 0"
    if len(words) > 1 and not numbered and role_of_label(label) is None and any(word[:1].islower() for word in words):
        return True  # "I want to die", where a wrong column was taken for the speakers
    # "Ana L." and "Sam Jr." are names
    return len(words) > 1 and (label[-1] in "?!…," or (label[-1] == "." and len(words[-1]) > _INITIAL))


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
        Speakers by label (capital letters ignored), by number in order of appearance (``"1"`` or ``"#1"``) or by pattern
        (``"Dr *"``, as in `fnmatch`); a label goes before a number or a pattern. If only one side is named, everybody
        else is on the other, but for those whose own label or role column puts them on the side named or on none: they are on
        neither.
    file : str, optional
        Name for error messages.

    Returns
    -------
    RoleAssignment
        With its basis and confidence. A speaker whose role changes in the source's role column stands on both sides.

    Raises
    ------
    TranscriptError
        If fewer than two speak, a name is not found, a side is empty, or roles cannot be told.
    """
    speakers = list(dict.fromkeys(row.speaker for row in rows))
    if _exchanged(rows, speakers):
        raise TranscriptError(
            "speaker and text look exchanged: hardly a speaker speaks twice, and all say the same.",
            "Name the two columns, or put the speaker first in each row.",
            file=file,
        )
    found = shown(speakers)
    if len(speakers) < 2:
        raise TranscriptError(
            f"only one speaker is found ({found}).",
            "A session needs a worker and a client; check the speaker labels, or name the speaker column.",
            file=file,
        )
    if worker is not None or client is not None:
        return _given(rows, speakers, _names(worker), _names(client), found, file)
    labelled = _by_label(rows, speakers)
    return _by_talk(rows, speakers, file) if labelled is None else _checked(rows, labelled, found, file)


def _exchanged(rows: Sequence[Row], speakers: Sequence[str]) -> bool:
    """Tell whether the column of the words was taken for the speaker's: then no label may be shown."""
    if len(rows) < LEAST_ROWS or 2 * len(speakers) <= len(rows):
        return False
    said = {row.text for row in rows}
    if all(map(role_of_label, said)):
        return True
    long = sum(len(speaker.split()) > 2 for speaker in speakers)  # labels are names, of a word or two
    return len(rows) >= _ENOUGH_ROWS and 1 < len(said) <= len(rows) // 4 and 2 * long > len(speakers)


def _checked(rows: Sequence[Row], labelled: RoleAssignment, found: str, file: str | None) -> RoleAssignment:
    """Refuse labels that leave a side empty or most of the talk unexplained; let the talk speak on the confidence."""
    if labelled.other and _share(rows, labelled.other) > _LARGEST_REST:
        raise _unclear(
            f"it is not clear who the worker is: speakers without a role word hold much of the talk. Speakers found: {found}.",
            labelled.other[0],
            file,
        )
    for role, members, others in (
        (Role.WORKER, labelled.worker, labelled.client),
        (Role.CLIENT, labelled.client, labelled.worker),
    ):
        if not members:
            raise TranscriptError(
                f"no {role.value} is found: all speakers are called by words for the other side ({found}).",
                f"Name the {role.value}, as in {role.value}={shown(others[-1:])} (--{role.value}).",
                file=file,
            )
    fits = labels_fit(rows, row_roles(rows, labelled))
    odds = labelled.confidence / (1 - labelled.confidence) * fits / (1 - fits)
    return RoleAssignment(
        labelled.worker, labelled.client, labelled.other, "labels", round(min(odds / (1 + odds), 0.999), 4)
    )


def _unclear(problem: str, example: str, file: str | None) -> TranscriptError:
    return TranscriptError(
        problem,
        f"Name the worker, as in worker={shown([example])}, by number (worker='1') or by pattern (worker='D*'; on the "
        "command line --worker).",
        file=file,
    )


def row_roles(rows: Sequence[Row], roles: RoleAssignment) -> list[Role]:
    """Tell the role of every row: that of its speaker, or its own where a speaker's role changes within the source.

    Parameters
    ----------
    rows : sequence of Row
        Rows in order.
    roles : RoleAssignment
        As from `assign_roles`.

    Returns
    -------
    list of Role
        One a row.
    """
    sides = {Role.WORKER: roles.worker, Role.CLIENT: roles.client, Role.OTHER: roles.other}
    of: dict[str, Role] = {}
    changing: set[str] = set()
    for role, members in sides.items():
        for speaker in members:
            if of.setdefault(speaker, role) is not role:
                changing.add(speaker)
    if not changing:
        return [of.get(row.speaker, Role.OTHER) for row in rows]
    told = []
    now: dict[str, Role] = {}
    first = {s: r for s, r in _first_roles(rows).items() if s in changing}
    for row in rows:
        if row.speaker in changing:
            now[row.speaker] = role_of_label(row.role) or now.get(row.speaker) or first[row.speaker]
        told.append(now.get(row.speaker) or of.get(row.speaker, Role.OTHER))
    return told


def _first_roles(rows: Sequence[Row]) -> dict[str, Role]:
    """Return the first role the source's role column gives each speaker."""
    words: dict[str, Role | None] = {}
    first: dict[str, Role] = {}
    for row in rows:
        if row.role and row.speaker not in first:
            if row.role not in words:
                words[row.role] = role_of_label(row.role)
            role = words[row.role]
            if role is not None:
                first[row.speaker] = role
    return first


def _share(rows: Sequence[Row], speakers: Iterable[str]) -> float:
    """Share of the words that some speakers hold, those outside any role word in a source's role column."""
    chosen = {s for s in speakers if role_of_label(s) is None}
    untold = {word for word in {row.role for row in rows} if role_of_label(word) is None}
    counts = [(row.speaker in chosen and row.role in untold, count_words(row.text)) for row in rows]
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
    rows: Sequence[Row], speakers: list[str], worker: list[str] | None, client: list[str] | None, found: str,
    file: str | None,
) -> RoleAssignment:  # fmt: skip
    sides: dict[Role, dict[str, None]] = {
        role: dict.fromkeys(s for name in names or () for s in _named(name, speakers, role, found, file))
        for role, names in ((Role.WORKER, worker), (Role.CLIENT, client))
    }
    both = [s for s in sides[Role.WORKER] if s in sides[Role.CLIENT]]
    if both:
        raise TranscriptError(
            f"a speaker is named as worker and as client: {shown(both)}.", "Name each speaker once.", file=file
        )
    rest = [s for s in speakers if s not in sides[Role.WORKER] and s not in sides[Role.CLIENT]]
    other: list[str] = []
    if worker is not None and client is not None:
        other = rest
    else:
        named, opposite = (Role.WORKER, Role.CLIENT) if worker is not None else (Role.CLIENT, Role.WORKER)
        # A second client who is called so is no worker, nor is an interpreter, unless nobody else is left to be one.
        told = {s: role_of_label(s) for s in rest} | _first_roles(rows)
        other = [s for s in rest if told[s] in (named, Role.OTHER)]
        if len(other) == len(rest):
            other = []
        sides[opposite] = dict.fromkeys(s for s in rest if s not in other)
    for role in (Role.WORKER, Role.CLIENT):
        if not sides[role]:
            raise TranscriptError(
                f"nobody is left to be the {role.value}. Speakers found: {found}.", f"Check {role.value}=.", file=file
            )
    ordered = {role: tuple(s for s in speakers if s in side) for role, side in sides.items()}
    return RoleAssignment(ordered[Role.WORKER], ordered[Role.CLIENT], tuple(other))


def _named(name: str, speakers: list[str], role: Role, found: str, file: str | None) -> list[str]:
    """Return the speakers a name given by the caller means: by label, else by number, else by pattern."""
    folded = fold(name)
    same = [s for s in speakers if fold(s) == folded] or [s for s in speakers if loosely(s) == loosely(name)]
    if same:
        return same
    number = re.fullmatch(r"#?(\d{1,6})", folded)
    if number is not None:
        if not 1 <= int(number[1]) <= len(speakers):
            raise TranscriptError(
                f"there is no speaker number {int(number[1])}. Speakers found, in order: {found}.",
                f"Check {role.value}=.",
                file=file,
            )
        return [speakers[int(number[1]) - 1]]
    fitting = [s for s in speakers if is_named(s, [name])]
    if not fitting:
        what = "fits the pattern" if any(sign in name for sign in "*?[") else "is called"
        raise TranscriptError(
            f"no speaker {what} {shown([name])}. Speakers found: {found}.", f"Check {role.value}=.", file=file
        )
    return fitting


def _by_label(rows: Sequence[Row], speakers: list[str]) -> RoleAssignment | None:
    by_name = {s: role for s in speakers if (role := role_of_label(s)) is not None}
    roles = by_name | _first_roles(rows)
    told_by_label = {s for s in roles if by_name.get(s) is roles[s]}
    changes = _changes(rows)
    sides = {r for r in (*roles.values(), *(r for own in changes.values() for r in own)) if r is not Role.OTHER}
    if len(sides) == 1 and all(_is_ambiguous(s) for s in told_by_label if roles[s] is not Role.OTHER):
        either_beside = [s for s in speakers if _plain(s) in _EITHER]
        if told_by_label and not either_beside:
            return None
    unnamed = [s for s in speakers if s not in roles]
    either = [s for s in unnamed if _plain(s) in _EITHER]
    if not sides:
        return None
    confidence = BOTH_LABELLED
    missing = {Role.WORKER, Role.CLIENT} - sides
    if missing and unnamed:
        roles.update(dict.fromkeys(unnamed, next(iter(missing))))
        confidence = BOTH_LABELLED if unnamed == either else HALF_LABELLED
    members = {role: tuple(s for s in speakers if role in changes.get(s, (roles.get(s, Role.OTHER),))) for role in Role}
    return RoleAssignment(members[Role.WORKER], members[Role.CLIENT], members[Role.OTHER], "labels", confidence)


def _changes(rows: Sequence[Row]) -> dict[str, frozenset[Role]]:
    """Return the speakers to whom the source's role column gives several roles, with these."""
    told: dict[str, set[Role]] = {}
    for speaker, word in dict.fromkeys((row.speaker, row.role) for row in rows if row.role):
        role = role_of_label(word)
        if role is not None:
            told.setdefault(speaker, set()).add(role)
    return {speaker: frozenset(own) for speaker, own in told.items() if len(own) > 1}


def _by_talk(rows: Sequence[Row], speakers: list[str], file: str | None) -> RoleAssignment:
    worker, client, other, probable = guess(rows, speakers)
    if probable < SURE:
        hint = f" How they talk points to {shown(worker)}, but not surely ({probable:.2f})." if probable > 0.5 else ""
        raise _unclear(f"it is not clear who the worker is. Speakers found: {shown(speakers)}.{hint}", worker[0], file)
    return RoleAssignment(tuple(worker), tuple(client), tuple(other), "talk", round(probable, 4))


def guess(rows: Sequence[Row], speakers: Sequence[str]) -> tuple[list[str], list[str], list[str], float]:
    """Guess roles from how the speakers talk.

    Several speakers are ranked by how much they talk as workers do, and parted where the gap is widest. Third speakers
    with no more than `MINOR` of the words or a single row, and those called by a word such as "interpreter", are neither.

    Parameters
    ----------
    rows : sequence of Row
        Rows in order.
    speakers : sequence of str
        Labels in order of appearance, at least two.

    Returns
    -------
    worker, client, other : list of str
        Labels in order of appearance.
    probability : float
        That no role is wrong, at least 0.5.
    """
    seen = rows[:MOST_ROWS]
    texts = [heard(row.text) for row in seen]
    features = side_features(texts, [row.speaker for row in seen], row_scores(texts))
    words: dict[str, int] = dict.fromkeys(speakers, 0)
    for row, text in zip(seen, texts, strict=True):
        words[row.speaker] += len(text.split())
    small = MINOR * sum(words.values())
    often = {s for s, n in Counter(row.speaker for row in seen).items() if n > 1}
    main = [s for s in features if words[s] > small and s in often and role_of_label(s) is not Role.OTHER]
    if len(main) < 2:
        main = sorted(features, key=lambda s: -words[s])[:2]
    if len(main) < 2:
        return [speakers[0]], list(speakers[1:]), [], 0.5
    ranked = sorted(main, key=lambda s: -side_score(features[s]))
    gaps = [side_score(features[a]) - side_score(features[b]) for a, b in pairwise(ranked)]
    widest, *others = sorted(gaps, reverse=True)
    cut = gaps.index(widest) + 1
    workers, clients = set(ranked[:cut]), set(ranked[cut:])
    sure = probability(features[ranked[cut - 1]], features[ranked[cut]]) if len(seen) >= LEAST_ROWS else 0.5
    for gap in others:  # the sides might as well be parted there
        sure *= 1 / (1 + math.exp(max(gap - widest, -50.0)))
    return (
        [s for s in speakers if s in workers],
        [s for s in speakers if s in clients],
        [s for s in speakers if s not in workers and s not in clients],
        max(sure, 0.5),
    )
