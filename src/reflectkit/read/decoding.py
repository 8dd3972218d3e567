"""Bytes to text: byte-order marks, UTF-16 without one, UTF-8, and Windows-1252 as old word processors write it."""

from __future__ import annotations

import codecs
import re

from reflectkit.errors import TranscriptError
from reflectkit.values import Note

MAX_BYTES = 256 * 1024 * 1024
"""Largest file read: an hour's session has about 100 kB, so a larger file is a mistake or an attack."""

MAX_LINE_CHARS = 1_000_000
"""Longest line read: more is a binary file or a broken export, and would make every later step slow."""

MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte-order marks and the encodings they announce."""

NOT_UTF8 = Note("guessed", "the file is not UTF-8; read as Windows-1252. Give encoding= if letters look wrong.")
"""What is said of a file in no encoding that announces itself."""

_SURROGATE = re.compile("[\\ud800-\\udfff]")
_MAGIC = (
    (b"PK\x03\x04", "a zip file", "Leave format= out, or unpack it."),
    (
        b"\xd0\xcf\x11\xe0",
        "an old Word or Excel file, or one locked with a password",
        "Save it as .docx or .xlsx, unlocked.",
    ),
    (b"%PDF", "a PDF", "Save it as .docx, or copy its text into a plain text file."),
    (b"{\\rtf", "a rich text file", "Save it as .docx or plain text."),
    (b"\x89PNG", "a picture", "Give the transcript's text."),
    (b"\xff\xd8\xff", "a picture", "Give the transcript's text."),
    (b"RIFF", "a sound or film recording", "Give a transcript of it."),
    (b"ID3", "a sound recording", "Give a transcript of it."),
    (b"OggS", "a sound recording", "Give a transcript of it."),
    (b"\x1f\x8b", "a compressed file", "Unpack it first."),
    (b"\x7fELF", "a program", "Give the transcript's text."),
    (b"SQLite format 3", "a database", "Export the transcript as CSV."),
    (b"PAR1", "a parquet file", "Leave format= out."),
)


def decode(data: bytes, *, file: str | None = None, encoding: str | None = None) -> tuple[str, list[Note]]:
    r"""Turn the bytes of a transcript into text.

    Parameters
    ----------
    data : bytes
        The whole file.
    file : str, optional
        Name for error messages.
    encoding : str, optional
        Name of a Python codec; found out if not given.

    Returns
    -------
    text : str
        With line ends as ``\n``.
    notes : list of Note
        A note if the encoding had to be guessed.

    Raises
    ------
    TranscriptError
        If the bytes are not text, or are too many.
    """
    check_size(data, file=file)
    for magic, what, fix in _MAGIC:
        if data.startswith(magic):
            raise TranscriptError(f"this is {what}, not a transcript in text.", fix, file=file)
    if data[:300].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<!doctype html", b"<html")):
        raise TranscriptError("this is a web page, not a transcript.", "Save it as plain text or .docx.", file=file)
    notes: list[Note] = []
    if encoding is not None:
        text = _strict(data, encoding, file)
    elif found := announced(data):
        text = _strict(data, found, file)
    elif (utf8 := _attempt(data, "utf-8")[0]) is not None:
        text = utf8
    else:
        _refuse_binary(data, file)
        text = _strict(data, "cp1252", file)
        notes.append(NOT_UTF8)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    check_text(text, file=file)
    return text.removeprefix("\ufeff"), notes


def announced(data: bytes) -> str | None:
    """Tell which encoding bytes begin in, where they show it.

    Parameters
    ----------
    data : bytes
        A file, or its first some hundred bytes.

    Returns
    -------
    str or None
        That of a byte-order mark, or UTF-16 by its zero bytes; `None` for any other.
    """
    return next((name for mark, name in MARKS if data.startswith(mark)), None) or _utf16_without_mark(data)


def whole(text: str) -> str:
    """Replace half characters (lone surrogates), which no encoding can write.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        As long as `text`.
    """
    return _SURROGATE.sub("\ufffd", text)


def check_size(data: bytes, *, file: str | None = None) -> None:
    """Refuse a file that is too large.

    Parameters
    ----------
    data : bytes
        The whole file.
    file : str, optional
        Name for error messages.

    Raises
    ------
    TranscriptError
        If it has more than `MAX_BYTES`.
    """
    if len(data) > MAX_BYTES:
        raise TranscriptError(f"the file is larger than {MAX_BYTES >> 20} MB.", "Split it into sessions.", file=file)


def check_text(text: str, *, file: str | None = None) -> None:
    r"""Refuse text that cannot be a transcript.

    Parameters
    ----------
    text : str
        Text with line ends as ``\n``.
    file : str, optional
        Name for error messages.

    Raises
    ------
    TranscriptError
        If it is blank or holds a NUL character.
    """
    if not text.strip("\ufeff \t\n"):
        raise TranscriptError(
            "there is nothing in it.", "Give a transcript with the words of worker and client.", file=file
        )
    if (nul := text.find("\0")) >= 0:
        raise TranscriptError(
            "a NUL character: this is not plain text.",
            "Save it as plain text (UTF-8), or give encoding= if it is text in another encoding.",
            file=file,
            line=text.count("\n", 0, nul) + 1,
        )


def check_lines(text: str, *, file: str | None = None) -> None:
    r"""Refuse lines that are too long.

    Parameters
    ----------
    text : str
        Text with line ends as ``\n``, in a format that is written in lines.
    file : str, optional
        Name for error messages.

    Raises
    ------
    TranscriptError
        If it has a line longer than `MAX_LINE_CHARS`.
    """
    if len(text) <= MAX_LINE_CHARS:
        return
    start, line = 0, 1
    while start <= len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        if end - start > MAX_LINE_CHARS:
            raise TranscriptError(
                f"a line of more than {MAX_LINE_CHARS:,} characters.",
                "Give one turn a line, or check that the file is a transcript.",
                file=file,
                line=line,
            )
        start, line = end + 1, line + 1


def _attempt(data: bytes, encoding: str) -> tuple[str | None, int]:
    """Decode, or return the offset that cannot be; the error itself holds the bytes and is not let out."""
    try:
        return data.decode(encoding), 0
    except UnicodeDecodeError as error:
        return None, error.start
    except UnicodeError:
        return None, 0


def _strict(data: bytes, encoding: str, file: str | None) -> str:
    try:
        known = codecs.lookup(encoding)._is_text_encoding
    except (LookupError, ValueError, TypeError):
        known = False
    if not known:
        raise TranscriptError(f"there is no encoding {encoding!r}.", "Try 'utf-8' or 'cp1252'.", file=file)
    text, start = _attempt(data, encoding)
    if text is None:
        raise TranscriptError(
            f"the bytes are not {encoding} text.",
            "Save it as UTF-8, or give encoding=.",
            file=file,
            line=data.count(b"\n", 0, start) + 1,
        )
    return text


def _utf16_without_mark(data: bytes) -> str | None:
    """Mostly-Latin text in UTF-16 has a NUL at every second byte."""
    head = data[:4096]
    if len(head) < 4 or not head.count(0):
        return None
    odd, even = head[1::2].count(0), head[0::2].count(0)
    half = len(head) // 2
    if odd > 0.7 * half and even < 0.05 * half:
        return "utf-16-le"
    if even > 0.7 * half and odd < 0.05 * half:
        return "utf-16-be"
    return None


def _refuse_binary(data: bytes, file: str | None) -> None:
    head = data[:65536]
    control = sum(byte < 9 or 13 < byte < 32 for byte in head)
    if 0 in head or control > 0.01 * len(head):
        raise TranscriptError(
            "this is a binary file, not text.", "Give the transcript as text, CSV, JSON or subtitles.", file=file
        )
