"""The report page as a file: what is in it, what must not be, and that every number says what the analysis says."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import combinations, pairwise

import numpy as np
import pytest

from conftest import EXAMPLES
from reflectkit import BEHAVIOURS, Behaviour, Role, Transcript, analyze, report_sessions
from reflectkit.report import palette
from reflectkit.report.figures import figures
from reflectkit.report.page import session_page
from reflectkit.report.palette import COLOURS, DARK_COLOURS, DARK_PAPER, LANES, LETTERS, PAPER, contrast, ink_on
from reflectkit.report.quoting import shown_turns
from reflectkit.report.sessions import told_apart
from reflectkit.report.strips import strips
from reflectkit.report.timeline import lay_out, segments

HOSTILE = (
    "<script>alert(1)</script> \"'><img src=x onerror=alert(2)> javascript:alert(3) {{7*7}} "
    "{% raw %} </style><svg onload=alert(4)> &amp;"
)


class Page(HTMLParser):
    """Tags, attributes and text of a page."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.tags, self.text, self.sources = [], [], {"style": [], "script": []}
        self._inside = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag in self.sources:
            self._inside = tag
        if tag not in ("mark", "u", "b", "i", "a"):
            self.text.append(" ")

    def handle_endtag(self, tag):
        if tag in self.sources:
            self._inside = ""

    def handle_data(self, data):
        (self.sources[self._inside] if self._inside else self.text).append(data)

    @property
    def words(self):
        return " ".join("".join(self.text).split())


@pytest.fixture(scope="module", params=["drop-in.csv", "video-call.vtt", "evening-chat.json"])
def analysis(request):
    return analyze(EXAMPLES / request.param, worker="Ngozi A." if request.param.endswith("vtt") else None, model="fast")


def test_the_page_asks_nobody_and_runs_only_its_own_script(analysis):
    html = analysis.to_html()
    page = Page(html)
    [policy] = [
        a["content"] for tag, a in page.tags if tag == "meta" and a.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy.startswith("default-src 'none';")
    for tag in ("style", "script"):
        [source] = page.sources[tag]
        digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    for tag, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on") or name in ("style", "src", "srcset")], tag
        for name in ("href", "xlink:href"):
            assert attributes.get(name, "#").startswith(("#", "data:,"))
    assert "url(" not in html
    assert "@import" not in html


def test_every_link_has_its_place(analysis):
    page = Page(analysis.to_html())
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert len(ids) == len(set(ids))
    links = [a["href"][1:] for tag, a in page.tags if tag in ("a", "use") and a["href"].startswith("#")]
    marks = [a["data-t"] for _, a in page.tags if "data-t" in a]
    assert len(links) > 10
    assert set(links) | set(marks) <= set(ids)
    labelled = [a["aria-labelledby"] for _, a in page.tags if "aria-labelledby" in a]
    assert set(labelled) <= set(ids)


def test_every_utterance_stands_in_the_transcript_with_its_behaviours(analysis):
    html = analysis.to_html()
    whole = Page(html).words
    for i, c in enumerate(analysis.coded):
        own = Page(re.search(rf"<div class=(?:u|\"u[^\"]*\") id=u{i}>(.*?)</div>", html, re.DOTALL)[1])
        assert own.words.startswith(" ".join(c.utterance.text.split()))
        for b in c.behaviours:
            assert f"{b.label} {100 * c.probability(b):.0f} %" in own.words
        assert ("unsure:" in own.words) == c.unsure
        assert sum(tag == "mark" for tag, _ in own.tags) == stretches(c)
    for turn in analysis.transcript.turns:
        if turn.role is not Role.WORKER:
            assert " ".join(turn.text.split()) in whole
    assert analysis.signature in whole


def stretches(c):
    """Count the stretches of evidence of one behaviour; all are of one where the utterance carries but one."""
    text, start = c.utterance.text, c.utterance.start
    names = [""] * len(text)
    for e in c.evidence:
        if text[e.start - start : e.end - start].strip(".,;:!…- '\""):
            for i in range(e.start - start, e.end - start):
                names[i] = names[i] or e.behaviour.value
    return sum(name != "" and name != before for before, name in pairwise(["", *names]))


def test_every_measure_opens_its_definition(analysis):
    page = Page(analysis.to_html())
    for name, value in analysis.metrics.items():
        assert f" {name} " in f"{page.words} "
        if isinstance(value, int):
            assert f"{value:,}" in page.words
    assert sum(tag == "details" for tag, _ in page.tags) >= len(analysis.metrics) + len(BEHAVIOURS)


def test_the_figures_at_the_top_have_a_sentence_and_an_interval(analysis):
    top = figures(analysis.metrics)
    assert 3 <= len(top) <= 5
    for figure in top:
        assert figure.sentence.endswith(".")
        interval = analysis.metrics.interval(figure.measure.name)
        assert bool(figure.whisker) == bool(interval and interval[0] < interval[1])


def test_a_session_of_two_turns_has_a_page():
    page = Page(analyze([("Worker", "Sit down."), ("Client", "[silence]")], model="fast").to_html())
    assert "not defined" in page.words
    assert "Not worked out here" in page.words


@pytest.mark.filterwarnings("ignore::reflectkit.errors.IdentifierWarning")
def test_without_quotes_no_word_of_the_session_is_on_the_page():
    canaries = ["zanzibarqua", "wolkenkuck", "ümlautwort", "quagmirella", "pernambuco"]
    rows = [
        {"speaker": "Wilhelmina Zanzibarqua (PSW)", "text": "What was the wolkenkuck like for you?", "start": 1},
        {"speaker": "Client Quagmirella", "text": "Ümlautwort and quagmirella hurt me.", "start": 5},
        {
            "speaker": "Wilhelmina Zanzibarqua (PSW)",
            "text": "I had a wolkenkuck too, so you should leave the Pernambuco.",
            "start": 9,
        },
        {"speaker": "Client Quagmirella", "text": "Maybe [pernambuco sighs].", "start": 15},
        {"speaker": "Onlooker Pernambuco", "text": "Wolkenkuck!", "start": 18},
    ]
    result = analyze(
        rows, worker="Wilhelmina Zanzibarqua (PSW)", client="Client Quagmirella", session="pernambuco", model="fast"
    )
    full, none = result.to_html().casefold(), result.to_html(quotes="none").casefold()
    for word in canaries:
        assert word in full
        assert word not in none
    assert "7 words" in Page(none).words


@pytest.mark.filterwarnings("ignore::reflectkit.errors.IdentifierWarning")
def test_what_screening_finds_is_masked_and_other_names_of_quotes_are_refused():
    rows = [("Worker", "How did Jennifer Brown take it? Write to jen@example.org."), ("Client", "Jennifer left me.")]
    result = analyze(
        Transcript.from_text("\n".join(f"{who}: {said}" for who, said in rows), session="Jennifer"), model="fast"
    )
    html = result.to_html(quotes="masked")
    assert "Jennifer" in result.to_html()
    assert "jennifer" not in html.casefold()
    assert "jen@example.org" not in html
    assert "left me." in Page(html).words
    with pytest.raises(ValueError, match="there are no quotes 'some'"):
        result.to_html(quotes="some")


def test_masked_words_are_nowhere_and_the_marks_stay_on_their_words():
    result = analyze(
        [("Worker", "How did Xanthippe Brown take it, and you?"), ("Client", "Xanthippe left me.")], model="fast"
    )
    masks = [("Xanthippe Brown", "[NAME_1]"), ("Xanthippe", "[NAME_1]")]

    def masked(text):
        for name, placeholder in masks:
            text = text.replace(name, placeholder)
        return text

    own = result.transcript
    shown = replace(own, turns=tuple(replace(t, text=masked(t.text)) for t in own.turns))
    html = session_page(result, shown, "masked")
    assert "xanthippe" not in html.casefold()
    assert "[NAME_1] left me." in Page(html).words
    turn = shown_turns(own, shown)[0]
    start = own.turns[0].text.index("and you")
    assert turn.runs(start, start + 7, [(start + 4, start + 7, "R")]) == (("and ", ""), ("you", "R"))
    assert turn.runs(0, len(own.turns[0].text)) == (("How did [NAME_1] take it, and you?", ""),)


def test_a_hostile_transcript_is_only_words():
    result = analyze([("Worker", HOSTILE), ("<b>Client</b>", HOSTILE)], worker="Worker", session=HOSTILE, model="fast")
    for html in (result.to_html(), result._repr_html_()):
        page = Page(html)
        assert html.count("<script") == len(page.sources["script"]) <= 1
        assert "img" not in [tag for tag, _ in page.tags]
        assert " ".join(HOSTILE.split()) in page.words
        assert "49" not in page.words.replace(result.signature, "")
    assert HOSTILE not in report_sessions([result, result])


def test_an_hour_is_small_enough_to_send():
    """About 1,000 turns and 10,000 words."""
    said = [
        (t.role.value, t.text)
        for name in ("drop-in.csv", "kitchen-table.txt")
        for t in analyze(EXAMPLES / name, model="fast").transcript.turns
    ]
    worker, client = ([text for role, text in said if role == who] for who in ("worker", "client"))
    rows = [
        row
        for i in range(500)
        for row in (("Worker", worker[i * 7 % len(worker)]), ("Client", client[i * 5 % len(client)]))
    ]
    hour = analyze(rows, model="fast")
    assert hour.metrics["worker_words"] + hour.metrics["client_words"] > 9_500
    assert len(hour.to_html().encode()) <= 300 * 1024
    assert len(segments(lay_out(hour.transcript, hour.coded))) <= 30


def test_the_same_analysis_gives_the_same_bytes(analysis):
    assert analysis.to_html() == analysis.to_html()


def test_the_compact_view_has_no_script_and_all_behaviours(analysis):
    view = analysis._repr_html_()
    page = Page(view)
    assert not page.sources["script"]
    assert not [a for _, a in page.tags if "src" in a or "href" in a]
    for b in BEHAVIOURS:
        assert b.label in page.words


# Timelines, drawn: one letter a second or a word, capitals for the worker, a dot for silence.


def line(rows):
    transcript = Transcript.from_text("\n".join(rows)) if isinstance(rows[0], str) else None
    transcript = transcript or analyze(rows, model="fast").transcript
    return lay_out(transcript, ()), transcript


def blocks(timeline):
    return [(b.start, b.end) for b in timeline.blocks]


def test_words_are_the_measure_where_times_are_missing():
    #                      WWW cc  (three words of the worker, then two of the client)
    drawn, _ = line(["Worker: You look tired.", "Client: I am."])
    assert (drawn.unit, drawn.length, blocks(drawn)) == ("words", 5.0, [(3.0, 5.0)])


def test_times_are_the_measure_where_they_are_known():
    #   cc..cccc   the client from 2 to 4 and from 6 to 10; the clock says 2 at the left
    rows = [
        {"speaker": "client", "text": "Well I", "start": 2.0, "end": 4.0},
        {"speaker": "worker", "text": "[nods]", "start": 4.0, "end": 5.0},
        {"speaker": "client", "text": "went to see her", "start": 6.0, "end": 10.0},
        {"speaker": "worker", "text": "You went.", "start": 10.0, "end": 12.0},
    ]
    drawn, _ = line(rows)
    assert (drawn.unit, drawn.origin, drawn.length) == ("seconds", 2.0, 10.0)
    assert blocks(drawn) == [(0.0, 2.0), (4.0, 8.0)]
    assert not drawn.guessed_ends


def test_a_row_without_an_end_lasts_until_the_next():
    rows = [
        {"speaker": "client", "text": "Well I", "start": 0.0},
        {"speaker": "worker", "text": "You went.", "start": 3.0},
        {"speaker": "client", "text": "one two three four five", "start": 4.0},
    ]
    drawn, _ = line(rows)
    assert (drawn.unit, drawn.guessed_ends) == ("seconds", True)
    assert blocks(drawn) == [(0.0, 3.0), (4.0, 6.0)]  # five words at two and a half a second


@pytest.mark.parametrize("starts", [(0, 3, 4, 90_000, 90_001), (100, 130, 160, 101, 131), (0, 1, None, 3, 4)])
def test_clocks_that_do_not_help_are_left_aside(starts):
    """A night between two messages, a clock that begins again, a row without a time."""
    rows = [
        {"speaker": "worker" if i % 2 else "client", "text": "some words", **({} if s is None else {"start": s})}
        for i, s in enumerate(starts)
    ]
    assert line(rows)[0].unit == "words"


def test_segments_lose_nothing(analysis):
    whole = lay_out(analysis.transcript, analysis.coded)
    cut = segments(whole)
    size = cut[0].end - cut[0].start
    assert {round(s.end - s.start, 6) for s in cut} == {size}
    assert cut[-1].start < whole.length <= cut[-1].end + 1e-9
    total = sum(b.end - b.start for b in whole.blocks)
    assert sum((b.end - b.start) * size for s in cut for b in s.blocks) == pytest.approx(total)
    assert all(0 <= b.start <= b.end <= 1 for s in cut for b in s.blocks)
    assert {b.utterance for s in cut for b in s.blocks} - {None} == set(range(len(analysis.coded)))


# The palette.

# Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB.
SEEN = {
    "all colours": np.eye(3),
    "protanopia": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]),
    "deuteranopia": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]),
    "tritanopia": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]),
}  # fmt: skip
LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def oklab(colour, seen):
    channels = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return LAB @ np.cbrt(LMS @ np.clip(seen @ linear, 0, 1))


@pytest.mark.parametrize(("colours", "paper"), [(COLOURS, PAPER), (DARK_COLOURS, DARK_PAPER)], ids=["light", "dark"])
def test_colours_can_be_seen_and_told_apart(colours, paper):
    assert set(colours) == set(Behaviour)
    for colour in colours.values():
        assert contrast(colour, paper) >= 3
        assert contrast(colour, ink_on(colour)) >= 4.5
    for seen in SEEN.values():
        for one, other in combinations(colours.values(), 2):
            assert np.linalg.norm(oklab(one, seen) - oklab(other, seen)) > 0.08


def test_colour_never_stands_alone():
    drawn = [b for _, pair in LANES for b in pair]
    assert sorted(drawn) == sorted(BEHAVIOURS)
    for _, pair in LANES:
        assert len(palette.HOLLOW & set(pair)) == 1
    assert len(set(LETTERS.values())) == len(BEHAVIOURS)


# Several sessions.


def test_sessions_stand_in_the_order_given_and_overlap_is_said():
    one = analyze(EXAMPLES / "drop-in.csv", model="fast")
    two = analyze(EXAMPLES / "evening-chat.json", model="fast")
    page = Page(report_sessions([one, two, one, two]))
    assert re.search(r"1 drop-in .* 2 evening-chat .* 3 drop-in .* 4 evening-chat", page.words)
    for name in ("open_question_share", "reflections_per_question"):
        apart = told_apart(one.metrics.interval(name), two.metrics.interval(name))
        assert not apart
    assert "Not distinguishable from noise: all ranges overlap." in page.words
    assert "rank" not in page.words.replace("Not a ranking", "")
    for words in ("six o'clock", "Marlon", "dropped out in january"):
        assert words not in page.words
    assert one.signature in page.words


def test_a_difference_beyond_the_models_uncertainty_is_said_with_its_sessions():
    asks = [("Worker", "What was that like for you?"), ("Client", "Bad, and long.")] * 30
    tells = [("Worker", "Did you take your tablets today?"), ("Client", "No, not today.")] * 30
    page = Page(report_sessions([analyze(rows, model="fast") for rows in (asks, asks, tells)]))
    assert "Sessions 1 and 3 differ by more than the model's uncertainty" in page.words


def test_sessions_without_names_and_too_few_sessions():
    one = analyze([("Worker", "How was it?"), ("Client", "Bad.")], session="pernambuco", model="fast")
    assert "pernambuco" in report_sessions([one, one])
    assert "pernambuco" not in report_sessions([one, one], names=False)
    with pytest.raises(ValueError, match="at least two"):
        report_sessions([one])


def test_long_quotes_are_cut_and_their_link_leads_to_all_of_it():
    said = " ".join(f"word{i}" for i in range(300))
    rows = [("Worker", "What was it like?"), ("Client", said), ("Worker", "Alone with it."), ("Client", "I was.")]
    page = analyze(rows * 12, model="fast").to_html()
    quotes = re.findall(r'<blockquote class="client"><p dir="auto">(.*?)</p><footer><a href="#(t\d+)"', page)
    assert quotes
    assert all(words.startswith("word0 ") and words.endswith(" word59 …") for words, _ in quotes)
    assert said in page


def test_halves_are_written_without_gaps():
    page = report_sessions([analyze(EXAMPLES / "drop-in.csv", model="fast")] * 4)
    halves = re.findall(r"<p>(First 2 together: .*?)</p>", page)
    assert halves
    assert not [half for half in halves if any(gap in half for gap in (" ,", " :", " .", "  "))]


def test_counts_of_sessions_of_unlike_length_are_not_held_against_each_other():
    """The longer one would look like that of a worker who steers more."""
    said = [("Client", "I am so tired of it."), ("Worker", "You should ring him today."), ("Client", "Maybe.")]
    said += [("Worker", "You need to get out of that house."), ("Client", "I know."), ("Worker", "How was Sunday?")]
    sessions = [analyze(said * n, model="fast") for n in (3, 12, 3, 12)]
    few, many = (s.metrics["directives_without_permission"] for s in sessions[:2])
    assert many >= 3 * few > 0
    page = report_sessions(sessions)
    assert "A count: a longer session holds more of it." in page
    assert "differ by more than" not in page


def test_the_timeline_opens_as_many_safety_signs_as_there_are_passages():
    """A passage that crosses the edge of a strip begins once."""
    crossed = False
    for file in ("drop-in.csv", "video-call.vtt", "kitchen-table.txt"):
        analysis = analyze(EXAMPLES / file)
        _, found = strips(analysis)
        signs = [(sign.target, sign.first) for strip in found for sign in strip.signs if sign.kind == "safety"]
        assert sum(first for _, first in signs) == analysis.metrics["safety_passages"] > 0
        crossed |= len(signs) > len({target for target, _ in signs})
    assert crossed


def test_a_safety_passage_is_marked_without_a_figure_that_would_read_as_risk():
    page = analyze(EXAMPLES / "drop-in.csv").to_html()
    shown = re.findall(r"<i class=f>(safety[^<]*)", page)
    assert set(shown) == {"safety: please read", "safety"}
    assert "none of it is an estimate of risk" in page
    assert "estimate of risk" not in analyze([("Worker", "Which bus did you take?"), ("Client", "The 36.")]).to_html()


def test_only_the_name_is_set_from_right_to_left():
    talk = [("Noor", "How was it?"), ("שרה", "Bad.")] * 2
    page = analyze(talk, worker="Noor").to_html()
    assert "<p><b dir=auto>שרה</b> turn" in page


def test_sessions_counted_in_two_ways_have_no_page():
    talk = [("Worker", "How was it?"), ("Client", "Bad.")]
    one, other = (analyze(talk, model="fast", counting=c) for c in ("utterance", "volley"))
    for sessions in ([one, other], [one, one, other, other], [one, other, one, other]):
        with pytest.raises(ValueError, match="by utterance and by volley"):
            report_sessions(sessions)
