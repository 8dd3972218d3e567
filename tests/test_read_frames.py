"""Frames of several libraries and parquet files: the same rows whatever holds them."""

from __future__ import annotations

import io
import subprocess
import sys

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reflectkit import TranscriptError, read_transcript

TABLE = {
    "speaker": ["Worker", "Client", None, "Worker"],
    "utterance": ["Morning.", "Hello.", "Sorry I'm late.", "You came."],
    "start": [0.0, 2.5, None, 7.0],
    "code": ["G", None, None, "REF"],
}


def pieces(transcript):
    return [(t.speaker, t.text[p.start : p.end], p.start_s) for t in transcript.turns for p in t.pieces]


def parquet(table):
    stream = io.BytesIO()
    pq.write_table(table, stream)
    stream.seek(0)
    return stream


@pytest.mark.parametrize(
    "source",
    [pd.DataFrame(TABLE), pl.DataFrame(TABLE), pa.table(TABLE), parquet(pa.table(TABLE))],
    ids=["pandas", "polars", "pyarrow", "parquet"],
)
def test_a_table_reads_the_same_from_every_library(source):
    t = read_transcript(source)
    assert pieces(t) == [
        ("Worker", "Morning.", 0.0),
        ("Client", "Hello.", 2.5),
        ("Client", "Sorry I'm late.", None),
        ("Worker", "You came.", 7.0),
    ]
    assert {(n.kind, n.count) for n in t.notes} == {("mended", 1), ("skipped", 1)}


def test_times_and_spans_of_polars():
    frame = pl.DataFrame(TABLE).with_columns(start=pl.duration(seconds=pl.Series([0, 2, None, 7])))
    assert [p[2] for p in pieces(read_transcript(frame))] == [0.0, 2.0, None, 7.0]


def test_a_lazy_frame_is_refused_with_a_fix():
    with pytest.raises(TranscriptError, match=r"a LazyFrame is no data frame.*Collect it"):
        read_transcript(pl.LazyFrame(TABLE))


def test_a_frame_is_left_as_it_is():
    frame = pl.DataFrame(TABLE)
    before = frame.clone()
    read_transcript(frame)
    assert frame.equals(before)


def test_parquet_is_told_by_its_content(tmp_path):
    path = tmp_path / "s.csv"
    path.write_bytes(parquet(pa.table(TABLE)).getvalue())
    t = read_transcript(path)
    assert (t.format, t.format_reason, t.session) == ("parquet", "it begins with PAR1", "s")


def test_a_broken_parquet_file_is_one_clear_error():
    whole = parquet(pa.table(TABLE)).getvalue()
    for data in (
        whole[:60],
        whole[:-40] + b"PAR1",
        b"PAR1" + b"\0" * 100 + b"PAR1",
        whole[:20] + b"\xff" * 200 + whole[220:],
    ):
        with pytest.raises(TranscriptError) as caught:
            read_transcript(io.BytesIO(data))
        assert "Sorry" not in str(caught.value)
        assert caught.value.__context__ is None


def test_without_pyarrow_the_extra_is_named(tmp_path):
    path = tmp_path / "s.parquet"
    path.write_bytes(parquet(pa.table(TABLE)).getvalue())
    code = (
        "import sys; sys.modules['pyarrow'] = None\n"
        "import reflectkit\n"
        f"try: reflectkit.read_transcript({str(path)!r})\n"
        "except reflectkit.TranscriptError as error: print(error)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "pip install 'reflectkit[parquet]'" in said


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["Worker", "Client"]), st.text(st.characters(exclude_categories=["C"]), max_size=30)),
        max_size=12,
    )
)
def test_random_tables_come_back_from_parquet(rows):
    rows = [("Worker", "Hello there."), ("Client", "Hello you."), *rows]
    t = read_transcript(parquet(pa.table({"who": [s for s, _ in rows], "words": [w for _, w in rows]})))
    assert [p[:2] for p in pieces(t)] == [(s, w.strip()) for s, w in rows]


def test_rows_that_stand_newest_first():
    rows = [{"sender_name": s, "timestamp_ms": 1_700_000_000_000 + t, "content": x} for s, t, x in
            (("Ben", 9000, "Yes."), ("Ana", 5000, "Bad?"), ("Ben", 0, "Hm."))]  # fmt: skip
    t = read_transcript(rows, worker="Ana")
    assert [(turn.text, turn.start_s) for turn in t.turns] == [("Hm.", 0), ("Bad?", 5), ("Yes.", 9)]
    assert any(n.kind == "mended" and "newest first" in n.message for n in t.notes)


def test_start_and_end_in_one_cell():
    rows = [{"Speaker": "worker", "Content": "How?", "Timespan": "0:01.5 - 0:04.0"},
            {"Speaker": "client", "Content": "Bad.", "Timespan": "0:04.0 - 1:00:00"}]  # fmt: skip
    assert [(turn.start_s, turn.end_s) for turn in read_transcript(rows).turns] == [(1.5, 4.0), (4.0, 3600.0)]


def test_numbers_that_python_cannot_write():
    row, after = {"speaker": "worker", "text": "How?"}, {"speaker": "client", "text": "Bad."}
    for key in ("speaker", "text", "session", 10**5000):
        with pytest.raises(TranscriptError, match="too many digits"):
            read_transcript([row | {key: 10**5000}, after])
    assert read_transcript([row | {"start": 10**5000}, after]).turns[0].start_s is None
