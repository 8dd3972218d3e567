"""OpenDocument texts and workbooks, as LibreOffice writes them."""

from __future__ import annotations

import io
import zipfile

import pytest

from reflectkit import Role, TranscriptError, read_transcript

SAID = [("Worker", "Morning, sit down."), ("Client", "Thanks. I nearly didn't come."), ("Worker", "What got you here?")]
SHAPE = [(Role.WORKER if s == "Worker" else Role.CLIENT, t) for s, t in SAID]
SPACES = "".join(f' xmlns:{s}="urn:oasis:names:tc:opendocument:xmlns:{s}:1.0"' for s in ("office", "text", "table"))


def opened(body, manifest="<manifest/>"):
    content = f"<office:document-content{SPACES}><office:body>{body}</office:body></office:document-content>"
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument")
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr("content.xml", content)
    stream.seek(0)
    return stream


def text_of(*paragraphs):
    return f"<office:text>{''.join(f'<text:p>{p}</text:p>' for p in paragraphs)}</office:text>"


def cell(value="", attributes=""):
    return f"<table:table-cell {attributes}>{f'<text:p>{value}</text:p>' if value else ''}</table:table-cell>"


def row(*cells, times=1):
    inside = "".join(c if c.startswith("<") else cell(c) for c in cells)
    return f'<table:table-row table:number-rows-repeated="{times}">{inside}</table:table-row>'


def sheet(name, *rows):
    return f'<table:table table:name="{name}">{"".join(rows)}</table:table>'


def book(*sheets):
    return opened(f"<office:spreadsheet>{''.join(sheets)}</office:spreadsheet>")


def wide(times):
    return f'table:number-columns-repeated="{times}"'


def shape(transcript):
    return [(t.role, t.text) for t in transcript.turns]


def test_a_text(tmp_path):
    body = text_of(
        "<text:tracked-changes><text:p>zanzibar</text:p></text:tracked-changes>Interview 7",
        'Worker:<text:tab/>Morning,<text:s text:c="2"/>sit <text:span>down.</text:span>'
        "<office:annotation><text:p>zanzibar</text:p></office:annotation>",
        "Client: Thanks.<text:line-break/>I nearly didn't come."
        "<text:note><text:note-body><text:p>zanzibar</text:p></text:note-body></text:note>",
        "Worker: What got you here?",
    )
    path = tmp_path / "s7.odt"
    path.write_bytes(opened(body).read())
    t = read_transcript(path)
    assert [turn.text for turn in t.turns] == ["Morning,  sit down.", *(text for _, text in SAID[1:])]
    assert (t.session, t.format, t.format_reason) == ("s7", "odt", "a zip file with an OpenDocument text in it")
    assert {(n.message.split(" ")[0], n.count) for n in t.notes} == {
        ("deletions", 1), ("comments", 1), ("footnotes", 1), ("lines", 1),
    }  # fmt: skip


def test_a_table_in_a_text():
    rows = [row("Speaker", "Words"), *(row(*said) for said in SAID)]
    t = read_transcript(opened(f"<office:text>{sheet('T', *rows)}</office:text>"))
    assert (shape(t), t.notes) == (SHAPE, ())


def test_a_workbook():
    head = row("Time", "Speaker", "Text", cell(attributes=wide(16000)))
    rows = [
        row(cell("x", f'office:value-type="time" office:time-value="PT00H0{m}M05S"'), *said)
        for m, said in enumerate(SAID)
    ]
    twice = row(cell("9", 'office:value-type="float" office:value="300"'), "Client", "Mm.", times=2)
    rest = row(cell(attributes=wide(16384)), times=1048000)
    stream = book(sheet("Notes"), sheet("Talk", head, *rows, twice, rest), sheet("More", head, rows[0]))
    t = read_transcript(stream)
    assert shape(t) == [*SHAPE, (Role.CLIENT, "Mm.\nMm.")]
    assert [turn.start_s for turn in t.turns] == [5.0, 65.0, 125.0, 300.0]
    assert [(n.kind, n.count) for n in t.notes] == [("skipped", 1)]
    stream.seek(0)
    with pytest.raises(TranscriptError, match="only one speaker"):
        read_transcript(stream, session="more")


@pytest.mark.parametrize(
    ("stream", "problem"),
    [
        (opened("<office:drawing/>"), "drawing or presentation"),
        (opened("<office:text/>"), "nothing in it"),
        (opened("<office:text><text:p>"), "XML is broken"),
        (opened("\1", "<manifest><file-entry><encryption-data/></file-entry></manifest>"), "locked with a password"),
        (opened(text_of("Worker: " + "a " * 600_000)), "a paragraph of more than"),
        (opened(text_of("Worker: " + '<text:s text:c="1000"/>' * 1100)), "a paragraph of more than"),
        (book(), "nothing in it"),
        (book(sheet("S", row(cell("x", wide(999_999_999))))), "too many columns"),
        (book(sheet("S", row("x", times=999_999_999))), "too many cells"),
        (book(sheet("S", row("a " * 600_000))), "a cell of more than"),
        (book(sheet("S", row(cell('a<text:s text:c="1000"/>' * 1100)))), "a cell of more than"),
        (book(*(sheet(f"S{n}", row("x", times=9_000_000)) for n in range(3))), "too many cells"),
    ],
    ids=[
        "drawing",
        "empty",
        "broken",
        "locked",
        "long paragraph",
        "endless blanks",
        "empty book",
        "endless row",
        "endless rows",
        "long cell",
        "endless blanks in a cell",
        "endless rows over several sheets",
    ],
)
def test_what_is_refused(stream, problem):
    with pytest.raises(TranscriptError, match=problem):
        read_transcript(stream)
