"""Every measure in one place: name, unit, formula, range, when it is undefined, and where it comes from.

Tables in the README, the report's help and ``reflectkit measures`` are made from these entries.
"""

from __future__ import annotations

from dataclasses import dataclass

from reflectkit.codebook import BEHAVIOURS


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
        ``"words"``, ``"turns"``, ``"utterances"``, ``"stretches"``, ``"share"`` (0 to 1) or ``"ratio"`` (0 and up).
    formula : str
        How it is computed from counts.
    undefined : str
        When it is `None`; ``""`` if never.
    source : str
        Where it comes from.
    """

    name: str
    label: str
    unit: str
    formula: str
    undefined: str = ""
    source: str = ""


_TALK = "talk time in MITI 4.2.1 and Lyssn/CORE-MI, counted in words"
_MITI = "MITI 4.2.1 (Moyers et al. 2014), counted by utterance"

MEASURES: tuple[Measure, ...] = (
    Measure("worker_words", "Words of the worker", "words", "words in all worker turns; event marks hold none"),
    Measure("client_words", "Words of the client", "words", "words in all client turns; event marks hold none"),
    Measure("worker_turns", "Turns of the worker", "turns", "stretches of the worker's talk until somebody else speaks"),
    Measure("client_turns", "Turns of the client", "turns", "stretches of the client's talk until somebody else speaks"),
    Measure("talk_ratio", "Words of the worker for each word of the client", "ratio", "worker_words / client_words",
            "the client said nothing", _TALK),
    Measure("worker_talk_share", "Worker's share of the words", "share", "worker_words / (worker_words + client_words)",
            "nobody said anything", _TALK),
    Measure("worker_time_share", "Worker's share of the talking time", "share",
            "seconds of worker rows / seconds of worker and client rows",
            "a row with words has no start or no end, or no time passes", _TALK),
    Measure("longest_worker_turn_words", "Longest turn of the worker", "words", "most words in one worker turn"),
    Measure("longest_client_turn_words", "Longest turn of the client", "words", "most words in one client turn"),
    Measure("worker_utterances", "Utterances of the worker", "utterances", "all utterances cut from worker turns"),
    Measure("unsure_utterances", "Utterances the model is unsure of", "utterances", "utterances marked unsure"),
    *(
        Measure(f"n_{b.value}", f"Utterances with {b.label}", "utterances", f"utterances that carry {b.value}", "", "codebook 1")
        for b in BEHAVIOURS
    ),
    Measure("open_question_share", "Open among all questions", "share",
            "n_open_question / (n_open_question + n_closed_question)", "there is no question", _MITI),
    Measure("reflections_per_question", "Reflections for each question", "ratio",
            "n_reflection / utterances that carry an open or closed question", "there is no question", _MITI),
    Measure("directive_disclosure_count", "The worker's own story used to steer", "stretches",
            "stretches of directive-disclosure, both subtypes", "", "codebook 1; MITI 4.2 counts it as persuading"),
)  # fmt: skip
"""All measures, in the order of `Analysis.metrics`."""

BY_NAME = {measure.name: measure for measure in MEASURES}
