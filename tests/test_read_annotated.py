"""CHAT and ELAN: words, speakers and times kept, codes left out and counted."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from conftest import ROOT
from reflectkit import Transcript, TranscriptError, read_transcript
from reflectkit.read.cha import read_cha
from reflectkit.read.elan import read_eaf

FORMATS = Path(os.environ.get("REFLECTKIT_FORMATS", ROOT.parent / "shared" / "formats"))
public_files = pytest.mark.skipif(
    not FORMATS.is_dir(), reason="public files are not here; name their folder in REFLECTKIT_FORMATS"
)

CHA = """\
@UTF8
@Begin
@Languages:\teng
@Participants:\tINV Ruth Investigator, PAR Participant
@ID:\teng|home|INV|||||Investigator|||
@ID:\teng|home|PAR|60;|male|||Participant|||
@Comment:\trecorded at home
*INV:\tso what brought
\tyou here ? \x150_1340\x15
%mor:\tadv|so pro|what
%gra:\t1|2|A
*PAR:\t&-um <I was> [/] I was (.) ti(r)ed &=laughs . \x151400_5000\x15
*PAR:\tthen xxx +...
*INV:\tgo on .
@End
"""


def test_chat_keeps_words_times_and_roles():
    t = Transcript.from_text(CHA)
    assert [(turn.speaker, turn.text, turn.start_s, turn.end_s) for turn in t.turns] == [
        ("INV", "so what brought you here?", 0.0, 1.34),
        ("PAR", "um I was I was [pause] tired [laughs].\nthen [unintelligible]...", 1.4, None),
        ("INV", "go on.", None, None),
    ]
    assert (t.format, t.roles.worker, t.roles.client, t.roles.basis) == ("cha", ("INV",), ("PAR",), "labels")
    assert {(n.message.split(" (")[0].split(" in ")[0], n.count) for n in t.notes} == {
        ("dependent tiers", 2),
        ("codes", 1),
        ("headers with comments were left out.", 1),
    }
    assert [turn.words for turn in t.turns] == [5, 7, 2]


@pytest.mark.parametrize(
    ("coded", "said"),
    [
        ("&-uh &+st start &~foo .", "uh st- start foo."),
        ("I went [//] I ran +/.", "I went I ran -"),
        ("what [*] is that +..?", "what is that?"),
        ('he said +"/.', "he said:"),
        ('+" come in .', "come in."),
        ("gonna [: going to] go [+ gram] .", "gonna go."),
        ("no [=! crying] .", "no [crying]."),
        ("(be)cause 0is (a)n apple@s:eng .", "because an apple."),
        ("birthday+party with Mister_Smith , yes ‡ no: .", "birthday-party with Mister Smith, yes, no."),
        ("<over here> [>] &*PAR:mhm now (1.5) .", "over here now [pause]."),
        ("www .", "[not transcribed]."),
        ("0 .", "."),
    ],
)
def test_chat_codes(coded, said):
    assert read_cha(f"@Begin\n*PAR:\t{coded}\n@End\n").rows[0].text == said


def test_chat_that_is_broken():
    for text, problem in [
        ("@UTF8\n@Begin\n*PAR:\thello .\nzanzibar\n@End", "begins with none of"),
        ("@UTF8\n@Begin\n@End", "no main tier"),
        ("@UTF8\n@Begin\n*PAR:\thello .\n@End", "only one speaker"),
    ]:
        with pytest.raises(TranscriptError, match=problem) as caught:
            Transcript.from_text(text)
        assert "zanzibar" not in str(caught.value)


@public_files
def test_public_chat_files_hold_what_pylangacq_finds():
    pylangacq = pytest.importorskip("pylangacq", reason="an independent parser of CHAT")
    paths = sorted(FORMATS.rglob("*.cha"))
    assert paths
    for path in paths:
        text = path.read_text("utf-8")
        unlinked = re.sub(r"@Media:.*\n", "", text)
        theirs = pylangacq.CHAT.from_strs([unlinked], strict=False).utterances()
        ours = read_cha(text).rows
        assert [(u.participant, u.time_marks and tuple(ms / 1000 for ms in u.time_marks)) for u in theirs] == [
            (row.speaker, (row.start_s, row.end_s) if row.end_s is not None else None) for row in ours
        ]
        for utterance, row in zip(theirs, ours, strict=True):
            # Repeated words are left out there and kept here: theirs come in order among ours.
            words = iter(re.findall(r"[\w'-]+", row.text.casefold()))
            assert all(t.word.casefold() in words for t in utterance.tokens if re.match(r"[\w'-]+$", t.word))


def eaf(*tiers, slots, types=""):
    times = "".join(
        f'<TIME_SLOT TIME_SLOT_ID="{k}"' + (f' TIME_VALUE="{v}"/>' if v is not None else "/>") for k, v in slots.items()
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<ANNOTATION_DOCUMENT AUTHOR="" VERSION="3.0"><HEADER TIME_UNITS="milliseconds"/>'
        f"<TIME_ORDER>{times}</TIME_ORDER>{''.join(tiers)}{types}</ANNOTATION_DOCUMENT>"
    )


def tier(name, *annotations, participant="", parent="", kind="default"):
    above = f' PARENT_REF="{parent}"' if parent else ""
    inside = "".join(
        f'<ANNOTATION><REF_ANNOTATION ANNOTATION_ID="{i}" ANNOTATION_REF="{a}">'
        f"<ANNOTATION_VALUE>{text}</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION>"
        if b is None
        else f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="{i}" TIME_SLOT_REF1="{a}" TIME_SLOT_REF2="{b}">'
        f"<ANNOTATION_VALUE>{text}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>"
        for i, a, b, text in annotations
    )
    who = f' PARTICIPANT="{participant}"' if participant else ""
    return f'<TIER TIER_ID="{name}"{who}{above} LINGUISTIC_TYPE_REF="{kind}">{inside}</TIER>'


SLOTS = {"t1": 0, "t2": 1500, "t3": 1200, "t4": 4000, "t5": None, "t6": 6000, "t7": 7000}


def test_elan_merges_speech_by_time_and_leaves_codes_out():
    text = eaf(
        tier("Ruth", ("a1", "t1", "t2", "So, what happened?"), ("a2", "t6", "t7", "You left &amp; went home.")),
        tier("Client", ("b1", "t3", "t4", "I left."), ("b2", "t5", "t5", "Just like that."), ("b3", "t6", "t6", " ")),
        tier("Ruth codes", ("c1", "t1", "t2", "open question"), ("c2", "t6", "t7", "simple reflection of content")),
        tier("behaviour", ("d1", "t1", "t2", "OQ"), ("d2", "t6", "t7", "REF")),
        slots=SLOTS,
    )
    t = Transcript.from_text(text)
    assert [(turn.speaker, turn.text, turn.start_s, turn.end_s) for turn in t.turns] == [
        ("Ruth", "So, what happened?", 0.0, 1.5),
        ("Client", "I left.\nJust like that.", 1.2, None),
        ("Ruth", "You left & went home.", 6.0, 7.0),
    ]
    assert (t.format, t.format_reason) == ("eaf", "its XML is an ANNOTATION_DOCUMENT")
    assert {(n.message.split(" (")[0], n.count) for n in t.notes} == {
        ("tiers beside those of speech were left out", 2),
        ("empty annotations were left out.", 1),
        ("annotations without a time were put after the one before them on their tier.", 1),
        ("annotations that begin while somebody else talks were put in order of their start.", 1),
    }


def test_elan_participants_and_vocabularies():
    kinds = '<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="coded" CONTROLLED_VOCABULARY_REF="v" TIME_ALIGNABLE="true"/>'
    text = eaf(
        tier("A1", ("a1", "t1", "t2", "So, what happened?"), participant="Worker"),
        tier("A2", ("a2", "t1", "t2", "this is an open question indeed it is"), participant="Worker", kind="coded"),
        tier("ref@Client", ("b1", "t3", "t4", "17")),
        tier("tx@Client", ("b2", "b1", None, "I left for good."), parent="ref@Client"),
        slots=SLOTS,
        types=kinds,
    )
    reading = read_eaf(text)
    assert [(r.speaker, r.text, r.start_s) for r in reading.rows] == [
        ("Worker", "So, what happened?", 0.0),
        ("Client", "I left for good.", 1.2),
    ]


def test_elan_numbered_people_are_people():
    text = eaf(
        tier("Client", ("a1", "t1", "t2", "We came.")),
        tier("Client 2", ("b1", "t3", "t4", "We did.")),
        tier("Worker", ("c1", "t6", "t7", "You came.")),
        slots=SLOTS,
    )
    assert Transcript.from_text(text).roles.client == ("Client", "Client 2")


def test_elan_that_is_broken():
    whole = eaf(tier("A", ("a1", "t1", "t2", "zanzibar")), slots=SLOTS)
    bomb = whole.replace("\n", '\n<!DOCTYPE x [<!ENTITY a "zanzibar"><!ENTITY b "&a;&a;">]>', 1)
    outside = whole.replace("\n", '\n<!DOCTYPE x SYSTEM "file:///etc/hostname">', 1)
    deep = whole.replace("<HEADER", "<x>" * 500 + "</x>" * 500 + "<HEADER")
    for text, problem in [
        (whole[:-9], "XML is broken"),
        (bomb, "declares entities"),
        (outside, "declares entities"),
        (deep, "nested too deeply"),
        (whole.replace("zanzibar", ""), "no tier holds speech"),
    ]:
        with pytest.raises(TranscriptError, match=problem) as caught:
            Transcript.from_text(text)
        assert "zanzibar" not in str(caught.value)
        assert caught.value.__context__ is None


def test_elan_files_hold_what_pympi_finds(tmp_path):
    elan = pytest.importorskip("pympi.Elan", reason="an independent parser of ELAN files")
    document = elan.Eaf(author="us")
    document.remove_tier("default")
    for name, said in {"Worker": ["Sit down.", "What now?"], "Client": ["I will.", "Nothing.", "No."]}.items():
        document.add_tier(name)
        for i, words in enumerate(said):
            document.add_annotation(name, i * 3000 + 500 * (name == "Client"), i * 3000 + 2500, words)
    path = tmp_path / "s.eaf"
    document.to_file(str(path))
    again = elan.Eaf(str(path))
    theirs = sorted(
        (start / 1000, end / 1000, name, words)
        for name in again.get_tier_names()
        for start, end, words in again.get_annotation_data_for_tier(name)
    )
    t = read_transcript(path)
    ours = [(p.start_s, p.end_s, turn.speaker, turn.text[p.start : p.end]) for turn in t.turns for p in turn.pieces]
    assert ours == theirs
