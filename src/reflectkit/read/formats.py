"""The formats that are read: one place for their names, which the command line, the documentation and the detection follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from reflectkit.errors import TranscriptError
from reflectkit.values import Note, Row


@dataclass(frozen=True, slots=True)
class Format:
    """A format of transcripts.

    Attributes
    ----------
    name : str
        What ``format=`` and ``--format`` call it.
    label : str
        What it looks like, for people.
    written_by : str
        Who or what writes it.
    suffixes : tuple of str
        Endings of file names, each with its point. They settle only what the content leaves open.
    binary : bool
        True if a file of it is not text, so that it is read from bytes.
    """

    name: str
    label: str
    written_by: str
    suffixes: tuple[str, ...] = ()
    binary: bool = False


class Reading(NamedTuple):
    """What a reader found.

    Attributes
    ----------
    rows : list of Row
        Rows in order.
    notes : list of Note
        What was skipped, mended or guessed.
    session : str or None
        Name of the session, if the source names it.
    units : bool
        True if the rows were cut by somebody on purpose, so that no utterance spans two of them.
    """

    rows: list[Row]
    notes: list[Note]
    session: str | None = None
    units: bool = True


FORMATS: tuple[Format, ...] = (
    Format(
        "text",
        "text: `Speaker: words`, wrapped lines, numbered turns and lines, stamps such as `[00:12]` or `#00:00:12-0#`, headings such as "
        "`Name  0:03`, `Name - words`, `[Name] words`, names on lines of their own, `Q.` and `A.`, saved chats",
        "people, Otter, Rev, Word, Zoom, Meet, Descript, f4, WhisperX, WhatsApp, Slack",
        (".txt", ".md"),
    ),
    Format("csv", "CSV (also with semicolons)", "spreadsheets, research corpora", (".csv",)),
    Format("tsv", "tab-separated values", "spreadsheets", (".tsv", ".tab")),
    Format("json", "JSON: records or `[speaker, text]` pairs", "chat systems", (".json",)),
    Format("jsonl", "JSON lines: one record or pair a line", "chat systems", (".jsonl", ".ndjson")),
    Format("vtt", "WebVTT: `<v Name>` and `Name:`, also rolling", "Teams, Zoom, YouTube", (".vtt",)),
    Format("srt", "SRT with `Name:`", "subtitle tools", (".srt",)),
    Format("sbv", "SBV with `Name:`", "YouTube", (".sbv",)),
    Format("whisper", "segments with speakers, in JSON", "WhisperX, whisper.cpp, OpenAI"),
    Format("aws", "`results` with speaker labels, in JSON", "AWS Transcribe"),
    Format("deepgram", "`results` with utterances or channels, in JSON", "Deepgram"),
    Format("assemblyai", "`utterances` in milliseconds, in JSON", "AssemblyAI"),
    Format("azure", "`recognizedPhrases` or `phrases`, in JSON", "Azure Speech"),
    Format("google", "`results` with tagged words, in JSON", "Google Speech-to-Text"),
    Format("revai", "`monologues`, in JSON", "Rev, Rev AI"),
    Format("speechmatics", "`results` with types, in JSON", "Speechmatics"),
    Format("elevenlabs", "`words` with types, in JSON", "ElevenLabs Scribe"),
    Format(
        "cha", "CHAT: `*INV:` tiers with times; `%mor:` and the like left out", "CLAN, TalkBank, batchalign", (".cha",)
    ),
    Format("eaf", "ELAN: the tiers of speech, merged by time", "ELAN", (".eaf",)),
    Format("annomi", "AnnoMI's table (rows of several annotators are one utterance)", "AnnoMI"),
    Format("esconv", "ESConv's list of dialogues, one chosen by its number (`session=`)", "ESConv"),
    Format("convokit", "ConvoKit corpora: the folder or its `utterances.jsonl`", "ConvoKit"),
    Format(
        "docx",
        "Word documents: `Name  0:11` headings, typed `P:` lines, tables",
        "Teams, people",
        (".docx", ".docm"),
        binary=True,
    ),
    Format(
        "xlsx",
        "Excel workbooks: the first sheet, or one named by `session=`",
        "spreadsheets",
        (".xlsx", ".xlsm"),
        binary=True,
    ),
    Format("odt", "OpenDocument texts, read as Word documents are", "LibreOffice, Google Docs", (".odt",), binary=True),
    Format("ods", "OpenDocument workbooks, read as Excel's are", "LibreOffice, Google Sheets", (".ods",), binary=True),
    Format(
        "parquet",
        "parquet tables (needs `pip install 'reflectkit[parquet]'`)",
        "data pipelines",
        (".parquet",),
        binary=True,
    ),
)
"""All formats, in the order in which they are shown."""

NAMES: tuple[str, ...] = tuple(f.name for f in FORMATS)
BY_NAME: Mapping[str, Format] = {f.name: f for f in FORMATS}
BY_SUFFIX: Mapping[str, str] = {suffix: f.name for f in FORMATS for suffix in f.suffixes}


def check_format(name: str | None) -> None:
    """Refuse a format that is not there.

    Parameters
    ----------
    name : str or None
        As given by the caller; `None` is fine.

    Raises
    ------
    TranscriptError
        If no format has that name.
    """
    if name is not None and name not in BY_NAME:
        raise TranscriptError(f"there is no format {name!r}.", f"Use one of: {', '.join(NAMES)}.")


def as_table() -> str:
    """Return the formats as a table in Markdown, as ``docs/formats.md`` shows it.

    Returns
    -------
    str
        One row a format, without a heading.
    """
    return "\n".join(f"| {f.label} | `{f.name}` | {f.written_by} |" for f in FORMATS)
