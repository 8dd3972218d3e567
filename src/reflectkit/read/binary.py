"""Formats that are not text: told by what they hold."""

from __future__ import annotations

import zipfile
from collections.abc import Hashable, Iterable, Mapping

from reflectkit.errors import TranscriptError
from reflectkit.read import docx, odf, parquet, xlsx
from reflectkit.read.archive import open_archive
from reflectkit.read.formats import BY_NAME, Reading

_ZIP = b"PK\x03\x04"


def find_binary(data: bytes, *, file: str | None = None) -> tuple[str, str] | None:
    """Find the format of bytes that are not text.

    Parameters
    ----------
    data : bytes
        The whole file.
    file : str, optional
        Name for error messages.

    Returns
    -------
    (str, str) or None
        The format's name and what gave it away; `None` if it is none of the binary formats read.

    Raises
    ------
    TranscriptError
        If it is a zip file that is broken, or of something else.
    """
    if data.startswith(parquet.MAGIC):
        return "parquet", "it begins with PAR1"
    if not data.startswith(_ZIP):
        return None
    return _in_zip(open_archive(data, file=file), file)


def _in_zip(archive: zipfile.ZipFile, file: str | None) -> tuple[str, str]:
    names = archive.namelist()
    if any(docx.MAIN.fullmatch(name) for name in names):
        return "docx", "a zip file with a Word document in it"
    if xlsx.MAIN in names:
        return "xlsx", "a zip file with an Excel workbook in it"
    problem, fix = "a zip file of something else than a transcript", "Unpack it and give one file."
    if "xl/workbook.bin" in names:
        problem, fix = "an Excel workbook in the binary form (.xlsb)", "Save it as .xlsx."
    elif odf.MAIN in names:
        kind = odf.kind_of(archive, file=file)
        if kind is not None:
            return kind, f"a zip file with an OpenDocument {'text' if kind == 'odt' else 'workbook'} in it"
        problem, fix = "a drawing or presentation of LibreOffice", "Give the transcript as .odt, .docx or text."
    elif any(name.startswith("ppt/") for name in names):
        problem, fix = "a presentation", "Give the transcript as .docx or text."
    raise TranscriptError(f"this is {problem}.", fix, file=file)


def read_binary(
    data: bytes,
    format: str,
    *,
    given: Iterable[str] = (),
    columns: Mapping[str, Hashable] | None = None,
    session: str | None = None,
    file: str | None = None,
) -> Reading:
    """Read a transcript in a format that is not text.

    Parameters
    ----------
    data : bytes
        The whole file.
    format : str
        Name of a format whose `binary` is true.
    given : iterable of str, optional
        Speakers named by the caller.
    columns, session, file : optional
        As for `reflectkit.read.cells.read_cells`.

    Returns
    -------
    Reading
        Rows, notes, the session's name, and whether rows were cut on purpose.

    Raises
    ------
    TranscriptError
        If it is not in that format, or cannot be read.
    """
    magic = parquet.MAGIC if format == "parquet" else _ZIP
    if not data.startswith(magic):
        raise TranscriptError(
            f"this is no file in the format {format!r} ({BY_NAME[format].label}).", "Leave format= out.", file=file
        )
    if format == "parquet":
        return parquet.read_parquet(data, columns=columns, session=session, file=file)
    archive = open_archive(data, file=file)
    if format == "docx":
        return docx.read_docx(archive, given=given, columns=columns, session=session, file=file)
    if format == "odt":
        return odf.read_odt(archive, given=given, columns=columns, session=session, file=file)
    if format == "ods":
        return odf.read_ods(archive, columns=columns, session=session, file=file)
    return xlsx.read_xlsx(archive, given=given, columns=columns, session=session, file=file)
