"""Writing a transcript and reading it again gives the same transcript, whatever was said in it."""

from __future__ import annotations

import csv
import io
import json
import stat

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import EXAMPLES
from reflectkit import Role, Transcript, TranscriptError, read_transcript
from reflectkit.cli import main
from reflectkit.cli.convert import FORMS
from reflectkit.values import Row, join_rows

HARD = [
    "=SUM(A1)", "+1", "-no", "@you", "'quoted", "'=x", "\t=x", " =x", "00:00:01.000 --> 00:00:02.000", "-->",
    "<v Ana>", "</v>", "&amp;", "&lt;b&gt;",
    "Worker: well", "[00:12] Ana: no", "# reflectkit {", "NOTE x", "WEBVTT", "a\nb", "a\n\nb", "\n", "a\n", "\na", "  a\n  b",
    "\\", "\\n", "\\:",
    "שלום עליכם", "\u202eabc\u202c", "e\u0301", "👩🏽‍🚒", "\ufeff", "\x0b", "\u2028", "\x85", "1",
    "nan", "", "a,b;c\t\"d\"", "x" * 2000, "[laughs]", "(.)",
]  # fmt: skip
HARD_NAMES = [
    "Worker", "Ana: the second", "[Ana]", "Ana\\", "<b>", "a & b", "nan", "None", "-", "=1", "'=1", "עדה", "👩🏽‍🚒", "1",
    "Dr. O'Neill (PSW)", "a" * 150,
    "# x", "NOTE", "Ana -->", "Transcribed by", "\u200fAna", "&amp;", "other", "system",
]  # fmt: skip
LETTERS = st.characters(blacklist_categories=["Cs"], blacklist_characters="\0\r")
TEXTS = st.one_of(st.sampled_from(HARD), st.text(LETTERS, max_size=30))
NAMES = st.one_of(st.sampled_from(HARD_NAMES), st.text(LETTERS, min_size=1, max_size=20))
TIMES = st.one_of(st.none(), st.integers(0, 10**10).map(lambda ms: ms / 1000))


@st.composite
def transcripts(draw, timed=False, changing=True):
    """Transcripts as reading gives them: labels differ by more than case and have single blanks, and both sides speak."""
    names = draw(
        st.lists(NAMES.map(lambda s: " ".join(s.split())).filter(bool), min_size=2, max_size=4, unique_by=str.casefold)
    )
    roles = dict(
        zip(
            names,
            [Role.WORKER, Role.CLIENT, *draw(st.lists(st.sampled_from(list(Role)), min_size=2, max_size=2))],
            strict=False,
        )
    )
    said = draw(st.lists(st.tuples(st.sampled_from(names), TEXTS, TIMES, TIMES), max_size=12))
    said = [(names[0], draw(TEXTS), 0.5 if timed else None, None), (names[1], draw(TEXTS), None, None), *said]
    units = draw(st.booleans())
    rows = []
    for n, (name, text, start, end) in enumerate(said):
        backwards = start is not None and end is not None and end < start
        rows.append(Row(n, name, text, start, None if backwards else end))
    told = [roles[row.speaker] for row in rows]
    if changing and draw(st.booleans()):
        told[2:] = [draw(st.sampled_from(list(Role))) for _ in told[2:]]
    turns = [
        (told[pieces[0].row], speaker, text, pieces)
        for speaker, text, pieces in join_rows(rows, rows_are_units=units, roles=told)
    ]
    session = draw(
        st.one_of(
            st.sampled_from(["s1", "=s", "Ana's -->", "a\nb", "&lt;", "'=x"]), st.text(LETTERS, min_size=1, max_size=9)
        )
    )
    return transcript_of(session, turns, units)


def transcript_of(session, turns, units):
    from reflectkit.values import RoleAssignment, Turn

    made = tuple(Turn(n, *turn) for n, turn in enumerate(turns))
    told = {(t.speaker, t.role) for t in made}
    by_role = {role: tuple(s for s in dict.fromkeys(t.speaker for t in made) if (s, role) in told) for role in Role}
    roles = RoleAssignment(by_role[Role.WORKER], by_role[Role.CLIENT], by_role[Role.OTHER])
    return Transcript(session, made, roles, rows_are_units=units)


def held(transcript):
    """What every form holds; a flag about rows says nothing where there is one row."""
    return (
        transcript.session,
        [(t.index, t.role, t.speaker, t.text, t.pieces) for t in transcript.turns],
        (transcript.roles.worker, transcript.roles.client, transcript.roles.other),
        transcript.rows_are_units,
    )


@pytest.mark.filterwarnings("ignore:.*exchanged")  # of random words anything may be suspected
@pytest.mark.parametrize("form", ["csv", "json", "text"])
@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_writing_and_reading_again(form, data):
    transcript = data.draw(transcripts(changing=form != "text"))
    written = getattr(transcript, f"to_{form}")()
    again = Transcript.from_text(written)
    assert held(again) == held(transcript)
    assert getattr(again, f"to_{form}")() == written
    assert not [n for n in again.notes if n.kind in ("skipped", "mended")]


@pytest.mark.filterwarnings("ignore:.*exchanged")  # of random words anything may be suspected
@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(transcript=transcripts(timed=True))
def test_writing_and_reading_captions_again(transcript):
    again = Transcript.from_text(transcript.to_vtt())
    assert held(again) == held(transcript)
    assert again.format == "vtt"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_files_in_every_encoding(tmp_path, form, encoding):
    source = read_transcript(EXAMPLES / "video-call.vtt")
    path = tmp_path / f"again{form}"
    written = getattr(source, f"to_{FORMS[form]}")(path)
    assert path.read_text("utf-8") == written
    assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
    path.write_bytes(written.replace("\n", "\r\n").encode(encoding))
    assert held(read_transcript(path))[1:] == held(source)[1:]


def _example():
    vtt = (
        "WEBVTT\n\n00:00.500 --> 00:01.000\n<v Worker>How was</v>\n\n"
        "00:01.000 --> 00:02.000\n<v Worker>it?</v>\n\n00:02.250 --> 00:03.000\n<v Client>Bad – שלום 👩🏽‍🚒</v>\n"
    )
    return Transcript.from_text(vtt, session="drop-in")


@pytest.mark.parametrize("form", FORMS.values())
def test_what_others_wrote_is_the_same_after_a_round(form):
    """Captions cut within a sentence stay cut there, and are still no units."""
    source = _example()
    again = Transcript.from_text(getattr(source, f"to_{form}")())
    assert held(again) == held(source)
    assert again.turns[0].text == "How was it?"
    assert again.roles.basis == "labels"


def test_times_finer_than_a_millisecond():
    source = read_transcript(
        [{"speaker": "worker", "text": "a", "start": 1.23456, "end": 2.5}, {"speaker": "client", "text": "b"}]
    )
    for form, start in (("csv", 1.23456), ("json", 1.23456), ("vtt", 1.235), ("text", 1.235)):
        again = Transcript.from_text(getattr(source, f"to_{form}")())
        assert again.turns[0].start_s == start
        assert (again.turns[1].start_s, again.turns[1].end_s) == (None, None)


def test_text_has_no_place_for_a_role_that_changes():
    said = [("Ana", "worker", "How?"), ("Ben", "client", "Bad."), ("Ana", "client", "Me too.")]
    source = read_transcript([{"speaker": s, "role": r, "text": t} for s, r, t in said])
    again = Transcript.from_text(source.to_csv())
    assert [t.role.value for t in again.turns] == [t.role.value for t in source.turns] == ["worker", "client", "client"]
    with pytest.raises(TranscriptError, match="a speaker's role changes"):
        source.to_text()


def test_captions_need_times():
    with pytest.raises(TranscriptError, match="no times, which captions need"):
        Transcript.from_text("Worker: How?\nClient: Bad.").to_vtt()


def test_captions_are_read_by_others():
    import webvtt

    captions = webvtt.from_string(_example().to_vtt())
    assert [(c.start, c.end, c.voice) for c in captions] == [
        ("00:00:00.500", "00:00:01.000", "Worker"), ("00:00:01.000", "00:00:02.000", "Worker"), ("00:00:02.250", "00:00:03.000", "Client"),
    ]  # fmt: skip


def test_a_spreadsheet_runs_no_cell():
    source = read_transcript([("Worker", "=1+1"), ("Client", "-2"), ("@x", "'=3"), ("Worker", "\t=4")], worker="Worker")
    cells = [cell for row in csv.reader(io.StringIO(source.to_csv())) for cell in row[:4]]
    assert not [cell for cell in cells if cell.strip()[:1] in ("=", "+", "-", "@")]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("session,speaker,role,text,start_s,end_s,row_is_unit\ns,Worker,worker,zanzibar\n", "line 2: 4 cells under 7"),
        ("session,speaker,role,text,start_s,end_s,row_is_unit\ns,,worker,zanzibar,,,true\n", "row 0: a row without speaker"),
        ("session,speaker,role,text,start_s,end_s,row_is_unit\ns,a,worker,zanzibar,5,2,true\n", "row 0: a row that ends"),
        ('session,speaker,role,text,start_s,end_s,row_is_unit\ns,a,worker,"zanzibar,,,true\n', "the table is broken"),
        ("session,speaker,role,text,start_s,end_s,row_is_unit\ns,a,worker,zanzibar,,,true\nt,b,client,x,,,true\n", "holds 2 sessions"),
        ('{"kind": "reflectkit transcript", "rows": [{"speaker": "a", "text": 5}]}', "row 0: a row without speaker"),
        ('{"kind": "reflectkit transcript", "rows": ["zanzibar"]}', "row 0: a row that is no object"),
        ('# reflectkit {"session": "s", "rows": "units"}\nzanzibar\n', "line 2: a line that is neither"),
        ('# reflectkit {"session": "s", "rows": "units"}\n  zanzibar\n', "line 2: a line that is neither"),
    ],
)  # fmt: skip
def test_files_altered_since_are_refused_or_read_as_others(text, problem):
    with pytest.raises(TranscriptError, match=problem) as caught:
        Transcript.from_text(text)
    assert "zanzibar" not in str(caught.value)


def test_a_first_line_that_is_not_quite_ours_is_everybodys():
    for line in (
        '# reflectkit {"session": 5}',
        "# reflectkit {",
        '# reflectkit {"session": "s", "rows": "units", "worker": [5]}',
    ):
        assert len(Transcript.from_text(f"{line}\nWorker: How?\nClient: Bad.\n").turns) == 2


def test_convert(tmp_path, capsys):
    source = tmp_path / "a.srt"
    source.write_text(
        "1\n00:00:01,000 --> 00:00:02,000\nAna: How?\n\n2\n00:00:03,000 --> 00:00:04,000\nBen: Bad.\n", encoding="utf-8"
    )
    for form in FORMS:
        out = tmp_path / f"out{form}"
        assert main(["convert", str(source), "--worker", "Ana", "--out", str(out)]) == 0
        again = read_transcript(out)
        assert (again.session, [t.role.value for t in again.turns], again.turns[1].start_s) == (
            "a",
            ["worker", "client"],
            3.0,
        )
    assert "2 rows, 2 turns, read as srt" in capsys.readouterr().out
    assert json.loads((tmp_path / "out.json").read_text("utf-8"))["kind"] == "reflectkit transcript"
    assert main(["convert", str(source), "--worker", "Ana", "--out", str(tmp_path / "a.docx")]) == 2
    assert main(["convert", str(source), "--worker", "Ana", "--out", str(source)]) == 2
    assert main(["convert", str(tmp_path / "out.csv"), "--out", str(tmp_path / "out.csv")]) == 2
    assert "would overwrite" in capsys.readouterr().err
