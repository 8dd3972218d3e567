"""Word documents and Excel workbooks, written here with the libraries people use, read with their speakers and times."""

from __future__ import annotations

import datetime as dt
import io
import os
import re
import zipfile
from pathlib import Path

import docx
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import ROOT
from reflectkit import Role, TranscriptError, read_transcript

FORMATS = Path(os.environ.get("REFLECTKIT_FORMATS", ROOT.parent / "shared" / "formats"))
SAID = [("Worker", "Morning, sit down."), ("Client", "Thanks. I nearly didn't come."), ("Worker", "What got you here?")]
SHAPE = [(Role.WORKER if s == "Worker" else Role.CLIENT, t) for s, t in SAID]


def shape(transcript):
    return [(t.role, t.text) for t in transcript.turns]


def told(transcript):
    return {(n.kind, n.message, n.count) for n in transcript.notes}


def saved(document):
    stream = io.BytesIO()
    document.save(stream)
    stream.seek(0)
    return stream


def workbook(*rows, title="Sheet1"):
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    return book


def teams(entries):
    document = docx.Document()
    document.add_paragraph("Check-in")
    document.add_paragraph("12 May 2025, 10:00AM")
    document.add_paragraph("Worker started transcription")
    for name, stamp, text in entries:
        paragraph = document.add_paragraph()
        paragraph.add_run(name).bold = True
        paragraph.add_run(f"   {stamp}")
        paragraph.add_run().add_break()
        paragraph.add_run(text)
    document.add_paragraph("Worker stopped transcription")
    return document


def test_a_document_as_teams_exports_it(tmp_path):
    entries = [(s, f"{m}:05", t) for m, (s, t) in enumerate(SAID)]
    path = tmp_path / "call.docx"
    teams(entries).save(path)
    t = read_transcript(path)
    assert shape(t) == SHAPE
    assert [turn.start_s for turn in t.turns] == [5.0, 65.0, 125.0]
    assert (t.session, t.format, t.format_reason) == ("call", "docx", "a zip file with a Word document in it")
    assert not t.rows_are_units
    assert told(t) == {
        ("skipped", "lines that say when transcription started or stopped were left out.", 2),
        ("skipped", "lines above the first speaker were left out.", 2),
    }


def test_colons_in_what_teams_heard_are_no_speakers():
    entries = [
        ("Worker", "0:01", "Okay: go on."),
        ("Client", "0:04", "Okay: so I left."),
        ("Worker", "1:02:03", "Okay: and?"),
    ]
    t = read_transcript(saved(teams(entries)))
    assert [(turn.speaker, turn.start_s) for turn in t.turns] == [("Worker", 1.0), ("Client", 4.0), ("Worker", 3723.0)]


def test_the_older_form_of_teams_with_start_and_end():
    document = docx.Document()
    for second, (speaker, text) in enumerate(SAID):
        for line in ("", f"0:0:{second}.500 --> 0:0:{second + 1}.250", speaker, text, ""):
            document.add_paragraph(line)
    t = read_transcript(saved(document))
    assert shape(t) == SHAPE
    assert [(turn.start_s, turn.end_s) for turn in t.turns] == [(0.5, 1.25), (1.5, 2.25), (2.5, 3.25)]
    assert t.has_times


def test_the_older_form_without_speakers_is_refused():
    document = docx.Document()
    for second in range(4):
        document.add_paragraph(f"0:0:{second}.0 --> 0:0:{second + 1}.0")
        document.add_paragraph("zanzibar")
    with pytest.raises(TranscriptError, match="followed by no speakers") as caught:
        read_transcript(saved(document))
    assert "zanzibar" not in str(caught.value)


def test_typed_documents_with_soft_breaks_and_wrapped_lines():
    document = docx.Document()
    document.add_paragraph("P: Morning,\nsit down.")
    document.add_paragraph("C: Thanks. I nearly didn't come.\nP: What got you here?")
    t = read_transcript(saved(document), worker="P", client="C")
    assert shape(t) == SHAPE
    assert t.rows_are_units


@pytest.mark.parametrize("header", [("Time", "Speaker", "Words", "Code"), None], ids=["with a header", "without"])
def test_tables_in_a_document(header):
    document = docx.Document()
    document.add_paragraph("Coded by J.")
    rows = [(f"0:0{i}", s, t) for i, (s, t) in enumerate(SAID)]
    if header:
        rows = [header, *((*row, "OQ") for row in rows)]
    table = document.add_table(len(rows), len(rows[0]))
    for cells, row in zip(table.rows, rows, strict=True):
        for cell, text in zip(cells.cells, row, strict=True):
            cell.text = text
    t = read_transcript(saved(document))
    assert shape(t) == SHAPE
    assert [turn.start_s for turn in t.turns] == [0.0, 1.0, 2.0]
    assert ("skipped", "lines outside the table were left out.", 1) in told(t)
    assert any(n.kind == "guessed" and "no header line" in n.message for n in t.notes) == (header is None)
    with pytest.raises(TranscriptError, match="no column 'Said'"):
        read_transcript(saved(document), columns={"text": "Said"})


def test_what_a_document_holds_besides_is_counted():
    body = (
        '<w:p><w:pPr><w:tabs><w:tab w:val="left"/></w:tabs></w:pPr><w:r><w:t>Worker: Sit</w:t></w:r>'
        "<w:del><w:r><w:delText> up</w:delText><w:t> up</w:t></w:r></w:del>"
        '<w:ins><w:r><w:t xml:space="preserve"> down</w:t></w:r></w:ins><w:r><w:noBreakHyphen/><w:t>here.</w:t></w:r></w:p>'
        "<w:p><w:r><w:pict><w:txbxContent><w:p><w:r><w:t>Aside</w:t></w:r></w:p></w:txbxContent></w:pict></w:r></w:p>"
        "<w:sdt><w:sdtContent><w:p><w:hyperlink><w:r><w:t>Client: No.</w:t></w:r></w:hyperlink></w:p></w:sdtContent></w:sdt>"
    )
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        word = '<w:{0} xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">{1}</w:{0}>'
        archive.writestr("word/document2.xml", word.format("document", f"<w:body>{body}</w:body>"))
        archive.writestr("word/comments.xml", word.format("comments", "<w:p><w:r><w:t>check</w:t></w:r></w:p>"))
        archive.writestr("word/footnotes.xml", word.format("footnotes", "<w:p/>"))
    stream.seek(0)
    t = read_transcript(stream)
    assert [turn.text for turn in t.turns] == ["Sit down-here.", "No."]
    assert {n.message.split(" were ")[0] for n in t.notes} == {"deletions of tracked changes", "text boxes", "comments"}


def test_workbooks_find_their_header_and_keep_times():
    book = workbook(
        ["Session 4, coded"],
        [],
        ["No", "Time", "Who", "Utterance", "Code"],
        [1, dt.time(0, 0, 5), "Worker", "Morning, sit down.", "G"],
        [2, "0:01:05", "Client", "Thanks. I nearly didn't come.", None],
        [3, dt.timedelta(seconds=125), "Worker", "What got you here?", "OQ"],
    )
    t = read_transcript(saved(book))
    assert shape(t) == SHAPE
    assert [turn.start_s for turn in t.turns] == [5.0, 65.0, 125.0]
    assert t.format == "xlsx"
    assert told(t) == {
        ("skipped", "rows above the header were left out.", 1),
        ("skipped", "columns beside those of speaker, text and time were not used.", 2),
    }


def test_one_sheet_of_several():
    book = workbook(["Speaker", "Text"], *SAID, title="Monday")
    second = book.create_sheet("Friday")
    for row in [("Speaker", "Text"), ("Worker", "Back again."), ("Client", "Yes.")]:
        second.append(row)
    first = read_transcript(saved(book))
    assert shape(first) == SHAPE
    assert ("skipped", "other sheets were left out; session= chooses one by its name.", 1) in told(first)
    friday = read_transcript(saved(book), session="friday")
    assert ([t.text for t in friday.turns], friday.session) == (["Back again.", "Yes."], "friday")


def test_formulas_are_read_as_saved_and_never_run():
    book = workbook(
        ["Speaker", "Text"], *SAID, ["Client", '=HYPERLINK("http://x.test","zanzibar")'], ["Client", "#REF!"]
    )
    stream = saved(book)
    t = read_transcript(stream)
    assert t.turns[-1].text == "\n"
    assert {m.split(" (")[0].split(";")[0] for k, m, n in told(t) if k == "skipped"} == {
        "formulas without a saved value were read as blank",
        "cells that hold an error",
    }
    t = read_transcript(_with_value(stream, b"Link"))
    assert t.turns[-1].text == "Link\n"
    assert ("mended", "formulas were read as the values saved with them.", 1) in told(t)


def _with_value(stream, value):
    """Save a value with every formula, as Excel does and openpyxl does not."""
    out = io.BytesIO()
    with zipfile.ZipFile(stream) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            target.writestr(name, re.sub(rb"</f><v\s*/?>(?:</v>)?", b"</f><v>" + value + b"</v>", data))
    out.seek(0)
    return out


def test_rich_text_and_signs_that_xml_cannot_hold():
    from openpyxl.cell.rich_text import CellRichText, TextBlock
    from openpyxl.cell.text import InlineFont

    rich = CellRichText("You ", TextBlock(InlineFont(b=True), "stayed"), ".")
    book = workbook(["Speaker", "Text"], ["Worker", rich], ["Client", "a_x0009_b"], [True, 7.5])
    assert [t.text for t in read_transcript(saved(book), worker="Worker").turns] == ["You stayed.", "a\tb", "7.5"]


cell = st.text(st.characters(exclude_categories=["C"]), max_size=30).filter(lambda s: not s.startswith("="))


@pytest.mark.filterwarnings("ignore:.*exchanged")  # of random words anything may be suspected
@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["Worker", "Client"]), cell, st.integers(0, 99)), min_size=2, max_size=12))
def test_random_tables_come_back_from_a_workbook(rows):
    rows = [("Worker", "Hello there.", 0), ("Client", "Hello you.", 0), *rows]
    t = read_transcript(saved(workbook(["Speaker", "Said", "Start"], *rows)), columns={"text": "Said"})
    pieces = [(turn.speaker, turn.text[p.start : p.end], p.start_s) for turn in t.turns for p in turn.pieces]
    assert pieces == [(s, text.strip(), n) for s, text, n in rows]


@pytest.mark.skipif(not FORMATS.is_dir(), reason="public files are not here; name their folder in REFLECTKIT_FORMATS")
def test_public_workbooks_hold_what_openpyxl_finds():
    from reflectkit.read.archive import open_archive
    from reflectkit.read.xlsx import read_xlsx

    paths = sorted(FORMATS.rglob("*.xlsx"))
    assert paths
    for path in paths:
        reading = read_xlsx(open_archive(path.read_bytes()))
        sheet = openpyxl.load_workbook(io.BytesIO(path.read_bytes()), data_only=True).worksheets[0]
        table = [[str(c or "").strip() for c in row] for row in sheet.iter_rows(values_only=True)]
        texts = {row.text for row in reading.rows}
        column = next(i for i in range(len(table[0])) if {row[i] for row in table[1:]} >= texts - {""})
        assert [row.text for row in reading.rows] == [row[column] for row in table[1:]]


# Sheets as people keep them -------------------------------------------------------------------------------------------


def test_a_sheet_with_merged_headings_remarks_and_blank_last_cells():
    book = workbook(
        ["Session 12"], ["Date", "3 May"], ["who", None, "what"], ["Speaker", "Time", "Utterance", "Code"],
        ["PSW", "0:01", "How was it?"], ["After the break"], ["Client", "0:04", "Bad."], [], ["Transcribed by", "JP"],
    )  # fmt: skip
    book.active.merge_cells("A1:D1")
    t = read_transcript(saved(book))
    assert [(turn.role, turn.text, turn.start_s) for turn in t.turns] == [
        (Role.WORKER, "How was it?", 1), (Role.CLIENT, "Bad.", 4),
    ]  # fmt: skip
    assert ("skipped", "rows of labels that never say anything (headings, remarks) were left out.", 2) in told(t)


def test_a_sheet_with_a_column_for_each_speaker():
    rows = [["Session 3"], ["Time", "Interviewer", "Participant", "Code"], ["0:01", "How was it?", None, "Q"],
            ["0:04", None, "Bad."], ["0:09", "Oh.", "Yes."]]  # fmt: skip
    t = read_transcript(saved(workbook(*rows)))
    assert [(turn.role, turn.text, turn.start_s) for turn in t.turns] == [
        (Role.WORKER, "How was it?", 1), (Role.CLIENT, "Bad.", 4), (Role.WORKER, "Oh.", 9), (Role.CLIENT, "Yes.", 9),
    ]  # fmt: skip
    assert [n.kind for n in t.notes] == ["guessed", "skipped"]


def test_a_cover_sheet_is_told_from_the_transcript(tmp_path):
    book = workbook(("Session record",), ("Worker", "Bex"), title="Cover")
    sheet = book.create_sheet("Transcript")
    for row in (("Speaker", "Text"), ("Worker", "Come in."), ("Client", "Thanks.")):
        sheet.append(row)
    book.save(tmp_path / "two.xlsx")
    with pytest.raises(TranscriptError, match=r"another of the 2 sheets, choose that with session= \(--session\)"):
        read_transcript(tmp_path / "two.xlsx")
    assert len(read_transcript(tmp_path / "two.xlsx", session="Transcript").turns) == 2


def test_merged_cells_keep_their_words_and_their_speaker():
    document = docx.Document()
    table = document.add_table(rows=5, cols=3)
    rows = [("Team meeting", "", ""), ("Time", "Speaker", "Words"), ("0:01", "Worker", "How was it?"), ("0:05", "Client", "Bad. I hid."),
            ("", "Client", "All week long.")]  # fmt: skip
    for cells, values in zip(table.rows, rows, strict=True):
        for cell, value in zip(cells.cells, values, strict=True):
            cell.text = value
    table.cell(0, 0).merge(table.cell(0, 2))
    merged = table.cell(4, 0).merge(table.cell(4, 1))
    merged.text = "Client"
    transcript = read_transcript(saved(document))
    assert [(t.speaker, t.text) for t in transcript.turns] == [
        ("Worker", "How was it?"),
        ("Client", "Bad. I hid.\nAll week long."),
    ]


def test_talk_above_a_table_of_reflections_is_the_talk():
    document = docx.Document()
    for speaker, text in SAID:
        document.add_paragraph(f"{speaker}: {text}")
    table = document.add_table(rows=2, cols=2)
    words = (
        "What went well?",
        "I listened for long and gave back what she said to me",
        "What next?",
        "Ask my supervisor about the pauses in this talk",
    )
    for cell, value in zip((c for row in table.rows for c in row.cells), words, strict=True):
        cell.text = value
    transcript = read_transcript(saved(document))
    assert shape(transcript) == SHAPE
    assert any("tables beside the text" in note.message for note in transcript.notes)


def test_a_sheet_of_one_column_is_lines_of_text():
    assert shape(read_transcript(saved(workbook(*[[f"{speaker}: {text}"] for speaker, text in SAID])))) == SHAPE


def test_a_heading_merged_over_a_table_is_no_speech_and_a_speaker_over_his_time_is_one():
    document = docx.Document()
    rows = [
        ("Speaker", "Text"),
        ("Worker", "How was it?"),
        ("Client", "Not great."),
        ("Part two", ""),
        ("Worker", "And now?"),
        ("Client", "Bad."),
    ]
    table = document.add_table(rows=len(rows), cols=2)
    for cells, values in zip(table.rows, rows, strict=True):
        for cell, value in zip(cells.cells, values, strict=True):
            cell.text = value
    table.cell(3, 0).merge(table.cell(3, 1))
    assert [t.text for t in read_transcript(saved(document)).turns] == ["How was it?", "Not great.", "And now?", "Bad."]
    document = docx.Document()
    rows = [
        ("Speaker", "Time", "Text"),
        ("Worker", "0:01", "How was it?"),
        ("Client", "", "Not great."),
        ("Worker", "0:09", "And now?"),
    ]
    table = document.add_table(rows=len(rows), cols=3)
    for cells, values in zip(table.rows, rows, strict=True):
        for cell, value in zip(cells.cells, values, strict=True):
            cell.text = value
    table.cell(2, 0).merge(table.cell(2, 1)).text = "Client"
    assert [t.speaker for t in read_transcript(saved(document)).turns] == ["Worker", "Client", "Worker"]
