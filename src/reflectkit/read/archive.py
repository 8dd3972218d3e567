"""Zip files, as Word and Excel write them: looked into in memory, with bounds, and never unpacked to disk."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator

from reflectkit.errors import TranscriptError

MAX_MEMBERS = 10_000
"""Most parts of a zip file."""

MAX_UNPACKED = 256 * 1024 * 1024
"""Most bytes one part may unpack to. What a part declares is what is read of it, so a false size unpacks no more."""

MAX_RATIO = 400
"""Most bytes unpacked for one packed, in parts of more than 32 MB: tables of the same words reach some hundred."""

_CHUNK = 1 << 16
_AGAIN = "Open it in the program that wrote it and save it again."


def open_archive(data: bytes, *, file: str | None = None) -> zipfile.ZipFile:
    """Open a zip file held in memory.

    Parameters
    ----------
    data : bytes
        The whole file.
    file : str, optional
        Name for error messages.

    Returns
    -------
    zipfile.ZipFile
        Its list of parts; no part is read yet.

    Raises
    ------
    TranscriptError
        If it is broken, has too many parts, is encrypted, or a part unpacks to more than the bounds.
    """
    archive = None
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, EOFError, OSError, NotImplementedError, OverflowError):
        pass
    if archive is None:
        raise TranscriptError("the zip file it is made of is broken.", _AGAIN, file=file)
    parts = archive.infolist()
    if len(parts) > MAX_MEMBERS:
        raise TranscriptError(f"a zip file of {len(parts):,} parts.", _AGAIN, file=file)
    for part in parts:
        bomb = part.file_size > MAX_UNPACKED // 8 and part.file_size > MAX_RATIO * max(part.compress_size, 1)
        if part.file_size > MAX_UNPACKED or bomb:
            raise TranscriptError(
                f"a part of it unpacks to {part.file_size >> 20:,} MB.", "Do not trust it, or split it.", file=file
            )
    return archive


def read_part(archive: zipfile.ZipFile, name: str, *, file: str | None = None) -> Iterator[bytes]:
    """Read a part piece by piece.

    Parameters
    ----------
    archive : zipfile.ZipFile
        From `open_archive`.
    name : str
        The part.
    file : str, optional
        Name for error messages.

    Yields
    ------
    bytes
        At most 64 kB.

    Raises
    ------
    TranscriptError
        If the part is not there, encrypted, packed in another way than office programs do, or broken.
    """
    broken = False
    try:
        part = archive.getinfo(name)
        broken = part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or bool(part.flag_bits & 1)
        stream = archive.open(part)
    except (KeyError, zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError):
        broken = True
    while not broken:
        chunk = b""
        try:
            chunk = stream.read(_CHUNK)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError):
            broken = True
        if chunk:
            yield chunk
        elif not broken:
            return
    raise TranscriptError("the zip file it is made of is broken or encrypted.", _AGAIN, file=file)
