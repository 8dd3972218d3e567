"""Tables of scores, and the model card: written by commands from what they measured, never by hand."""

from __future__ import annotations

import os
import random
from collections.abc import Mapping, Sequence
from pathlib import Path

from reflectkit.classify import Artefact, Classifier, decide
from reflectkit.classify.classifier import EVIDENCE_SHARE
from reflectkit.codebook import BEHAVIOURS
from reflectkit.learn.behaviour_tests import RULES, TestScore, case_utterance, rule_failures, run_behaviour_tests
from reflectkit.learn.corpus import Corpus
from reflectkit.learn.counting import STRETCHES, CountScore, error_rates, evaluate_counts
from reflectkit.learn.evaluation import (
    SEED,
    DisclosureScore,
    Evaluation,
    confusion,
    evaluate,
    evaluate_disclosures,
    faithfulness,
    reliability,
    risk_coverage,
)
from reflectkit.learn.noise import mishear, recognised
from reflectkit.learn.public import PublicScore, annotated_rows, evaluate_public, macro_f1
from reflectkit.learn.slices import SliceScore, evaluate_slices
from reflectkit.plot import reliability as draw_reliability
from reflectkit.values import Utterance

LEAST_COUNTED = 10
"""Utterances a session must have, on the mean, for its counts to be worth a table."""

EXAMPLES = 20
"""Failing cases shown in a card."""

WATTS_A_CORE = 10
"""Power of a busy server core, for a rough figure of energy."""

_NOT_FOR = (
    "For feedback on one's own listening, for supervision together with the worker, and for research on groups of sessions. "
    "Not for rating, ranking, hiring or dismissing workers, not for judging a client's risk, and not for decisions about a "
    "person on its figures alone. English only. What it learned from was written for the project or is public (the table below tells "
    "which), and none of it is real peer support: your sessions differ."
)
_KINDS = {
    "encoder": "A small transformer (MiniLM, six layers, eight-bit weights) fine-tuned for the codebook, with an attention over the "
    "utterance's words and a logistic regression for each behaviour. It sees the utterance, the last 30 words of the client and the last "
    "15 words of the worker's utterance before. The log-odds of a behaviour are a sum over the utterance's words, which is where "
    "the evidence comes from.",
    "linear": "A linear model (TF-IDF of words and signs, logistic regression for each behaviour). It sees the utterance, the worker's "
    "utterance before it and the last 25 words of the client. It needs no ONNX Runtime.",
}
_AROUND = (
    " In a session the probabilities of the worker's utterances before and after it, of the turns before and after and of the whole "
    "session have a say after that, by weights fitted on sessions held out of its training (of a linear model in cross-validation)."
)


def _two(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}".replace("0.", ".", 1)


def _percent(value: float) -> str:
    return f"{100 * value:.0f} %"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    first, *rest = ("| " + " | ".join(cells) + " |" for cells in (head, *rows))
    return "\n".join((first, "|" + "---|" * len(head), *rest))


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
    return _table(
        ("behaviours coded by", "human stretches", "found", "precision", "recall", "F1", "subtype right"),
        [
            (s.codes, str(s.human), str(s.found), *map(_two, (s.precision, s.recall, s.f1, s.subtype_right)))
            for s in scores
        ],
    )


def errors_table(scores: Sequence[DisclosureScore]) -> str:
    """Write what was missed or found for nothing, one by one, as a Markdown table without words.

    Parameters
    ----------
    scores : sequence of DisclosureScore
        As from `evaluate_disclosures`.

    Returns
    -------
    str
        One row an error: whose behaviours it rested on, session, turn and kind; near-misses by their annotated kind.
    """
    rows = [(s.codes, name, str(turn), what) for s in scores for name, turn, what in s.errors]
    return _table(("behaviours coded by", "session", "turn", "error"), rows) if rows else "No error."


def public_table(scores: Mapping[str, Sequence[PublicScore]]) -> str:
    """Write scores on public corpora as a Markdown table.

    Parameters
    ----------
    scores : mapping of str to sequence of PublicScore
        By name of the file.

    Returns
    -------
    str
        One row a corpus and behaviour, and a macro mean for each corpus.
    """
    rows = []
    for name, own in scores.items():
        rows += [
            (name, s.behaviour, str(s.rows), str(s.positives), _two(s.f1), f"{_two(s.low)}–{_two(s.high)}") for s in own
        ]
        rows.append((name, "**macro**", "", "", f"**{_two(macro_f1(own))}**", ""))
    return _table(("corpus", "behaviour", "rows", "with it", "F1", "90 % interval"), rows)


def counts_table(scores: Sequence[CountScore]) -> str:
    """Write scores of session counts as a Markdown table.

    Parameters
    ----------
    scores : sequence of CountScore
        As from `evaluate_counts`.

    Returns
    -------
    str
        One row a behaviour and a row of means.
    """
    rows = [
        (
            s.behaviour,
            *(f"{x:.1f}" for x in (s.mean, s.decided_error)),
            "-" if s.adjusted_error is None else f"{s.adjusted_error:.1f}",
            f"{s.expected_error:.1f}",
            f"{s.averaged_error:.1f}",
            _percent(s.coverage),
            _percent(s.nominal),
            f"{s.width:.1f}",
        )
        for s in scores
    ]
    own = [s for s in scores if s.behaviour != STRETCHES]
    if not own:
        return "Too few rows of every behaviour to compare counts.\n"
    means = [
        sum(getattr(s, key) for s in own) / len(own)
        for key in ("mean", "decided_error", "expected_error", "averaged_error", "coverage", "nominal", "width")
    ]
    adjusted = [s.adjusted_error for s in own if s.adjusted_error is not None]
    corrected = f"{sum(adjusted) / len(adjusted):.1f}" if adjusted else "-"
    count, decisions, *others = (f"{x:.1f}" for x in means[:4])
    rows.append(
        ("**mean of behaviours**", count, decisions, corrected, *others, *map(_percent, means[4:6]), f"{means[6]:.1f}")
    )
    return _table(
        (
            "behaviour",
            "annotators' count",
            "error, decisions",
            "error, corrected",
            "error, probabilities",
            "error, mean of both",
            "interval holds",
            "should hold",
            "interval's width",
        ),
        rows,
    )


def behaviour_tests_table(scores: Sequence[TestScore]) -> str:
    """Write behaviour tests as a Markdown table.

    Parameters
    ----------
    scores : sequence of TestScore
        As from `run_behaviour_tests`.

    Returns
    -------
    str
        One row a test and a row for all.
    """
    rows = [(s.test, s.kind, str(s.cases), str(s.failures), _percent(s.failures / s.cases)) for s in scores]
    cases, failures = sum(s.cases for s in scores), sum(s.failures for s in scores)
    rows.append(("**all**", "", str(cases), str(failures), _percent(failures / max(cases, 1))))
    return _table(("test", "kind", "cases", "fail", "failure rate"), rows)


def slices_table(scores: Sequence[SliceScore]) -> str:
    """Write scores of groups of sessions as a Markdown table.

    Parameters
    ----------
    scores : sequence of SliceScore
        As from `evaluate_slices`.

    Returns
    -------
    str
        One row a group.
    """
    rows = [
        (
            s.of,
            s.group,
            str(s.sessions),
            str(s.utterances),
            _two(s.macro_f1),
            f"{_two(s.low)}–{_two(s.high)}",
            f"{s.gap:+.2f}",
        )
        for s in scores
    ]
    return _table(
        ("sessions by", "group", "sessions", "utterances", "macro-F1", "90 % interval", "gap to the rest"), rows
    )


def guises(corpus: Corpus) -> dict[str, list[Utterance]]:
    """Write a corpus's utterances as speech recognition would give them.

    Parameters
    ----------
    corpus : Corpus
        The sessions.

    Returns
    -------
    dict of str to list of Utterance
        ``"as written"``, ``"recognised"`` (no case, no punctuation) and ``"misheard"`` (one word in twenty wrong as well).
    """
    rng = random.Random(SEED)
    plain = corpus.utterances
    spoken = [recognised(u) for u in plain]
    return {"as written": plain, "recognised": spoken, "misheard": [mishear(u, rng) for u in spoken]}


def evaluation_report(
    classifier: Classifier,
    corpus: Corpus,
    *,
    level: str = "utterance",
    guise: str = "as written",
    dev: Corpus | None = None,
) -> str:
    """Write everything `reflectkit evaluate` measures on annotated sessions.

    Parameters
    ----------
    classifier : Classifier
        The model.
    corpus : Corpus
        Sessions it was not trained on.
    level : {"utterance", "turn"}, optional
        What is scored.
    guise : {"as written", "recognised", "misheard"}, optional
        How the words are given to the model.
    dev : Corpus, optional
        Other sessions the model was not trained on, for the error rates of corrected counts.

    Returns
    -------
    str
        Markdown.
    """
    result = evaluate(classifier, corpus, guises(corpus)[guise], level=level)
    sections = [
        f"{result.sessions} sessions, {result.utterances} {level}s, {guise}. Intervals by bootstrap over sessions.\n\n"
        f"{scores_table(result)}\n\n{_unsure(result)}"
    ]
    if level == "utterance" and guise == "as written":
        sections += _more(classifier, corpus, dev)
    return "\n\n".join(sections) + "\n"


def _unsure(result: Evaluation) -> str:
    return (
        f"Marked unsure: {_percent(result.unsure_share)}. The whole set of behaviours is the annotators' in {_two(result.exact_sure)} of the "
        f"sure and {_two(result.exact_unsure)} of the unsure ones."
    )


def _more(classifier: Classifier, corpus: Corpus, dev: Corpus | None) -> list[str]:
    bins = _table(
        ("mean probability", "share that holds", "decisions"),
        [(f"{p:.2f}", f"{y:.2f}", str(n)) for p, y, n in reliability(classifier, corpus)],
    )
    risk = _table(
        ("kept", "set of behaviours wrong", "macro-F1"),
        [(_percent(kept), _percent(wrong), _two(macro)) for kept, wrong, macro in risk_coverage(classifier, corpus)],
    )
    rates = error_rates(classifier, dev) if dev is not None and dev.sessions else None
    shares = confusion(classifier, corpus)
    names = [b.value for b in BEHAVIOURS]
    crossed = _table(
        ("annotators' \\ model's", *names),
        [(n, *(_two(float(x)) for x in row)) for n, row in zip(names, shares, strict=True)],
    )
    sections = [
        f"### Calibration, all behaviours together\n\n{bins}",
        f"### What leaving the least sure out is worth\n\n{risk}",
        f"### What the model decides where annotators see a behaviour\n\nShare of the row's utterances; several behaviours may hold.\n\n{crossed}",
    ]
    if (f := faithfulness(classifier, corpus)) is not None:
        sections.append(
            "### Evidence\n\nEvidence is the fewest words that hold "
            f"{_percent(EVIDENCE_SHARE)} of what spoke for a behaviour: {_percent(f.words)} of an utterance's words. Taking it out lowers the "
            f"behaviour's probability by {_two(f.drop)} on average, taking as many words at random out by {_two(f.random_drop)}; it costs more "
            f"in {_percent(f.larger)} of {f.decisions} decisions (comprehensiveness, DeYoung et al. 2020)."
        )
    sections.append(
        "### Counts of sessions\n\nMean absolute error of a session's count, by counting decisions, by decisions corrected for the error rates "
        "on dev sessions (adjusted counts), by summing probabilities, and by the mean of decisions and probabilities, which is what the "
        f"intervals rest on; and how often the 90 % interval holds the annotators' count. {_shift(classifier)}\n\n"
        f"{counts_table(evaluate_counts(classifier, corpus, rates=rates))}"
    )
    stretches = evaluate_disclosures(classifier, corpus)
    sections.append(
        "### Directive-disclosure\n\nFound by a logistic model over the behaviours' probabilities, the stretch's shape and its words, fitted on the "
        "train sessions (`python -m reflectkit.learn.passages`). A stretch is right if it overlaps the other side's.\n\n"
        f"{disclosures_table(stretches)}\n\n{errors_table(stretches)}"
    )
    return sections


def _shift(classifier: Classifier) -> str:
    shifts = ", ".join(f"{b} {sd:.2f}" for b, sd in zip(BEHAVIOURS, classifier.session_sd, strict=True))
    on = " and ".join(str(entry["name"]) for entry in classifier.artefact.manifest.get("calibrated_on", ()))
    return f"Standard deviation of the shift of log-odds between sessions{f', measured on {on}' * bool(on)}: {shifts}."


def reliability_plot(classifier: Classifier, corpora: Mapping[str, Corpus], path: str | os.PathLike[str]) -> None:
    """Draw the reliability plot of a card (needs matplotlib, of the ``train`` extra).

    Parameters
    ----------
    classifier : Classifier
        The model.
    corpora : mapping of str to Corpus
        Sessions it was not trained on, by name.
    path : path
        SVG file to write.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    # A figure of its own: whoever calls this from a notebook keeps the way plots are shown there.
    figure = Figure(figsize=(4.2, 4.2), layout="constrained")
    draw_reliability({name: reliability(classifier, corpus) for name, corpus in corpora.items()}, figure.subplots())
    with rc_context({"svg.hashsalt": "reflectkit"}):
        figure.savefig(path, format="svg", metadata={"Date": None})


def write_card(
    classifier: Classifier,
    corpus: Corpus,
    *,
    tests: str | os.PathLike[str] | None = None,
    public: Mapping[str, Sequence[PublicScore]] | None = None,
    public_recognised: Mapping[str, Sequence[PublicScore]] | None = None,
    public_counts: Mapping[str, Sequence[CountScore]] | None = None,
    public_coded: Mapping[str, Corpus] | None = None,
    plot: str | None = None,
) -> str:
    """Write the card of a model.

    Parameters
    ----------
    classifier : Classifier
        The model.
    corpus : Corpus
        Annotated sessions; dev and test sessions are scored.
    tests : path, optional
        Folder of the behaviour tests.
    public, public_recognised : mapping of str to sequence of PublicScore, optional
        Scores on public corpora as written, and without case and punctuation.
    public_counts : mapping of str to sequence of CountScore, optional
        Scores of the counts of public dialogues.
    public_coded : mapping of str to Corpus, optional
        Public sessions coded by this project's codebook, and not trained on.
    plot : str, optional
        Name of the reliability plot beside the card.

    Returns
    -------
    str
        Markdown.
    """
    sections = [
        f"# Model `{classifier.artefact.name}`",
        _KINDS[classifier.artefact.kind] + (_AROUND if "surroundings" in classifier.artefact.arrays else ""),
        f"## For what, and not for what\n\n{_NOT_FOR}",
        _data(classifier.artefact),
    ]
    dev, test = corpus.split("dev"), corpus.split("test")
    as_dev = evaluate(classifier, dev)
    fitted = (
        "thresholds were"
        if classifier.artefact.kind == "linear"
        else "calibration, the say of what stands around and thresholds were"
    )
    sections.append(
        f"## Scores: dev sessions\n\n{as_dev.sessions} sessions, {as_dev.utterances} utterances, as cut by the annotators; {fitted} fitted "
        f"here, so read it as optimistic.\n\n{scores_table(as_dev)}"
    )
    if plot is not None:
        sections.append(f"![Probabilities beside frequencies, dev and test sessions]({plot})")
    if test.sessions:
        sections += _on_test(classifier, test, public or {}, public_recognised or {}, dev)
    if public:
        sections.append(
            "## Scores: public corpora\n\nAt the model's own thresholds, rows cut by reflectkit itself, each behaviour where its corpus can say "
            f"it; dialogues resampled.\n\n{public_table(public)}"
        )
    if public_counts:
        sections.append(
            "### Counts of public dialogues\n\nRows (turns) with each behaviour in a dialogue, as above. These corpora code by other rules than "
            "this codebook, so that intervals hold less often than on its own sessions.\n\n"
            + "\n\n".join(f"{name}\n\n{counts_table(own)}" for name, own in public_counts.items())
        )
    for name, own in (public_coded or {}).items():
        scored = evaluate(classifier, own)
        recognised = _two(evaluate(classifier, own, guises(own)["recognised"]).macro_f1)
        alone = _two(evaluate(classifier, own, alone=True).macro_f1)
        sections.append(
            f"## Scores: {name}, coded by this codebook\n\n{scored.sessions} sessions, {scored.utterances} utterances, coded by reference by the "
            f"codebook the model is trained for. As written, rows cut by reflectkit.\n\n{scores_table(scored)}\n\n"
            f"Recognised (no case, no punctuation), the same cuts: macro-F1 {recognised}. Each utterance alone: {alone}."
        )
        if scored.utterances >= LEAST_COUNTED * scored.sessions:
            counts = counts_table(evaluate_counts(classifier, own, stretches=False))
            sections.append(f"Counts of these sessions:\n\n{counts}")
    if tests is not None:
        sections.append(
            "## Behaviour tests\n\nShort cases written for this project, for every rule of the codebook, and pairs that must (not) change the "
            f"decision.\n\n{behaviour_tests_table(run_behaviour_tests(classifier, tests))}"
        )
        sections.append(_worked(classifier, tests))
    return "\n\n".join(sections) + "\n"


def _on_test(
    classifier: Classifier,
    test: Corpus,
    public: Mapping[str, Sequence[PublicScore]],
    public_recognised: Mapping[str, Sequence[PublicScore]],
    dev: Corpus,
) -> list[str]:
    sections = ["## Scores: test sessions\n\n" + evaluation_report(classifier, test, dev=dev).rstrip()]
    whole, alone = evaluate(classifier, test, level="turn"), evaluate(classifier, test, alone=True)
    spoken = {name: evaluate(classifier, test, own) for name, own in guises(test).items()}
    rows = [
        (f"test, {name}", _two(e.macro_f1), f"{_two(e.macro_low)}–{_two(e.macro_high)}") for name, e in spoken.items()
    ]
    for name, e in (("each utterance alone", alone), ("by turn", whole)):
        rows.append((f"test, {name}", _two(e.macro_f1), f"{_two(e.macro_low)}–{_two(e.macro_high)}"))
    for guise, heard in (("as written", False), ("recognised", True)):
        by_row = evaluate_public(classifier, annotated_rows(test, recognised=heard))
        rows.append((f"test rows, {guise}, cut by reflectkit", _two(macro_f1(by_row)), ""))
    for name, own in public.items():
        rows.append((f"{name}, as written", _two(macro_f1(own)), ""))
        if name in public_recognised:
            other = public_recognised[name]
            rows.append((f"{name}, recognised", _two(macro_f1(other)), ""))
    sections.append(
        '## Speech recognition, utterances alone, and whole turns\n\n"Recognised" has no case and no punctuation; "misheard" has one word in twenty wrong as '
        f"well. Rows carry what their utterances carry, `other` apart; public corpora are cut by reflectkit as well.\n\n{_table(('scored on', 'macro-F1', '90 % interval'), rows)}"
    )
    sections.append(f"## Groups of sessions\n\nTest sessions.\n\n{slices_table(evaluate_slices(classifier, test))}")
    return sections


def _data(artefact: Artefact) -> str:
    m = artefact.manifest
    rows = [
        (d["name"], d["licence"], str(d.get("utterances", d.get("examples", ""))), f"{d.get('weight', 1):g}")
        for d in m["data"]
    ]
    made = ", ".join(f"{name} {number}" for name, number in m["made_with"].items())
    lines = [
        "## Data and licence",
        _table(("source", "licence", "utterances or rows", "weight"), rows),
        (
            "Calibration and thresholds: the train sessions in cross-validation, for thresholds with "
            if artefact.kind == "linear"
            else "Calibration and thresholds: "
        )
        + f"{m['dev']['sessions']} dev sessions ({m['dev']['utterances']} utterances)"
        + "".join(f", {d['name']} ({d['sessions']} dialogues, as much weight)" for d in m.get("calibrated_on", ())[1:])
        + (", thresholds also " + ", ".join(m["thresholds_also_on"]) if m.get("thresholds_also_on") else "")
        + f". Test sessions were not read in training. Licence of the weights: **{m['licence']}**"
        + (f" ({m['use']})." if m.get("use") else "."),
        f"Made with {made}.",
    ]
    if "base" in m:
        lines.append(f"Starts from {m['base']['name']} ({m['base']['licence']}).")
    if "continues" in m:
        lines.append(f"It goes on from the network of the recipe `{m['continues']}`; the time below is that of both.")
    if m.get("networks", 1) > 1:
        lines.append(
            f"Its weights are the mean of {m['networks']} networks, trained on the same examples in another order (a model soup, Wortsman et al. 2022)."
        )
    if "cost" in m:
        hours = m["cost"]["seconds"] * m["cost"]["cores"] / 3600
        lines.append(
            f"Fine-tuning took {m['cost']['seconds'] / 60:.0f} minutes on {m['cost']['cores']} cores of a shared server, no GPU: about "
            f"{hours * WATTS_A_CORE:.0f} Wh at {WATTS_A_CORE} W a core (an estimate, not a reading)."
        )
    return "\n\n".join(lines)


def _worked(classifier: Classifier, tests: str | os.PathLike[str]) -> str:
    """Failing cases of the rules, at most two a rule, in the order of the codebook."""
    failed = [case for case, wrong in rule_failures(classifier, tests) if wrong]
    seen: dict[str, int] = {}
    chosen: list[dict[str, str]] = []
    for limit in (1, 2, 3, EXAMPLES):  # as many rules as possible first
        for case in failed:
            if case not in chosen and seen.get(case["rule"], 0) < limit and len(chosen) < EXAMPLES:
                chosen.append(case)
                seen[case["rule"]] = seen.get(case["rule"], 0) + 1
    chosen.sort(key=lambda c: (int(c["rule"]), int(c["case"])))
    p = classifier.predict_proba([case_utterance(c["text"], c["heard"], c["before"]) for c in chosen])
    lines = []
    for case, row, (own, unsure) in zip(chosen, p, decide(p, classifier.thresholds), strict=True):
        wanted = case["must"].replace("|", " and ") + (
            f", not {case['must_not'].replace('|', ' or ')}" if case["must_not"] else ""
        )
        given = " and ".join(f"{b.value} ({row[BEHAVIOURS.index(b)]:.2f})" for b in own) + (
            ", unsure" if unsure else ""
        )
        heard = f' after the client\'s "{case["heard"]}"' if case["heard"] else ""
        lines.append(f'- Rule {case["rule"]}: "{case["text"]}"{heard} is {wanted}. The model says {given}.')
    return (
        f"## Where it fails\n\n{len(chosen)} of the {len(failed)} cases in `{Path(tests).name}/{RULES}` it gets wrong, and the rule of the codebook that "
        "settles each.\n\n" + "\n".join(lines)
    )
