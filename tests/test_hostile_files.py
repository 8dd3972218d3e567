"""Files made to harm: each ends in one clear error, in bounded time and memory, and nothing is written or run."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reflectkit import Transcript, TranscriptError, read_transcript
from reflectkit.read import archive as archives
from reflectkit.read.xml_ import MAX_DEPTH, MAX_TOKEN

SECRET = "zanzibar"
WORD = '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>{}</w:body></w:document>'
SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
)
BOOK = (
    '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<sheets><sheet name="A" sheetId="1" r:id="r1"/></sheets></workbook>'
)
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="{}"/></Relationships>'
)


def paragraph(text):
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


TALK = WORD.format(paragraph("Worker: How was it?") + paragraph(f"Client: {SECRET}."))


def zipped(parts, compression=zipfile.ZIP_DEFLATED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def docx(document, **parts):
    return zipped({"word/document.xml": document, **parts})


def xlsx(rows, target="worksheets/sheet1.xml", **parts):
    return zipped(
        {
            "xl/workbook.xml": BOOK,
            "xl/_rels/workbook.xml.rels": RELATIONS.format(target),
            "xl/worksheets/sheet1.xml": SHEET.format(rows),
            **parts,
        }
    )


def cell(reference, text):
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


def row(number, *texts):
    return f'<row r="{number}">{"".join(cell(f"{letter}{number}", text) for letter, text in zip("ABC", texts, strict=False))}</row>'


TABLE = row(1, "speaker", "text") + row(2, "Worker", "How was it?") + row(3, "Client", f"{SECRET}.")
ENTITIES = '<!DOCTYPE w:document [<!ENTITY a "' + SECRET * 50 + '">' + "".join(
    f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
) + "]>"  # fmt: skip


def declared_sizes(data, size):
    """Write another unpacked size into every header of a zip file."""
    data = bytearray(data)
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.find(signature)
        while at >= 0:
            struct.pack_into("<I", data, at + offset, size)
            at = data.find(signature, at + 4)
    return bytes(data)


CASES = {
    "entity bomb in docx": (docx(ENTITIES + TALK), "declares entities"),
    "entity bomb in xlsx": (xlsx(TABLE, **{"xl/sharedStrings.xml": ENTITIES.replace("w:document", "sst") + "<sst/>"}), "declares entities"),
    "reference to another file": (docx('<!DOCTYPE w SYSTEM "file:///etc/passwd">' + TALK), "declares entities"),
    "UTF-16 entity bomb": (docx((ENTITIES + TALK).encode("utf-16")), "declares entities"),
    "deep document": (docx(WORD.format("<w:sdt>" * 100_000 + paragraph(SECRET) + "</w:sdt>" * 100_000)), "nested too deeply"),
    "broken document": (docx(TALK[:-20]), "XML is broken"),
    "truncated zip": (docx(TALK)[:-40], "zip file it is made of is broken"),
    "zip of zeros": (b"PK\x03\x04" + b"\0" * 200, "zip file it is made of is broken"),
    "zip bomb": (docx(b" " * (200 << 20)), "unpacks to 200 MB"),
    "a size that is not true": (declared_sizes(docx(TALK), 10), "broken"),
    "a size beyond all bounds": (declared_sizes(docx(TALK), 0xFFFFFFF0), "unpacks to"),
    "thousands of parts": (docx(TALK, **{f"x{i}": "" for i in range(archives.MAX_MEMBERS)}), "parts"),
    "packed another way": (zipped({"word/document.xml": TALK}, zipfile.ZIP_LZMA), "broken or encrypted"),
    "a paragraph of ten million characters": (docx(WORD.format(paragraph("Worker: " + "a " * 5_000_000))), "more than 1,000,000"),
    "a cell of ten million characters": (xlsx(TABLE + row(4, "Worker", "a " * 5_000_000)), "line 4: a cell of more than"),
    "a column beyond the last": (xlsx(TABLE + f'<row r="4">{cell("ZZZ4", SECRET)}</row>'), "too many columns"),
    "no sheet": (zipped({"xl/workbook.xml": BOOK}), "holds no sheet"),
    "a sheet outside the archive": (xlsx(TABLE, target="../../../../etc/passwd"), "holds no sheet"),
    "empty document": (docx(WORD.format("")), "nothing in it"),
    "empty workbook": (xlsx(""), "nothing in it"),
    "other zip": (zipped({"a.txt": SECRET}), "something else than a transcript"),
    "odt of something else": (zipped({"content.xml": TALK}), "drawing or presentation"),
    "entity bomb in odt": (zipped({"content.xml": ENTITIES + TALK}), "declares entities"),
    "pptx": (zipped({"ppt/presentation.xml": TALK}), "a presentation"),
    "xlsb": (zipped({"xl/workbook.bin": b"1"}), "binary form"),
    "old or locked office file": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + SECRET.encode() * 100, "locked with a password"),
    "rich text": (b"{\\rtf1 Worker: " + SECRET.encode(), "rich text"),
    "web page": (b"<!DOCTYPE html><p>Worker: " + SECRET.encode(), "a web page"),
}  # fmt: skip


@pytest.mark.parametrize(("data", "problem"), CASES.values(), ids=CASES.keys())
def test_one_clear_error(data, problem, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TranscriptError) as caught:
        read_transcript(io.BytesIO(data))
    assert problem in str(caught.value)
    assert caught.value.fix
    assert SECRET not in str(caught.value)
    assert caught.value.__context__ is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("data", [docx(TALK), xlsx(TABLE)], ids=["docx", "xlsx"])
def test_an_encrypted_part_is_refused(data):
    flagged = bytearray(data)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = flagged.find(signature)
        while at >= 0:
            flagged[at + offset] |= 1
            at = flagged.find(signature, at + 4)
    with pytest.raises(TranscriptError, match="broken or encrypted"):
        read_transcript(io.BytesIO(bytes(flagged)))


def test_names_that_climb_out_and_macros_do_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    parts = {
        "../../climbed.txt": SECRET,
        "/abs.txt": SECRET,
        "word/vbaProject.bin": b"Shell",
        "word/_rels/document.xml.rels": "<x",
    }
    t = read_transcript(io.BytesIO(docx(TALK, **parts)))
    assert t.turns[0].text == "How was it?"
    assert list(tmp_path.iterdir()) == []
    assert not (tmp_path.parent.parent / "climbed.txt").exists()


def test_a_row_number_without_end_does_not_hang():
    t = read_transcript(io.BytesIO(xlsx(TABLE + row(999_999_999, "Worker", "So?"))))
    assert t.turns[-1].text == "So?"


def test_formulas_are_text_or_nothing():
    formula = '<row r="4"><c r="A4" t="inlineStr"><is><t>Client</t></is></c><c r="B4" t="str"><f>WEBSERVICE("http://x.test")</f><v>=1+1</v></c></row>'
    t = read_transcript(io.BytesIO(xlsx(TABLE + formula)))
    assert t.turns[-1].text.endswith("=1+1")


def test_formats_given_that_the_bytes_are_not():
    for data, format in [
        (b"Worker: a\nClient: b", "docx"), (docx(TALK), "xlsx"), (xlsx(TABLE), "docx"), (docx(TALK), "text"),
        (b"Worker: a\nClient: b", "parquet"),
    ]:  # fmt: skip
        with pytest.raises(TranscriptError, match=r"this is (?:no|a zip)"):
            read_transcript(io.BytesIO(data), format=format)
    with pytest.raises(TranscriptError, match="XML is broken"):
        Transcript.from_text("Worker: a\nClient: b", format="eaf")
    with pytest.raises(TranscriptError, match="read from files"):
        Transcript.from_text("Worker: a\nClient: b", format="docx")


WORKBOOK_OF_STRINGS = xlsx(TABLE, **{"xl/sharedStrings.xml": f"<sst>{'<si><t>a</t></si>' * 2}</sst>"})
WHOLE = {"docx": docx(TALK), "xlsx": xlsx(TABLE, **{"xl/styles.xml": "<styleSheet/>"})}


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(sorted(WHOLE)),
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=6),
    st.integers(0, 200),
)
def test_mutated_files_are_read_or_refused(name, changes, cut):
    data = bytearray(WHOLE[name])
    for at, value in changes:
        data[at % len(data)] = value
    message = ""
    try:
        read_transcript(io.BytesIO(bytes(data[: len(data) - cut])), worker="Worker")
    except TranscriptError as error:
        message = str(error)
    assert SECRET not in message


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from('<>/&;"= arowct1Z0x_-:\n'), max_size=300))
def test_random_xml_is_read_or_refused(text):
    for data in (docx(WORD.format(text)), xlsx(text), docx(text)):
        with suppress(TranscriptError):
            read_transcript(io.BytesIO(data))


def test_counts_are_bounded(monkeypatch):
    from reflectkit.read import elan, tabular, xlsx

    monkeypatch.setattr(tabular, "MAX_ROWS", 1)
    with pytest.raises(TranscriptError, match="line 3: more than 1 rows"):
        read_transcript(io.BytesIO(WHOLE["xlsx"]))
    monkeypatch.setattr(xlsx, "MAX_STRINGS", 1)
    with pytest.raises(TranscriptError, match="more than 1 texts"):
        read_transcript(io.BytesIO(WORKBOOK_OF_STRINGS))
    monkeypatch.setattr(xlsx, "MAX_CELLS", 3)
    with pytest.raises(TranscriptError, match="line 2: a sheet of too many cells"):
        read_transcript(io.BytesIO(WHOLE["xlsx"]))
    monkeypatch.setattr(elan, "MAX_TIERS", 1)
    with pytest.raises(TranscriptError, match="more than 1 tiers"):
        Transcript.from_text('<ANNOTATION_DOCUMENT><TIER TIER_ID="a"/><TIER TIER_ID="b"/></ANNOTATION_DOCUMENT>')


def test_depth_is_bounded_where_it_says():
    inside = "<w:sdt>" * (MAX_DEPTH - 5) + paragraph("Worker: How?") + "</w:sdt>" * (MAX_DEPTH - 5)
    assert len(read_transcript(io.BytesIO(docx(WORD.format(inside + paragraph("Client: So."))))).turns) == 2


def test_a_part_named_as_many_sheets_is_looked_at_once_and_sheets_are_few(monkeypatch):
    from reflectkit.read import xlsx as reader

    def book(n):
        sheets = "".join(f'<sheet name="s{i}" r:id="r1"/>' for i in range(n))
        return xlsx("", **{"xl/workbook.xml": re.sub(r"<sheet [^>]*/>", sheets, BOOK)})

    looked = []
    monkeypatch.setattr(reader, "_cells", lambda archive, part, *_: looked.append(part) or iter(()))
    with pytest.raises(TranscriptError, match="there is nothing in it"):
        read_transcript(io.BytesIO(book(200)))
    assert len(looked) == 1
    with pytest.raises(TranscriptError, match="more than 256 sheets"):
        read_transcript(io.BytesIO(book(400)))


def test_a_cell_repeated_many_times_is_bounded(monkeypatch):
    from reflectkit.read import tabular

    monkeypatch.setattr(tabular, "MAX_CHARS", 1 << 20)
    rows = [("Worker" if i % 2 else "Client", "so " * 40_000) for i in range(12)]
    with pytest.raises(TranscriptError, match="more than 1 million characters said"):
        Transcript.from_text("speaker,text\n" + "".join(f"{who},{said}\n" for who, said in rows))


def test_one_endless_tag_is_refused():
    data = docx(f'<w:document a="{"x" * (MAX_TOKEN + 200_000)}"/>')
    with pytest.raises(TranscriptError, match="too long"):
        read_transcript(io.BytesIO(data))
