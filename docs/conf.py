"""How the documentation site is built: ``python -m sphinx -W -n -b html docs build/docs``."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parent))

import made

from reflectkit.version import __version__

if TYPE_CHECKING:
    from docutils.nodes import Element
    from sphinx.addnodes import pending_xref
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

project = "reflectkit"
author = "The reflectkit authors"
release = version = __version__

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_copybutton",
    "sphinx_design",
]
exclude_patterns = ["made/parts"]
templates_path = ["_templates"]
suppress_warnings = ["config.cache"]

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3

autosummary_generate = True
autodoc_typehints = "none"  # the docstrings say the types, with units and ranges
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
default_role = "py:obj"

copybutton_exclude = ".linenos, .gp, .go"
html_theme = "furo"
html_title = f"reflectkit {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_copyright = False
html_show_sourcelink = False
html_show_search_summary = False  # it would have to fetch pages, which a browser refuses from disk
COLOURED = ("color-brand-primary", "color-brand-content", "color-api-name", "color-api-pre-name")
html_theme_options = {
    "light_css_variables": dict.fromkeys(COLOURED, "#1f5f73"),
    "dark_css_variables": dict.fromkeys(COLOURED, "#8fc7d8"),
}

# Pages that stand behind a login or refuse programs: people can open them.
linkcheck_anchors = False
linkcheck_timeout = 20


EMPTY_END = re.compile(r"(^```pycon\n(?:(?!^```).*\n)*?)\n```", re.MULTILINE)
"""Examples end in an empty line for those who run them, not for those who read them."""


def setup(app: Sphinx) -> None:
    """Make the pages that are made, and send links between files of the repository to their pages."""
    app.connect("config-inited", lambda app, config: made.write())
    app.connect("source-read", _to_pages)
    app.connect("missing-reference", _plain)
    app.connect("html-page-context", _for_keyboard_and_reader, priority=900)


def _to_pages(app: Sphinx, page: str, source: list[str]) -> None:
    path = Path(app.srcdir, f"{page}.md")
    if path.exists() and path.parent != made.FOLDER:
        source[0] = EMPTY_END.sub(r"\1```", made.relinked(source[0], path, path.parent))


def _plain(app: Sphinx, env: BuildEnvironment, node: pending_xref, text: Element) -> Element | None:
    """Show a name in a docstring that has no page of its own, such as a parameter's, as code."""
    return text if node.get("reftype") == "obj" else None


def _for_keyboard_and_reader(
    app: Sphinx, page: str, template: str, context: dict[str, Any], tree: Element | None
) -> None:
    """Let what scrolls be reached by keyboard, and say the level of the headings beside the page."""
    beside = context["furo_navigation_tree"]
    context["furo_navigation_tree"] = beside.replace(' role="heading"', ' role="heading" aria-level="2"')
    if "body" in context:
        body = context["body"].replace("<pre>", '<pre tabindex="0">')
        context["body"] = body.replace('<div class="table-wrapper', '<div tabindex="0" class="table-wrapper')
