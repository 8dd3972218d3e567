"""The tokeniser gives what spaCy gives, and the linear model's quick look-up what its features say."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from conftest import DATA
from drawn import utterance
from reflectkit.classify.features import features
from reflectkit.classify.linear import vectorise
from reflectkit.pipeline import load_model
from reflectkit.segment import segment
from reflectkit.tokens import LONGEST_TOKEN, tokenise, tokeniser
from reflectkit.values import Transcript

PIECES = (
    "I don't it's can't gonna cannot im dont don’t etc. Mr. a.m. U.K. so ok okay. well, 10 3.5 £20 5km 1st mum's sister’s "
    'check-in well-being — – ... … .. right?So what?! no!! :) :-( <3 😂 ❤️ [NAME] [laughs] <PERSON_1> XXXX (so) "yes" “no” \'twas '
    "http://a.uk me@b.org #tag @you and/or I. J. \n \n\n \t \u00a0 naïve über 你好 ½ -- * ** e.g. i.e. p.m. ¿qué? '"
).split(" ")
SPEECH = st.lists(st.sampled_from(PIECES) | st.text(max_size=6), max_size=14).flatmap(
    lambda pieces: st.sampled_from([" ".join(pieces), "".join(pieces), "\n".join(pieces)])
)


def by_spacy(text):
    cut = re.sub(rf"\S{{{LONGEST_TOKEN + 1},}}", lambda m: m[0][:LONGEST_TOKEN].ljust(len(m[0])), text)
    tokens = [t for t in tokeniser().make_doc(cut) if not t.is_space]
    return [t.text for t in tokens], [t.idx for t in tokens]


@settings(deadline=None)
@given(SPEECH)
@example("a" * 150 + " so-" + "!" * 120)
@example("Dont. Cannot? id, C++ U.S. well..")
def test_tokens_are_spacys(text):
    assert tokenise(text) == by_spacy(text)


def test_tokens_of_the_corpus_are_spacys():
    for text in pd.read_csv(DATA / "turns.csv")["text"]:
        assert tokenise(text) == by_spacy(text)


@pytest.mark.parametrize("model", ["tiny", "fast"])
@settings(deadline=None)
@given(st.lists(st.tuples(SPEECH, SPEECH, SPEECH), min_size=1, max_size=4))
@example([("", "", "")])
@example([("< > <> a < b", "<", "< >")])
def test_the_quick_look_up_finds_what_the_features_say(model, classifier, said):
    used = classifier if model == "tiny" else load_model("fast")
    scorer, arrays = used.scorer, used.artefact.arrays
    columns = {term: i for i, term in enumerate(used.artefact.files["vocabulary.txt"].decode().split("\n"))}
    utterances = [utterance(text, heard, before) for text, heard, before in said]
    rows = [{columns[name]: v for name, v in features(u).items() if name in columns} for u in utterances]
    idf = np.asarray(arrays["idf"], dtype=np.float64)
    expected = vectorise(rows, idf) @ np.asarray(arrays["coefficients"], dtype=np.float64).T + arrays["intercepts"]
    found, pulls = scorer.score(utterances)
    assert np.array_equal(found, expected)
    assert [len(p.spans) for p in pulls] == [len(p.pull) for p in pulls]


def test_the_process_keeps_no_words():
    strings = tokeniser().vocab.strings
    before = len(strings)
    for n in range(50):
        text = f"Worker: You're zq{n}x-ish, aren't you zq{n}y's...?\nClient: zq{n}z's—yes."
        assert segment(Transcript.from_text(text))
    assert len(strings) == before
    assert "zq7x" not in strings
