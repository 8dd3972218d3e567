"""Every measure in one place: name, unit, formula, range, when it is undefined, where it comes from, and a worked example.

Tables in the README, the report's help and ``reflectkit measures`` are made from these entries, and the values themselves:
a count is a quantity of `Balance`, a ratio is one quantity over the sum of others.
"""

from __future__ import annotations

from dataclasses import dataclass

from reflectkit.codebook import BEHAVIOURS, Behaviour

LEAST_EVENTS = 5
"""Events a share or ratio of behaviours must rest on: ten annotators of one session differ by a factor of two in its
reflections for each question, and on a handful of events one of them decides."""

LEAST_ANSWERS = 3
"""Answers of the client from which their mean length is worth telling."""


@dataclass(frozen=True, slots=True)
class Measure:
    """The definition of a measure.

    Attributes
    ----------
    name : str
        As in `Analysis.metrics`.
    label : str
        Name for people.
    unit : str
        ``"words"``, ``"turns"``, ``"utterances"``, ``"stretches"``, ``"passages"``, ``"seconds"``, ``"share"`` (0 to 1), ``"ratio"`` (0 and
        up), ``"per 1,000 words"`` or ``"per 10 minutes"``.
    over : str
        Quantity of `Balance` that is counted, or the numerator.
    under : tuple of str
        Quantities whose sum is the denominator; empty for counts.
    scale : float
        What the ratio is multiplied by.
    least : int
        Smallest number of events: below, the measure is `None`.
    rests_on : str
        Quantity that counts those events; ``""`` for the denominator itself.
    formula : str
        How it is computed, in words.
    undefined : str
        When it is `None`; ``""`` if never.
    source : str
        Where it comes from.
    example : float or None
        Its value in the worked example (`EXAMPLE`).
    doubted : bool
        True where the value rests on the model's decisions and how sure it is of them is not estimated: it has no interval.
    """

    name: str
    label: str
    unit: str
    over: str
    under: tuple[str, ...] = ()
    scale: float = 1.0
    least: int = 1
    rests_on: str = ""
    formula: str = ""
    undefined: str = ""
    source: str = ""
    example: float | None = None
    doubted: bool = False

    @property
    def range(self) -> str:
        """Lowest and highest value."""
        if self.unit == "share":
            return "0 to 1"
        return "0 and up"

    @property
    def whole(self) -> bool:
        """True if the numerator is counted in the denominator too."""
        return self.over in self.under


_TALK = "talk time in MITI 4.2.1 and CORE-MI, counted in words"
_MITI = "MITI 4.2.1 (Moyers et al. 2014)"
_BOOK = "codebook 1"
DEFINED_HERE = "defined here"
"""Source of a measure that is nobody else's."""

EXAMPLE = (
    ("worker", (("Hi again.", "other"), ("How has the week been?", "open_question"))),
    ("client", "Bad. I'm worn out, I cried at work and nobody noticed."),
    ("worker", (("You cried at work and nobody noticed.", "reflection"), ("That would wear anyone out.", "validation"))),
    ("client", "Yeah."),
    ("worker", (("Did you tell your sister?", "closed_question"),)),
    ("client", "No. She has enough on, I feel so stuck."),
    (
        "worker",
        (
            ("I was stuck like that after my own divorce.", "self_disclosure"),
            ("I rang my sister every night, so ring yours tonight.", "self_disclosure|directive"),
        ),
    ),
    ("client", "Maybe."),
    ("worker", (("What would you want from her?", "open_question"),)),
    ("client", "That she sits with me, that's all."),
    ("worker", (("Somebody to sit with you.", "reflection"), ("Is she near?", "closed_question"))),
    ("client", "Ten minutes."),
    ("worker", (("Do you want her there Sunday or after?", "closed_question"), ("The drop-in is open Sundays.", "information"))),
    ("client", "Sunday, then."),
)  # fmt: skip
"""A session small enough to be counted by hand: speakers, the worker's utterances with their codes, the client's words."""


def _count(
    name: str,
    label: str,
    unit: str,
    formula: str,
    source: str = "",
    example: float | None = None,
    *,
    doubted: bool = False,
) -> Measure:
    return Measure(name, label, unit, name, formula=formula, source=source, example=example, doubted=doubted)


_SHARED = {Behaviour.OTHER: "other_said"}  # listening sounds are `other`, and stand outside the shares


def _behaviours() -> tuple[Measure, ...]:
    counts = dict(zip(BEHAVIOURS, (2, 3, 2, 1, 2, 1, 1, 1), strict=True))
    found: list[Measure] = []
    for b, n in counts.items():
        found += [
            Measure(f"n_{b}", f"Utterances with {b.label}", "utterances", f"n_{b}",
                    formula=f"utterances that carry {b}", source=_BOOK, example=n),
            Measure(f"share_{b}", f"Share of utterances with {b.label}", "share", _SHARED.get(b, f"n_{b}"), ("units",), least=LEAST_EVENTS,
                    formula=f"{'those of n_other' if b in _SHARED else f'n_{b}'} / utterances that are more than a listening sound", source=DEFINED_HERE,
                    undefined=f"there are fewer than {LEAST_EVENTS} such utterances", example=n / 12),
            Measure(f"{b}_per_1000_words", f"{b.label.capitalize()} in 1,000 words of the worker", "per 1,000 words", f"n_{b}",
                    ("worker_words",), 1000.0, LEAST_WORDS, formula=f"1000 * n_{b} / worker_words",
                    undefined=f"the worker says fewer than {LEAST_WORDS} words", source=DEFINED_HERE),
            Measure(f"{b}_per_10_minutes", f"{b.label.capitalize()} in ten minutes", "per 10 minutes", f"n_{b}", ("session_seconds",), 600.0,
                    LEAST_SECONDS, formula=f"600 * n_{b} / seconds of the session",
                    undefined=f"times are not known, or there are fewer than {LEAST_SECONDS} seconds", source=DEFINED_HERE),
            Measure(f"answer_after_{b}", f"Length of the client's answer after {b.label}", "ratio", f"words_after_{b}", (f"expected_after_{b}",),
                    least=LEAST_ANSWERS, rests_on=f"answers_after_{b}",
                    formula=f"words of the client's answers to volleys that end in {b} / as many answers of the session's mean length; an answer is all the client says until the worker's next volley that is more than a listening sound",
                    undefined=f"there are fewer than {LEAST_ANSWERS} such turns, or the client says nothing",
                    source="after Apodaca et al. 2016, in words and against the session's own mean"),
        ]  # fmt: skip
    kinds = len(found) // len(counts)
    return tuple(m for kind in range(kinds) for m in found[kind::kinds])


LEAST_WORDS = 100
"""Words of the worker a rate must rest on."""

LEAST_SECONDS = 120
"""Seconds a rate must rest on."""

MEASURES: tuple[Measure, ...] = (
    _count("worker_words", "Words of the worker", "words", "words in all worker turns; event marks hold none", example=70),
    _count("client_words", "Words of the client", "words", "words in all client turns; event marks hold none", example=33),
    _count("worker_turns", "Turns of the worker", "turns", "stretches of the worker's talk until somebody else speaks", example=7),
    _count("client_turns", "Turns of the client", "turns", "stretches of the client's talk until somebody else speaks", example=7),
    Measure("talk_ratio", "Words of the worker for each word of the client", "ratio", "worker_words", ("client_words",),
            formula="worker_words / client_words", undefined="the client said nothing", source=_TALK, example=70 / 33),
    Measure("worker_talk_share", "Worker's share of the words", "share", "worker_words", ("worker_words", "client_words"),
            formula="worker_words / (worker_words + client_words)", undefined="nobody said anything", source=_TALK, example=70 / 103),
    Measure("worker_time_share", "Worker's share of the talking time", "share", "worker_seconds", ("worker_seconds", "client_seconds"), least=0,
            formula="seconds of worker rows / seconds of worker and client rows",
            undefined="a row with words has no start or no end, or no time passes", source=_TALK),
    *(
        Measure(f"worker_talk_share_{place}_third", f"Worker's share of the words in the {place} third", "share",
                f"worker_words_{place}_third", (f"worker_words_{place}_third", f"client_words_{place}_third"),
                formula=f"as worker_talk_share, over the {place} third of the session's words", undefined="nobody said anything",
                source=DEFINED_HERE, example=example)
        for place, example in (("first", 22 / 34), ("middle", 24 / 34), ("last", 24 / 35))
    ),
    _count("longest_worker_turn_words", "Longest turn of the worker", "words", "most words in one worker turn", example=19),
    _count("longest_client_turn_words", "Longest turn of the client", "words", "most words in one client turn", example=11),
    _count("longest_worker_stretch_words", "Longest stretch of the worker", "words",
           "most words of the worker in which the client gives nothing but listening sounds", DEFINED_HERE, 19),
    _count("longest_client_stretch_words", "Longest stretch of the client", "words",
           "most words of the client in which the worker gives nothing but listening sounds", DEFINED_HERE, 11),
    _count("lecture_words", "Words in the worker's long stretches", "words", "words in worker stretches of at least 75 words", DEFINED_HERE, 0),
    Measure("lecture_share", "Share of the worker's words in long stretches", "share", "lecture_words", ("worker_words",),
            formula="lecture_words / worker_words", undefined="the worker said nothing", source=DEFINED_HERE, example=0.0),
    _count("worker_listening_sounds", "Listening sounds of the worker", "turns", "worker turns that are nothing but a listening sound", DEFINED_HERE, 0),
    _count("client_listening_sounds", "Listening sounds of the client", "turns", "client turns that are nothing but a listening sound and do not answer a closed question", DEFINED_HERE, 1),
    Measure("response_gap", "Pause before the worker answers", "seconds", "response_gap_seconds", ("responses_timed",), least=LEAST_EVENTS,
            formula="mean silence from the end of the talk before to the worker's start, 0 where they overlap; after a client's listening sound none is counted",
            undefined=f"times are not known, or there are fewer than {LEAST_EVENTS} answers", source=DEFINED_HERE),
    Measure("overlaps", "Turns that begin before the other has ended", "turns", "overlaps", formula="turns of worker and client that overlap the one before",
            undefined="times are not known", source=DEFINED_HERE),
    _count("worker_utterances", "Utterances of the worker", "utterances", "all utterances cut from worker turns", example=12),
    _count("worker_volleys", "Volleys of the worker", "volleys", "stretches of worker utterances that no more than a listening sound interrupts", _MITI, 6),
    _count("unsure_utterances", "Utterances the model is unsure of", "utterances", "utterances marked unsure", example=0),
    _count("n_question", "Utterances that ask", "utterances", "utterances that carry an open or closed question", _BOOK, 5),
    *_behaviours(),
    Measure("open_question_share", "Open among all questions", "share", "n_open_question", ("n_open_question", "n_closed_question"),
            least=LEAST_EVENTS, formula="n_open_question / (n_open_question + n_closed_question)",
            undefined=f"there are fewer than {LEAST_EVENTS} questions", source=_MITI, example=0.4),
    Measure("reflections_per_question", "Reflections for each question", "ratio", "n_reflection", ("n_question",), least=LEAST_EVENTS,
            formula="n_reflection / n_question", undefined=f"there are fewer than {LEAST_EVENTS} questions", source=_MITI, example=0.4),
    _count("directives_with_permission", "Directives the client asked for or agreed to", "utterances",
           "directives flagged with_permission", f"{_BOOK}; {_MITI}", 0),
    _count("directives_without_permission", "Directives nobody asked for", "utterances", "directives not flagged with_permission", f"{_BOOK}; {_MITI}", 1),
    _count("directives_without_listening", "Volleys that advise after a feeling, before listening", "volleys",
           "volleys whose first directive comes after a client's turn that names a feeling, before or without a reflection or validation", DEFINED_HERE, 1),
    _count("client_words_before_directive", "Words of the client before the first directive", "words",
           "client's words before it, summed over the sessions that have one", DEFINED_HERE, 21, doubted=True),
    _count("self_disclosures", "Stretches of self-disclosure", "stretches", "stretches of neighbouring utterances with self_disclosure", _BOOK, 1),
    _count("self_disclosure_words", "Words of self-disclosure", "words", "words of utterances with self_disclosure", DEFINED_HERE, 19),
    Measure("self_disclosure_word_share", "Share of the worker's words that are self-disclosure", "share", "self_disclosure_words", ("worker_words",),
            least=LEAST_WORDS, formula="self_disclosure_words / worker_words", undefined=f"the worker says fewer than {LEAST_WORDS} words", source=DEFINED_HERE),
    Measure("focus_returned_share", "Stories after which the focus returns to the client", "share", "focus_returned", ("self_disclosures",),
            least=LEAST_EVENTS, formula="stretches of self-disclosure with a question, reflection or validation in their last sentence or after them in the volley (advice in a question's clothes is none) / all of them",
            undefined=f"there are fewer than {LEAST_EVENTS} stretches", source=_BOOK),
    _count("directive_disclosure_count", "The worker's own story used to steer", "stretches", "stretches of directive-disclosure, both subtypes",
           "codebook 1; MITI 4.2 counts it as persuading", 1),
    _count("directive_disclosures_steer", "The worker's own story used to steer, nobody asked", "stretches",
           "stretches of directive-disclosure of subtype steer", _BOOK, 1),
    _count("directive_disclosures_with_permission", "The worker's own way told because the client asked", "stretches",
           "stretches of directive-disclosure of subtype with_permission", _BOOK, 0),
    _count("reflections_tied", "Reflections that share words with the client", "utterances",
           "reflections that share a content word with one of the client's last three turns", DEFINED_HERE, 2, doubted=True),
    _count("reflections_repeating", "Reflections that only repeat", "utterances",
           "reflections of whose content words the client said at least four in five", DEFINED_HERE, 1, doubted=True),
    _count("n_minimising", "Utterances that play the trouble down", "utterances", "utterances flagged minimising", _BOOK, 0),
    _count("n_leading", "Leading questions", "utterances", "questions flagged leading", _BOOK, 0),
    _count("n_why", "Why-questions", "utterances", "questions that ask for reasons with 'why'", _BOOK, 0),
    _count("n_stacked", "Stacked questions", "utterances", "questions flagged stacked", _BOOK, 0),
    _count("n_unanswered", "Questions left no room", "utterances",
           "last questions of a turn after which the worker says at least five more words that do something", DEFINED_HERE, 1),
    _count("safety_questions", "Questions about safety", "utterances", "the worker's questions that are about safety more probably than not (passages to read begin far lower); never marked down", _BOOK, 0, doubted=True),
    _count("worker_safety_passages", "Safety passages of the worker, for a person to read", "passages", "utterances flagged safety", _BOOK, 0, doubted=True),
    _count("client_safety_passages", "Safety passages of the client, for a person to read", "passages", "client turns flagged safety", _BOOK, 0, doubted=True),
    _count("safety_passages", "Safety passages of both, for a person to read", "passages", "worker_safety_passages + client_safety_passages", _BOOK, 0, doubted=True),
)  # fmt: skip
"""All measures, in the order of `Analysis.metrics`."""

BY_NAME = {measure.name: measure for measure in MEASURES}


def example_text() -> str:
    """Return the worked example as lines of text with the worker's codes in brackets.

    Returns
    -------
    str
        One line a turn.
    """
    lines = []
    for who, said in EXAMPLE:
        words = said if isinstance(said, str) else " ".join(f"{text} [{codes}]" for text, codes in said)
        lines.append(f"{who}: {words}")
    return "\n".join(lines)


def markdown() -> str:
    """Return all definitions as a Markdown page.

    Returns
    -------
    str
        The worked example and a table, one row a measure.
    """
    rows = []
    for m in MEASURES:
        example = "" if m.example is None else f"{m.example:.4g}"
        cells = (f"`{m.name}`", m.label, m.unit, m.range, m.formula, m.undefined, m.source, example)
        rows.append("| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |")
    return "\n".join(
        [
            "# Measures",
            "",
            "Made by `reflectkit measures --markdown` from the definitions that compute the values. Undefined measures are `None` and say why",
            "(`metrics.reason(name)`). Counts that rest on the model's decisions have 90 % intervals; for "
            f"{', '.join(f'`{m.name}`' for m in MEASURES if m.doubted)} none is estimated.",
            "The last column is the value in this session, counted by hand:",
            "",
            "```",
            example_text(),
            "```",
            "",
            "| measure | what it is | unit | range | formula | undefined when | source | in the example |",
            "|---|---|---|---|---|---|---|---|",
            *rows,
            "",
            '**Two ways of counting.** By utterance (the default), every utterance counts for each behaviour it carries. By volley (`counting="volley"`, after',
            'MITI 4.2.1), the unit is the worker\'s talk until the client takes the floor; a client\'s "mm" or "yeah" does not end it; a "yeah" that answers a closed question does. Each behaviour',
            "counts once a volley, and all questions of a volley are one: open, if any of them is. In the example above the two self-disclosures stand in one volley and count once;",
            "the questions stand in five volleys and stay five.",
            "",
        ]
    )
