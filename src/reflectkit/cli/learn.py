"""``reflectkit corpus``, ``evaluate`` and ``train``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from reflectkit.cli.commands import command, completed
from reflectkit.cli.output import show
from reflectkit.cli.reading import models
from reflectkit.errors import ReflectkitError

if TYPE_CHECKING:
    from reflectkit.cli.commands import Subparsers


def add(commands: Subparsers) -> None:
    """Add the commands of this file.

    Parameters
    ----------
    commands : argparse subparsers
        Of the program.
    """
    corpus = command(
        commands,
        "corpus",
        help="work with annotated corpora",
        examples="""  reflectkit corpus check data/annotated        is it sound?
  reflectkit corpus describe data/annotated     the tables of its card
  reflectkit corpus agreement data/annotated    how far its coders agree""",
    )
    actions = corpus.add_subparsers(metavar="ACTION", required=True)
    for name, run, help in (
        ("check", _check, "check a corpus's tables; names file, line and fix of every problem"),
        ("describe", _describe, "print the tables of a corpus's card"),
        ("agreement", _agreement, "print how far two coders agree, with intervals"),
    ):
        action = command(actions, name, help=help, examples=f"  reflectkit corpus {name} data/annotated")
        action.add_argument("folder", help="folder of the corpus, such as data/annotated")
        action.set_defaults(run=run)

    evaluate = command(
        commands,
        "evaluate",
        help="score a model on annotated sessions, tidied public corpora or behaviour tests",
        description="Score a model. DATA: folder of annotated sessions, CSV of a tidied public corpus, or folder of behaviour tests.",
        examples="""  reflectkit evaluate accurate data/annotated                  on sessions it has not learnt from
  reflectkit evaluate accurate data/annotated --recognised     without case and punctuation
  reflectkit evaluate accurate data/behaviour_tests            how often it breaks a rule of the codebook
  reflectkit evaluate models/ours corpus.csv                   your own model, on a tidied public corpus""",
    )
    completed(evaluate.add_argument("model", help="name of a shipped model or folder of a model"), models)
    evaluate.add_argument("data", nargs="+", metavar="DATA", help="what to score it on; may be several")
    evaluate.add_argument("--split", choices=("train", "dev", "test"), default="test", help="of annotated sessions")
    evaluate.add_argument("--level", choices=("utterance", "turn"), default="utterance", help="of annotated sessions")
    words = evaluate.add_mutually_exclusive_group()
    words.add_argument("--recognised", action="store_true", help="take case and punctuation away first")
    words.add_argument("--misheard", action="store_true", help="and get one word in twenty wrong (annotated sessions)")
    evaluate.set_defaults(run=_evaluate)

    train = command(
        commands,
        "train",
        help="train a model by a recipe, or adapt one to annotated sessions",
        description="Train a model by a recipe (TOML, such as models/accurate.toml), write its card, and say what it took.",
        examples="""  reflectkit train ours.toml --out models/ours           a model of your own sessions
  reflectkit train ours.toml --out models/ours --card    only its card again
  reflectkit train models/accurate.toml --corpora FOLDER
                                                         a shipped model again""",
    )
    train.add_argument("recipe", help="TOML file that says what the model learns from, and how")
    train.add_argument("--out", metavar="FOLDER", help="folder of the model; models/NAME if not given")
    train.add_argument(
        "--corpora", metavar="FOLDER", help="folder of the tidied public corpora, if the recipe names any"
    )
    train.add_argument("--card", action="store_true", help="do not train: measure the model again and write its card")
    train.add_argument("--pin", action="store_true", help="pin the model's hash in this clone of reflectkit")
    train.set_defaults(run=_train, trains=True)


def _evaluate(options: argparse.Namespace) -> int:
    from reflectkit.learn.behaviour_tests import RULES, run_behaviour_tests
    from reflectkit.learn.card import behaviour_tests_table, counts_table, evaluation_report, public_table
    from reflectkit.learn.corpus import load_corpus
    from reflectkit.learn.counting import evaluate_public_counts
    from reflectkit.learn.public import evaluate_public, load_public
    from reflectkit.learn.remembering import remembering
    from reflectkit.pipeline import load_model

    classifier = remembering(load_model(options.model))
    guise = "recognised" if options.recognised else "misheard" if options.misheard else "as written"
    show(f"model {classifier.artefact.id}\n\n")
    for data in map(Path, options.data):
        if (guise != "as written" and (data / RULES).is_file()) or (guise == "misheard" and data.is_file()):
            raise ReflectkitError(
                f"{data.name}: --recognised and --misheard are for sessions; public files take --recognised."
            )
        if (data / RULES).is_file():
            show(behaviour_tests_table(run_behaviour_tests(classifier, data)) + "\n\n")
        elif data.is_file():
            rows = load_public(data, recognised=options.recognised)
            show(public_table({data.stem: evaluate_public(classifier, rows)}) + "\n\n")
            show(f"Counts of dialogues\n\n{counts_table(evaluate_public_counts(classifier, rows))}\n\n")
        else:
            whole = load_corpus(data)
            corpus = whole.split(options.split)
            if not corpus.sessions:
                raise ReflectkitError(f"{data.name} holds no {options.split} sessions. Give another --split.")
            dev = whole.split("dev") if options.split == "test" else None
            show(evaluation_report(classifier, corpus, level=options.level, guise=guise, dev=dev) + "\n")
    return 0


def _train(options: argparse.Namespace) -> int:
    from reflectkit.learn.training import main

    main(options)
    return 0


def _check(options: argparse.Namespace) -> int:
    from reflectkit.learn.corpus import check_corpus

    problems = check_corpus(options.folder)
    for problem in problems:
        show(problem + "\n")
    show(f"{len(problems)} problems\n" if problems else "the corpus is sound\n")
    return 2 if problems else 0


def _describe(options: argparse.Namespace) -> int:
    from reflectkit.learn.describe import describe

    show(describe(options.folder) + "\n")
    return 0


def _agreement(options: argparse.Namespace) -> int:
    from reflectkit.learn.agreement import agreement, agreement_table

    sessions, utterances, rows = agreement(options.folder)
    show(f"{sessions} sessions ({utterances:,} utterances) coded twice\n\n{agreement_table(rows)}\n")
    exchanges = Path(options.folder, "exchanges.csv")
    if exchanges.is_file():
        from reflectkit.learn.examples import exchange_agreement

        n, same, used = exchange_agreement(exchanges)
        show(f"\n{n:,} contrast exchanges coded twice, {same:,} the same; models learn from {used:,}\n")
    for name, of in (("annomi_codes.csv", "AnnoMI"), ("public_codes.csv", "other public corpora")):
        codes = Path(options.folder, name)
        if codes.is_file():
            from reflectkit.learn.reference import reference_agreement

            n, twice, same = reference_agreement(codes)
            show(f"{n:,} utterances of {of} coded by reference, {twice:,} of them twice, {same:,} the same\n")
    cases = Path(options.folder, "flags.csv")
    if cases.is_file():
        from reflectkit.learn.passages import case_agreement

        n, same, used = case_agreement(cases)
        show(f"{n:,} cases for flags coded twice, {same:,} the same; models learn from {used:,}\n")
    return 0
