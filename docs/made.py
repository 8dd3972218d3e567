"""The pages of the site that are made from the code and from files elsewhere in the repository.

`write` writes them into ``docs/made`` at every build. Nothing there is edited or kept: the codebook, the models' cards and
the like have one place, and are shown from it.
"""

from __future__ import annotations

import argparse
import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest import mock

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "made"
PARTS = FOLDER / "parts"

PAGES: Mapping[str, str] = {
    "src/reflectkit/codebook.md": "codebook",
    "models/README.md": "models",
    "models/accurate-nc/README.md": "model-accurate-nc",
    "models/accurate/README.md": "model-accurate",
    "models/fast/README.md": "model-fast",
    "data/annotated/README.md": "annotated",
    "data/behaviour_tests/README.md": "behaviour-tests",
    "data/identifiers/README.md": "identifiers",
    "data/examples/README.md": "examples",
    "src/reflectkit/identifiers/lists/README.md": "word-lists",
    "CHANGELOG.md": "changelog",
    "CONTRIBUTING.md": "contributing",
    "SECURITY.md": "security",
    "CODE_OF_CONDUCT.md": "code-of-conduct",
}
"""Files of the repository that are pages of the site as they stand, and the pages' names."""

LINK = re.compile(r"(?<=\]\()(?P<target>[^)\s#]+)(?P<anchor>#[^)\s]+)?(?=\))")
CODE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.DOTALL | re.MULTILINE)


def write() -> None:
    """Write all pages; those that are as they were keep their date, so that a second build is quick."""
    pages = {
        FOLDER / f"{name}.md": relinked((ROOT / path).read_text("utf-8"), ROOT / path, FOLDER)
        for path, name in PAGES.items()
    }
    pages |= {
        PARTS / "commands.md": commands(),
        PARTS / "schema.md": schema(),
        PARTS / "remarks.md": remarks(),
        PARTS / "notebooks.md": notebooks(),
    }
    PARTS.mkdir(parents=True, exist_ok=True)
    for path, text in pages.items():
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")


def relinked(text: str, file: Path, folder: Path) -> str:
    """Send a file's links to the pages of the site.

    Parameters
    ----------
    text : str
        Markdown whose links hold in the repository.
    file : Path
        The file it is from.
    folder : Path
        Folder of the page that shows it.

    Returns
    -------
    str
        The same with links that hold on the page.
    """

    def target(match: re.Match[str]) -> str:
        link, anchor = match["target"], match["anchor"] or ""
        if ":" in link:
            return match[0]
        path = (file.parent / link).resolve()
        inside = path.relative_to(ROOT).as_posix()
        if inside in PAGES:
            path = FOLDER / f"{PAGES[inside]}.md"
        elif path.is_dir():
            raise ValueError(
                f"{file.relative_to(ROOT)} links to the folder {inside}, which is no page. Link to a file."
            )
        return Path(os.path.relpath(path, folder)).as_posix() + anchor

    parts, end = [], 0
    for code in CODE.finditer(text):
        parts += [LINK.sub(target, text[end : code.start()]), code[0]]
        end = code.end()
    return "".join([*parts, LINK.sub(target, text[end:])])


def commands() -> str:
    """Return what ``--help`` prints, for every command.

    Returns
    -------
    str
        Markdown.
    """
    from reflectkit.cli import _parser

    with mock.patch.dict(os.environ, COLUMNS="96"):
        return "".join(f"## {p.prog}\n\n```text\n{p.format_help().rstrip()}\n```\n\n" for p in _parsers(_parser()))


def _parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            seen: list[argparse.ArgumentParser] = []
            for command in action.choices.values():
                if command not in seen:  # a command may have two names
                    seen.append(command)
                    yield from _parsers(command)


def schema() -> str:
    """Return the JSON Schema as tables: one for each object, and the schema itself.

    Returns
    -------
    str
        Markdown.
    """
    from reflectkit.analysis import json_schema

    whole = json_schema()
    lines = _section("The whole", whole)
    for path, node in _objects(whole, ""):
        lines += _section(f"`{path}`", node)
    for name, node in whole["$defs"].items():
        lines += _section(name, node)
    lines += ["## The schema itself\n", "```json", json.dumps(whole, indent=1), "```", ""]
    return "\n".join(lines)


def _section(heading: str, node: Mapping[str, Any]) -> list[str]:
    kind = _table(node) if "properties" in node else [f"Kind: {_kind(node)}.", ""]
    return [f"## {heading}\n", f"{node['description']}\n", *kind]


def _objects(node: Mapping[str, Any], path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, child in node.get("properties", {}).items():
        inner, place = child, f"{path}.{name}".lstrip(".")
        while "items" in inner:
            inner, place = inner["items"], f"{place}[]"
        if "properties" in inner:
            yield place, {"description": child["description"], **inner}
            yield from _objects(inner, place)


def _table(node: Mapping[str, Any]) -> list[str]:
    rows = [
        f"| `{name}` | {_kind(child)} | {child['description'].replace('|', '&#124;')} |"
        for name, child in node["properties"].items()
    ]
    return ["| key | kind | what |", "|---|---|---|", *rows, ""]


def _kind(node: Mapping[str, Any]) -> str:
    if "$ref" in node:
        return f"[{node['$ref'].rsplit('/', 1)[-1]}](#{node['$ref'].rsplit('/', 1)[-1]})"
    if "enum" in node:
        return " or ".join(f"`{json.dumps(value)}`" for value in node["enum"])
    if "const" in node:
        return f"`{json.dumps(node['const'])}`"
    if "anyOf" in node or "oneOf" in node:
        return " or ".join(_kind(child) for child in node.get("anyOf", node.get("oneOf")))
    kinds = node.get("type", "anything")
    kind = " or ".join([kinds] if isinstance(kinds, str) else kinds)
    if "items" in node:
        kind = kind.replace("array", f"array of {_kind(node['items'])}")
    if isinstance(more := node.get("additionalProperties"), Mapping):
        kind += f" of {_kind(more)} by name"
    low, high = node.get("minimum", node.get("exclusiveMinimum")), node.get("maximum")
    if low is not None:
        kind += f", {low} to {high}" if high is not None else f", {low} and up"
    return kind


def remarks() -> str:
    """Return every remark that feedback can make, with the least evidence it needs.

    Returns
    -------
    str
        Markdown.
    """
    wording = json.loads((ROOT / "src" / "reflectkit" / "feedback" / "wording.json").read_text("utf-8"))
    headings = {"strengths": "Strengths", "to_try": "To try", "to_discuss": "To discuss in supervision"}
    lines: list[str] = []
    for part, heading in headings.items():
        lines += [f"### {heading}\n", "| remark | least `n` | words |", "|---|---|---|"]
        lines += [
            f"| `{r['id']}` | {r['least']} | {r['text'].replace('{', '*').replace('}', '*')} |" for r in wording[part]
        ]
        lines += [""]
    return "\n".join(lines)


def notebooks() -> str:
    """Return a list of the notebooks, each with its own first words.

    Returns
    -------
    str
        Markdown.
    """
    lines = []
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        first = "".join(json.loads(path.read_text("utf-8"))["cells"][0]["source"])
        title, _, rest = first.partition("\n")
        about = rest.strip().split("\n\n")[0].replace("\n", " ")
        lines += [f"## {title.lstrip('# ')}\n", f"{about}\n", f"[{path.name}](../notebooks/{path.name})\n"]
    return "\n".join(lines)
