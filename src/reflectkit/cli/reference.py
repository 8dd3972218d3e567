"""``reflectkit codebook``, ``measures`` and ``models``: what words and numbers mean, and who may use what."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from reflectkit.cli.commands import command, completed
from reflectkit.cli.output import show, title
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
    codebook = command(
        commands,
        "codebook",
        help="print the definitions of the behaviours",
        examples="""  reflectkit codebook                  all of them
  reflectkit codebook reflection       one of them
  reflectkit codebook "open question"  names may be written with a blank""",
    )
    completed(codebook.add_argument("behaviour", nargs="?", help="one behaviour, such as reflection"), _behaviours)
    codebook.set_defaults(run=_codebook)

    measures = command(
        commands,
        "measures",
        help="print the definitions of the measures",
        examples="""  reflectkit measures                            formula, range and source of each
  reflectkit measures --markdown                 the same as a page""",
    )
    measures.add_argument("--markdown", action="store_true", help="print them as a page of Markdown")
    measures.set_defaults(run=_measures)

    models = command(
        commands,
        "models",
        help="list the shipped models with their licences",
        examples="""  reflectkit models                                  which there are, and who may use them
  reflectkit analyze session.txt --model accurate    use one of them""",
    )
    models.set_defaults(run=_models)


def _behaviours(**_: object) -> list[str]:
    from reflectkit.codebook import BEHAVIOURS

    return [b.value for b in BEHAVIOURS]


def _codebook(options: argparse.Namespace) -> int:
    from reflectkit import codebook

    if options.behaviour is None:
        show(codebook.text() + "\n")
        return 0
    name = options.behaviour.casefold().replace("-", "_").replace(" ", "_")
    if name not in list(codebook.BEHAVIOURS):
        raise ReflectkitError(
            f"there is no behaviour {options.behaviour!r}. Use one of: {', '.join(codebook.BEHAVIOURS)}."
        )
    definition = codebook.Behaviour(name).definition
    show(
        f"{title(name)}\n  does: {definition.does}\n  yes:  {definition.yes}\n  no:   {definition.no}\n".replace(
            "\n  no:   \n", "\n"
        )
    )
    return 0


def _measures(options: argparse.Namespace) -> int:
    from reflectkit.measure.definitions import MEASURES, example_text, markdown

    if options.markdown:
        show(markdown())
        return 0

    show(f"{title('The worked example')}\n{example_text()}\n\n")
    for measure in MEASURES:
        lines = [f"{title(measure.name)} ({measure.unit})", f"  {measure.label}: {measure.formula}"]
        if measure.undefined:
            lines.append(f"  undefined when {measure.undefined}")
        lines.append(f"  range: {measure.range}")
        if measure.source:
            lines.append(f"  source: {measure.source}")
        if measure.example is not None:
            lines.append(f"  in the worked example: {measure.example:.4g}")
        show("\n".join(lines) + "\n")
    return 0


def _models(options: argparse.Namespace) -> int:
    from reflectkit.classify import DEFAULT_MODEL, available_models, load_artefact

    for name in available_models():
        artefact = load_artefact(name)
        mark = " (default)" if name == DEFAULT_MODEL else ""
        show(
            f"{title(artefact.id)}{mark}\n  kind: {artefact.kind}\n  licence: {artefact.manifest['licence']}\n"
            f"  use: {artefact.manifest.get('use') or 'see its card'}\n"
            f"  trained on: {'; '.join(d['name'] for d in artefact.manifest['data'])}\n"
        )
    return 0
