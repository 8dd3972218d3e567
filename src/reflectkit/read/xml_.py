"""A walk over XML that holds nothing, follows nothing and expands nothing.

Office files and ELAN files carry no document type declaration. Whatever declares one is refused before a single entity
is read, so neither entity bombs nor references to other files can do anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from xml.parsers import expat

from reflectkit.errors import TranscriptError

MAX_TOKEN = 4 << 20
"""Bytes of one tag or value."""

MAX_DEPTH = 200
"""Deepest nesting read; documents of Word nest some twenty levels."""

Event = tuple[str, str, Any]
"""``("start", tag, attributes)``, ``("text", "", string)`` or ``("end", tag, None)``; tags and attributes without namespace."""


def walk(chunks: Iterable[bytes], *, file: str | None = None, encoding: str | None = None) -> Iterator[Event]:
    """Read XML piece by piece.

    Parameters
    ----------
    chunks : iterable of bytes
        The document.
    file : str, optional
        Name for error messages.
    encoding : str, optional
        Encoding of the bytes; what the document declares if not given.

    Yields
    ------
    tuple
        An `Event`; neighbouring text may come in several.

    Raises
    ------
    TranscriptError
        If the XML is broken, nested more than `MAX_DEPTH` deep, or declares a document type.

    Examples
    --------
    >>> [event[:2] for event in walk([b"<a><b>x</b></a>"])]
    [('start', 'a'), ('start', 'b'), ('text', ''), ('end', 'b'), ('end', 'a')]
    """
    parser = expat.ParserCreate(encoding, namespace_separator="}")
    parser.buffer_text = True
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    events: list[Event] = []
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise _RefusedError("its XML is nested too deeply.", "Save the file again.")
        events.append(("start", _local(name), {_local(key): value for key, value in attributes.items()}))

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        events.append(("end", _local(name), None))

    def doctype(*_: object) -> int:
        problem = "its XML declares entities or a document type, as no such file does."
        raise _RefusedError(problem, "Do not trust the file; ask for it to be saved again.")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = lambda text: events.append(("text", "", text))
    parser.StartDoctypeDeclHandler = doctype
    parser.EntityDeclHandler = doctype
    parser.ExternalEntityRefHandler = doctype
    fed = 0
    for chunk in _with_end(chunks):
        problem: tuple[str, str] | None = None
        fed += len(chunk)
        try:
            parser.Parse(chunk, not chunk)
            if fed - parser.CurrentByteIndex > MAX_TOKEN:  # older parsers read an unfinished one again with every chunk
                raise _RefusedError("a tag or value in its XML is too long.", "Save the file again.")
        except _RefusedError as refused:
            problem = refused.args[0], refused.args[1]
        except (expat.ExpatError, ValueError, LookupError):
            problem = "its XML is broken.", "Save the file again."
        if problem is not None:  # outside the handlers: the parser's own errors hold parts of the document
            raise TranscriptError(*problem, file=file, line=parser.CurrentLineNumber)
        yield from events
        events.clear()


class _RefusedError(Exception):
    """Stops the parser: the problem and the fix."""


def _with_end(chunks: Iterable[bytes]) -> Iterator[bytes]:
    yield from filter(None, chunks)
    yield b""


def _local(name: str) -> str:
    return name.rpartition("}")[2]
