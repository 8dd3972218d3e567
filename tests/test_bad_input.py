"""Bad input gets one error that names file, row and fix, and none of the transcript's words."""

from __future__ import annotations

import io

import pandas as pd
import pytest

from reflectkit import ReflectkitError, Transcript, TranscriptError, analyze, read_transcript
from reflectkit.read import decoding

SECRET = "zanzibar"  # stands in every bad source; no message may repeat it


def file(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


CASES = {
    "empty": ("a.txt", "", "nothing in it"),
    "blank": ("a.csv", "\n \n", "nothing in it"),
    "one speaker": ("a.txt", f"Worker: {SECRET}\nWorker: and more", "only one speaker"),
    "no client": ("a.txt", f"Worker: {SECRET}\nTherapist: and more", "no client is found"),
    "no worker": ("a.txt", f"Client: {SECRET}\nPatient: and more", "no worker is found"),
    "nobody named": ("a.txt", f"we talked about {SECRET}\nand more", "no line begins with a speaker"),
    "unclear roles": ("a.txt", f"Ana: {SECRET}\nBen: and more", "not clear who the worker is"),
    "unknown columns": ("a.csv", f"a,b\nworker,{SECRET}\nclient,x\n", "no column for the words said"),
    "table without a header": ("a.csv", f"I came,I said {SECRET} again\nshe left,x\n", "no column for the words said"),
    "a header that is speech": ("a.csv", f"hello,{SECRET}\nclient,x\n", "no column for the words said"),
    "two text columns": ("a.csv", f"speaker,text,text\nworker,{SECRET},b\nclient,c,d\n", "have the same name"),
    "numbers for words": ("a.csv", "speaker,words,said\nworker,3,hello\nclient,4,hi\n", "holds numbers only"),
    "no speaker column": ("a.csv", f"text,b\n{SECRET},x\n", "no column for the speaker"),
    "row without text": ("a.csv", f"speaker,text\nworker,{SECRET}\nclient\n", "a row without text"),
    "record without text": ("a.json", f'[{{"speaker":"worker","text":"{SECRET}"}},{{"speaker":"client"}}]', "a row without text"),
    "too many cells": ("a.csv", f"speaker,text\nworker,well, {SECRET}\n", "3 cells under 2 column names"),
    "open quote": ("a.csv", f'speaker,text\nworker,"{SECRET}\nclient,x\n', "the table is broken"),
    "broken JSON": ("a.json", f'[\n{{"speaker": "worker", "text": "{SECRET}",,}}]', "broken JSON"),
    "broken JSONL": ("a.jsonl", f'{{"speaker":"worker","text":"{SECRET}"}}\n{{"speaker":\n', "broken JSON"),
    "JSON without turns": ("a.json", f'{{"speaker": "{SECRET}"}}', "no list of turns"),
    "JSON number": ("a.json", "12", "neither a list"),
    "deep JSON": ("a.json", "[" * 100_000 + "]" * 100_000, "nested too deeply"),
    "JSON of numbers": ("a.json", "[1, 2]", "neither a mapping"),
    "cue without times": ("a.vtt", f"WEBVTT\n\n<v Worker>{SECRET}</v>\n", "caption without times"),
    "caption of nobody": ("a.srt", f"1\n00:00:01,000 --> 00:00:02,000\n{SECRET}\n", "names no speaker"),
    "NUL": ("a.txt", f"Worker: {SECRET}\nClient: a\0b\n", "NUL"),
    "binary": ("a.txt", bytes(range(256)) * 40, "binary file"),
    "zip": ("a.docx", b"PK\x03\x04" + b"\0" * 100, "zip file"),
    "PDF": ("a.txt", b"%PDF-1.7 " + SECRET.encode(), "a PDF"),
    "first row without speaker": ("a.csv", f"speaker,text\n,{SECRET}\nclient,x\n", "the first row has no speaker"),
    "only a header": ("a.csv", "speaker,text\n", "no turns"),
    "worker says nothing": ("a.txt", f"Worker: [inaudible]\nClient: {SECRET}\n", "the worker says nothing"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "content", "problem"), CASES.values(), ids=CASES.keys())
def test_one_clear_error(tmp_path, name, content, problem):
    with pytest.raises(TranscriptError) as caught:
        analyze(file(tmp_path, name, content))
    error = caught.value
    message = str(error)
    assert isinstance(error, ValueError)
    assert isinstance(error, ReflectkitError)
    assert problem in message
    assert error.fix
    assert error.fix in message
    assert SECRET not in message
    assert "\n" not in message
    assert error.__cause__ is None
    assert error.__context__ is None


@pytest.mark.parametrize(
    ("case", "line"),
    [
        ("row without text", 3), ("too many cells", 2), ("broken JSON", 2), ("broken JSONL", 2), ("cue without times", 3),
        ("NUL", 2), ("unknown columns", 1), ("first row without speaker", 2),
    ],
)  # fmt: skip
def test_errors_name_file_and_line(tmp_path, case, line):
    name, content, _ = CASES[case]
    with pytest.raises(TranscriptError) as caught:
        read_transcript(file(tmp_path, name, content))
    assert (caught.value.file, caught.value.line) == (name, line)
    assert str(caught.value).startswith(f"{name}, line {line}")


def test_a_row_of_a_frame_is_named():
    with pytest.raises(TranscriptError, match="row 1"):
        read_transcript([{"speaker": "worker", "text": SECRET}, {"speaker": "client"}])


def test_fifty_megabytes_of_one_line(tmp_path):
    path = file(tmp_path, "a.txt", b"Worker: " + b"ab " * (50 * 1024 * 1024 // 3))
    with pytest.raises(TranscriptError, match=r"a\.txt, line 1: a line of more than 1,000,000 characters"):
        read_transcript(path)


def test_a_file_that_is_too_large(tmp_path, monkeypatch):
    monkeypatch.setattr(decoding, "MAX_BYTES", 10)
    with pytest.raises(TranscriptError, match="larger than"):
        read_transcript(file(tmp_path, "a.txt", "Worker: a\nClient: b"))


def test_a_folder_and_a_missing_file(tmp_path):
    with pytest.raises(TranscriptError, match="this is a folder"):
        read_transcript(tmp_path)
    with pytest.raises(TranscriptError, match=r"gone\.txt: there is no such file"):
        read_transcript(tmp_path / "gone.txt")


@pytest.mark.parametrize(
    "text",
    [
        f"Worker: {SECRET}\nClient: well",
        f"he told me about {SECRET} and A.E",
        "",
        f"I told them about {SECRET} and it was fine",
        f"Worker: {SECRET}",
        "x" * 5000,
        "a\0b",
    ],
)
def test_text_is_not_taken_for_a_path(text):
    with pytest.raises(TranscriptError, match=r"Transcript\.from_text|nothing in it") as caught:
        analyze(text)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "source", [b"Worker: a", {"speaker": "worker", "text": "a"}, 7, None, [("worker",)], ["Worker: a"]]
)
def test_sources_of_other_kinds(source):
    with pytest.raises(TranscriptError):
        read_transcript(source)


def test_names_that_are_not_there():
    rows = [("Ana", "a"), ("Ben", "b")]
    with pytest.raises(TranscriptError, match=r"no speaker is called 'Cy'. Speakers found: 'Ana', 'Ben'"):
        read_transcript(rows, worker="Cy")
    with pytest.raises(TranscriptError, match="as worker and as client"):
        read_transcript(rows, worker="Ana", client="Ana")
    with pytest.raises(TranscriptError, match="nobody is left to be the client"):
        read_transcript(rows, worker=["Ana", "Ben"])


def test_options_that_do_not_fit():
    with pytest.raises(TranscriptError, match="Did you mean 'words'"):
        read_transcript(pd.DataFrame({"who": ["a"], "words": ["b"]}), columns={"text": "word"})
    with pytest.raises(TranscriptError, match="no format 'pptx'"):
        read_transcript([("Worker", "a")], format="pptx")
    with pytest.raises(TranscriptError, match="no place for"):
        read_transcript(pd.DataFrame({"who": ["a"], "words": ["b"]}), columns={"texts": "words"})
    for encoding in ("utf-99", "base64", "rot13", "utf\0"):
        with pytest.raises(TranscriptError, match="no encoding"):
            read_transcript(io.BytesIO(b"Worker: a\nClient: b"), encoding=encoding)
    closed = io.StringIO("Worker: a")
    closed.close()
    with pytest.raises(TranscriptError, match="cannot be read"):
        read_transcript(closed)
    with pytest.raises(TranscriptError, match="label or several"):
        read_transcript([("Worker", "a"), ("Client", "b")], worker=1)
    with pytest.raises(TranscriptError, match="is no mapping"):
        read_transcript(pd.DataFrame({"who": ["a"], "words": ["b"]}), columns="text")
    with pytest.raises(TranscriptError, match="has no columns"):
        Transcript.from_text("Worker: a\nClient: b", columns={"text": "x"})
    with pytest.raises(TranscriptError, match="is read already"):
        read_transcript(read_transcript([("Worker", "a"), ("Client", "b")]), session="x")
    with pytest.raises(TranscriptError, match="holds 2 sessions"):
        read_transcript(pd.DataFrame({"session": ["a", "b"], "speaker": ["w", "c"], "text": ["x", "y"]}))
    with pytest.raises(TranscriptError, match="no session 'z'"):
        read_transcript(pd.DataFrame({"session": ["a", "b"], "speaker": ["w", "c"], "text": ["x", "y"]}), session="z")


def test_what_is_too_long_for_a_sessions_name_is_not_repeated():
    words = "so you sat there with the xanthippe in the cold " * 3
    with pytest.raises(TranscriptError, match="holds 2 sessions") as caught:
        read_transcript([{"session": s, "speaker": "Worker", "text": "Hello."} for s in ("a", words)])
    assert "xanthippe" not in str(caught.value)
    assert "'a'" in str(caught.value)


def test_errors_survive_pickling():
    import pickle

    with pytest.raises(TranscriptError) as caught:
        Transcript.from_text("nobody talks")
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
