"""The command line: reads arguments, calls the library, prints what it returns.

Exit codes: 0 done, 2 bad call or bad input. Errors are one or two lines on standard error, without the transcript's words.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from reflectkit.errors import ReflectkitError

if TYPE_CHECKING:
    import pandas as pd

    from reflectkit.analysis import Analysis

FORMATS = ("text", "csv", "tsv", "json", "jsonl", "vtt", "srt")
_EXAMPLES = """examples:
  reflectkit analyze session.txt                     print a summary
  reflectkit analyze session.vtt --worker "Dee W"    say who the worker is
  reflectkit analyze session.csv --out result.json   write everything as JSON
  reflectkit analyze session.csv --csv               print the worker's utterances as CSV
  reflectkit codebook reflection                     what "reflection" means"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        Arguments without the program's name; those of the process if not given.

    Returns
    -------
    int
        0 when done, 2 for a bad call or bad input.
    """
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except ReflectkitError as error:
        print(f"reflectkit: {error}", file=sys.stderr)
    except BrokenPipeError:  # the reader of a pipe has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        place = f" {Path(error.filename).name}" if error.filename else ""
        print(
            f"reflectkit: cannot write{place} ({error.strerror}). Check the path and free space.",
            file=sys.stderr,
        )
    except KeyboardInterrupt:
        print("reflectkit: stopped", file=sys.stderr)
        return 130
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="reflectkit",
        description="Reflective-listening feedback on peer-support and counselling transcripts. Nothing leaves this machine.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="store_true", help="print the version and stop")
    parser.set_defaults(run=_no_command(parser))
    commands = parser.add_subparsers(metavar="COMMAND")

    analyse = commands.add_parser(
        "analyze",
        aliases=["analyse"],
        help="classify a session's worker utterances and measure the balance of talk",
        description="Classify every worker utterance of a session and measure the balance of talk.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    analyse.add_argument("file", help="transcript: text, CSV, TSV, JSON, JSONL, WebVTT or SRT; - for standard input")
    analyse.add_argument(
        "--worker", action="append", metavar="NAME", help="speaker who is the worker (may be given again)"
    )
    analyse.add_argument(
        "--client", action="append", metavar="NAME", help="speaker who is the client (may be given again)"
    )
    analyse.add_argument("--format", choices=FORMATS, help="format, if it is not found from the content")
    analyse.add_argument("--encoding", help="text encoding, if it is not found")
    analyse.add_argument("--session", metavar="NAME", help="session to take from a table of several")
    for meaning in ("text", "speaker", "role", "start", "end"):
        analyse.add_argument(f"--{meaning}-column", metavar="COLUMN", help=f"column or key of the {meaning}")
    analyse.add_argument("--model", help="name of a shipped model or folder of a model")
    form = analyse.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="give everything as JSON instead of a summary")
    form.add_argument("--csv", action="store_true", help="give the worker's utterances as CSV instead of a summary")
    analyse.add_argument(
        "--out", "-o", metavar="FILE", help="write to FILE (.json or .csv by its ending) and print the summary"
    )
    analyse.set_defaults(run=_analyze)

    codebook = commands.add_parser("codebook", help="print the definitions of the behaviours")
    codebook.add_argument("behaviour", nargs="?", help="one behaviour, such as reflection")
    codebook.set_defaults(run=_codebook)

    measures = commands.add_parser("measures", help="print the definitions of the measures")
    measures.set_defaults(run=_measures)

    models = commands.add_parser("models", help="list the shipped models with their licences")
    models.set_defaults(run=_models)

    corpus = commands.add_parser("corpus", help="work with annotated corpora")
    actions = corpus.add_subparsers(metavar="ACTION", required=True)
    check = actions.add_parser("check", help="check a corpus's tables; names file, line and fix of every problem")
    check.add_argument("folder")
    check.set_defaults(run=_check)
    evaluate = commands.add_parser(
        "evaluate",
        help="score a model on annotated sessions, tidied public corpora or behaviour tests",
        description="Score a model. DATA: folder of annotated sessions, CSV of a tidied public corpus, or folder of behaviour tests.",
    )
    evaluate.add_argument("model", help="name of a shipped model or folder of a model")
    evaluate.add_argument("data", nargs="+")
    evaluate.add_argument("--split", choices=("train", "dev", "test"), default="test", help="of annotated sessions")
    evaluate.add_argument("--level", choices=("utterance", "turn"), default="utterance", help="of annotated sessions")
    words = evaluate.add_mutually_exclusive_group()
    words.add_argument("--recognised", action="store_true", help="take case and punctuation away first")
    words.add_argument("--misheard", action="store_true", help="and get one word in twenty wrong (annotated sessions)")
    evaluate.set_defaults(run=_evaluate)

    train = commands.add_parser(
        "train",
        help="train a model by a recipe, or adapt one to annotated sessions",
        description="Train a model by a recipe (TOML, such as models/accurate.toml), write its card, and say what it took.",
    )
    train.add_argument("recipe")
    train.add_argument("--out", metavar="FOLDER", help="folder of the model; models/NAME if not given")
    train.add_argument(
        "--corpora", metavar="FOLDER", help="folder of the tidied public corpora, if the recipe names any"
    )
    train.add_argument("--card", action="store_true", help="do not train: measure the model again and write its card")
    train.add_argument("--pin", action="store_true", help="pin the model's hash in this clone of reflectkit")
    train.set_defaults(run=_train)

    described = actions.add_parser("describe", help="print the tables of a corpus's card")
    described.add_argument("folder")
    described.set_defaults(run=_describe)
    agreed = actions.add_parser("agreement", help="print how far two coders agree, with intervals")
    agreed.add_argument("folder")
    agreed.set_defaults(run=_agreement)
    return parser


def _no_command(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], int]:
    def run(options: argparse.Namespace) -> int:
        if options.version:
            from reflectkit.version import __version__

            print(f"reflectkit {__version__}")
            return 0
        parser.print_help(sys.stderr)
        return 2

    return run


def _analyze(options: argparse.Namespace) -> int:
    from reflectkit.errors import TranscriptError
    from reflectkit.pipeline import analyze

    out = Path(options.out) if options.out is not None else None
    if out is not None:
        if out.suffix.casefold() not in (".json", ".csv") and not (options.json or options.csv):
            raise ReflectkitError(
                f"--out {out.name}: write to a name that ends in .json or .csv, or add --json or --csv."
            )
        if options.file != "-" and out.exists() and out.samefile(options.file):
            raise TranscriptError("--out would overwrite the transcript.", "Give another name.", file=out.name)
    named = {m: getattr(options, f"{m}_column") for m in ("text", "speaker", "role", "start", "end")}
    result = analyze(
        sys.stdin.buffer if options.file == "-" else Path(options.file),
        worker=options.worker,
        client=options.client,
        model=options.model,
        format=options.format,
        columns={m: name for m, name in named.items() if name is not None} or None,
        session=options.session,
        encoding=options.encoding,
    )
    as_csv = options.csv or (out is not None and not options.json and out.suffix.casefold() == ".csv")
    text = _csv(result) if as_csv else result.to_json()
    if out is not None:
        write_atomically(out, text)
        _print(f"{result.summary()}written to {out}\n")
    else:
        _print(text if options.json or options.csv else result.summary())
    return 0


def _csv(result: Analysis) -> str:
    return str(safe_cells(result.to_frame()).to_csv(index=False, lineterminator="\n"))


def safe_cells(frame: pd.DataFrame) -> pd.DataFrame:
    """Put an apostrophe before cells that a spreadsheet would run as a formula (CWE-1236).

    Parameters
    ----------
    frame : pandas.DataFrame
        Left as it is.

    Returns
    -------
    pandas.DataFrame
        A copy whose text cells do not begin with ``= + - @`` or a tab; tuples are joined by ``|``.
    """

    def safe(value: object) -> object:
        if isinstance(value, tuple):
            value = "|".join(":".join(map(str, part)) if isinstance(part, tuple) else str(part) for part in value)
        if isinstance(value, str) and value.lstrip(" ")[:1] in ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"):
            return "'" + value
        return value

    made: pd.DataFrame = frame.apply(lambda column: column.map(safe) if column.dtype.kind not in "bif" else column)
    return made


def write_atomically(path: Path, text: str) -> None:
    """Write a file whole or not at all, readable by its owner alone.

    Parameters
    ----------
    path : Path
        Where to; replaced if it exists.
    text : str
        What to write, in UTF-8.

    Raises
    ------
    OSError
        If it cannot be written; nothing is left behind then.
    """
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _print(text: str) -> None:
    # A console that cannot show a letter shows a question mark instead of ending in an error.
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
    sys.stdout.flush()


def _codebook(options: argparse.Namespace) -> int:
    from reflectkit import codebook

    if options.behaviour is None:
        _print(codebook.text() + "\n")
        return 0
    name = options.behaviour.casefold().replace("-", "_").replace(" ", "_")
    if name not in list(codebook.BEHAVIOURS):
        print(
            f"reflectkit: there is no behaviour {options.behaviour!r}. Use one of: {', '.join(codebook.BEHAVIOURS)}.",
            file=sys.stderr,
        )
        return 2
    definition = codebook.Behaviour(name).definition
    _print(
        f"{name}\n  does: {definition.does}\n  yes:  {definition.yes}\n  no:   {definition.no}\n".replace(
            "\n  no:   \n", "\n"
        )
    )
    return 0


def _measures(options: argparse.Namespace) -> int:
    from reflectkit.measure.definitions import MEASURES

    for measure in MEASURES:
        lines = [f"{measure.name} ({measure.unit})", f"  {measure.label}: {measure.formula}"]
        if measure.undefined:
            lines.append(f"  undefined when {measure.undefined}")
        if measure.source:
            lines.append(f"  source: {measure.source}")
        _print("\n".join(lines) + "\n")
    return 0


def _models(options: argparse.Namespace) -> int:
    from reflectkit.classify import DEFAULT_MODEL, available_models, load_artefact

    for name in available_models():
        artefact = load_artefact(name)
        mark = " (default)" if name == DEFAULT_MODEL else ""
        _print(
            f"{artefact.id}{mark}\n  kind: {artefact.kind}\n  licence: {artefact.manifest['licence']}\n"
            f"  use: {artefact.manifest.get('use') or 'see its card'}\n"
            f"  trained on: {'; '.join(d['name'] for d in artefact.manifest['data'])}\n"
        )
    return 0


def _evaluate(options: argparse.Namespace) -> int:
    from reflectkit.learn.behaviour_tests import RULES, run_behaviour_tests
    from reflectkit.learn.card import behaviour_tests_table, evaluation_report, public_table
    from reflectkit.learn.corpus import load_corpus
    from reflectkit.learn.public import evaluate_public, load_public
    from reflectkit.pipeline import load_model

    classifier = load_model(options.model)
    guise = "recognised" if options.recognised else "misheard" if options.misheard else "as written"
    _print(f"model {classifier.artefact.id}\n\n")
    for data in map(Path, options.data):
        if (guise != "as written" and (data / RULES).is_file()) or (guise == "misheard" and data.is_file()):
            raise ReflectkitError(
                f"{data.name}: --recognised and --misheard are for sessions; public files take --recognised."
            )
        if (data / RULES).is_file():
            _print(behaviour_tests_table(run_behaviour_tests(classifier, data)) + "\n\n")
        elif data.is_file():
            rows = load_public(data, recognised=options.recognised)
            _print(public_table({data.stem: evaluate_public(classifier, rows)}) + "\n\n")
        else:
            corpus = load_corpus(data, options.split)
            if not corpus.sessions:
                raise ReflectkitError(f"{data.name} holds no {options.split} sessions. Give another --split.")
            _print(evaluation_report(classifier, corpus, level=options.level, guise=guise) + "\n")
    return 0


def _train(options: argparse.Namespace) -> int:
    from reflectkit.learn.training import main

    main(options)
    return 0


def _check(options: argparse.Namespace) -> int:
    from reflectkit.learn.corpus import check_corpus

    problems = check_corpus(options.folder)
    for problem in problems:
        _print(problem + "\n")
    _print(f"{len(problems)} problems\n" if problems else "the corpus is sound\n")
    return 2 if problems else 0


def _describe(options: argparse.Namespace) -> int:
    from reflectkit.learn.describe import describe

    _print(describe(options.folder) + "\n")
    return 0


def _agreement(options: argparse.Namespace) -> int:
    from reflectkit.learn.agreement import agreement, agreement_table

    sessions, utterances, rows = agreement(options.folder)
    _print(f"{sessions} sessions ({utterances:,} utterances) coded twice\n\n{agreement_table(rows)}\n")
    exchanges = Path(options.folder, "exchanges.csv")
    if exchanges.is_file():
        from reflectkit.learn.examples import exchange_agreement

        n, same, used = exchange_agreement(exchanges)
        _print(f"\n{n:,} contrast exchanges coded twice, {same:,} the same; models learn from {used:,}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
