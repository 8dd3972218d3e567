"""The one tokeniser of the library: spaCy's English rules without a downloaded model."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

LONGEST_TOKEN = 100
"""Characters without white space that are looked at: spaCy's time grows with the square of a run of signs ("!!!!…")."""

TOKENISER = "spacy-blank-en"
"""Name of the tokeniser in signatures."""

_ENDLESS = re.compile(rf"\S{{{LONGEST_TOKEN + 1},}}")


@cache
def tokeniser() -> Language:
    """Return the tokeniser: spaCy's English rules, no downloaded model.

    Returns
    -------
    spacy.language.Language
        A blank English pipeline that also splits "right?So" and "gone...and".
    """
    import spacy
    from spacy.util import compile_infix_regex

    nlp = spacy.blank("en")
    nlp.max_length = 10_000_000
    infixes = [*(nlp.Defaults.infixes or []), r"(?<=\w)[?!]+(?=\w)", r"(?<=\w)…(?=\w)", r"[–—]"]
    tokenizer: Any = nlp.tokenizer
    tokenizer.infix_finditer = compile_infix_regex(infixes).finditer
    return nlp


def tokenise(text: str) -> Doc:
    """Cut text into words and signs.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    spacy.tokens.Doc
        Tokens with their offsets; of a stretch without white space longer than `LONGEST_TOKEN` only the beginning.
    """
    return tokeniser().make_doc(_ENDLESS.sub(lambda m: m[0][:LONGEST_TOKEN] + " " * (len(m[0]) - LONGEST_TOKEN), text))
