"""The model card: written by the training command from what it measured, never by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reflectkit.classify import Artefact
from reflectkit.learn.evaluation import DisclosureScore, Evaluation


def _two(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}".replace("0.", ".", 1)


def scores_table(evaluation: Evaluation) -> str:
    """Write an evaluation as a Markdown table.

    Parameters
    ----------
    evaluation : Evaluation
        The scores.

    Returns
    -------
    str
        One row a behaviour and a row for the macro mean.
    """
    lines = [
        "| behaviour | n | precision | recall | F1 | 90 % interval | kappa | calibration error |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for s in evaluation.scores:
        cells = (s.behaviour, str(s.n), *map(_two, (s.precision, s.recall, s.f1)), f"{_two(s.low)}–{_two(s.high)}")
        lines.append("| " + " | ".join((*cells, _two(s.kappa), f"{s.calibration_error:.3f}")) + " |")
    lines.append(
        f"| **macro** | {evaluation.utterances} | | | **{_two(evaluation.macro_f1)}** | "
        f"{_two(evaluation.macro_low)}–{_two(evaluation.macro_high)} | | |"
    )
    return "\n".join(lines)


def disclosures_table(scores: Sequence[DisclosureScore]) -> str:
    """Write the scores of directive-disclosure as a Markdown table.

    Parameters
    ----------
    scores : sequence of DisclosureScore
        As from `evaluate_disclosures`.

    Returns
    -------
    str
        One row for the annotators' codes and one for the model's.
    """
    lines = [
        "| behaviours coded by | human stretches | found | precision | recall | F1 | subtype right |",
        "|---|---|---|---|---|---|---|",
    ]
    for s in scores:
        cells = (s.codes, str(s.human), str(s.found), *map(_two, (s.precision, s.recall, s.f1, s.subtype_right)))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def write_card(artefact: Artefact, results: Mapping[str, Evaluation], more: str = "") -> str:
    """Write the card of a linear model.

    Parameters
    ----------
    artefact : Artefact
        The model.
    results : mapping of str to Evaluation
        Scores by name of what was scored.
    more : str, optional
        Further sections in Markdown.

    Returns
    -------
    str
        Markdown.
    """
    m = artefact.manifest
    data = m["data"]
    sections = [
        f"# Model `{artefact.name}`",
        "A linear model (TF-IDF of words and signs, logistic regression for each behaviour) that gives every worker utterance "
        "the probability of each behaviour of codebook 1. It sees the utterance, the worker's utterance before it, and the "
        "last words of the client. It is trained on the words as written and on a lower-case copy without punctuation.",
        "## For what, and not for what\n"
        "For feedback on one's own listening, for supervision together with the worker, and for research on groups of sessions. "
        "Not for rating, ranking, hiring or dismissing workers, not for judging a client's risk, and not for decisions about a "
        "person on its figures alone. English only. The training sessions were written for the project: real sessions differ.",
        f"## Data and licence\nTrained on {data['name']}: {data['train']['sessions']} sessions, "
        f"{data['train']['utterances']} worker utterances; thresholds chosen on the same sessions in cross-validation "
        f"and on {data['dev']['sessions']} dev sessions ({data['dev']['utterances']} utterances). "
        f"Test sessions were not read in training. Licence of the weights: {m['licence']}.",
        f"## How it was made\n`python -m reflectkit.learn.training` with scikit-learn {m['made_with']['scikit-learn']}; "
        f"C = {m['settings']['C']:g} by macro-F1 in {m['settings']['folds']}-fold cross-validation over writers "
        f"({m['settings']['cross_validated_macro_f1']:.2f} at the best threshold of each behaviour); "
        "Platt scaling on the cross-validated scores.",
    ]
    for name, evaluation in results.items():
        share = evaluation.unsure_share
        sections.append(
            f"## Scores: {name}\n{evaluation.sessions} sessions, {evaluation.utterances} utterances, as cut by the annotators. "
            f"Intervals by bootstrap over sessions.\n\n{scores_table(evaluation)}\n\n"
            f"Marked unsure: {100 * share:.0f} %. The whole set of behaviours is the human's in {_two(evaluation.exact_sure)} of the sure "
            f"and {_two(evaluation.exact_unsure)} of the unsure utterances."
        )
    if more:
        sections.append(more)
    return "\n\n".join(sections) + "\n"
