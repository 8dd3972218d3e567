"""Plots: what is drawn is what was measured, on the axes given and nowhere else, and can be read without colour.

Pictures are compared with those in ``tests/images``, text left out, since letters differ between versions of matplotlib;
``REFLECTKIT_NEW_IMAGES=1`` makes the pictures again.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import reflectkit
from drawn import code
from reflectkit import BEHAVIOURS, Behaviour, ReflectkitError, Transcript, plot, read_transcript, sessions_frame
from reflectkit.analysis import Analysis
from reflectkit.measure import measure_session
from reflectkit.report.palette import HOLLOW, luminance

pytest.importorskip("matplotlib", reason="plots need matplotlib")
from matplotlib import pyplot as plt
from matplotlib import rc_context, rcParams
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.testing.compare import compare_images
from matplotlib.text import Text

IMAGES = Path(__file__).parent / "images"
MOST_RMS = 8.0
SIGNATURE = "model:hand|licence:none at all|codebook:1|counting:utterance|tokens:by-hand|reflectkit:0"

ROWS = [
    ("Worker", "How was Monday?", 0, 2),
    ("Client", "Slow and heavy, mostly heavy.", 2, 6),
    ("Worker", "Heavy all day long. That sounds tiring.", 6, 10),
    ("Client", "It was tiring.", 10, 12),
    ("Worker", "I walked daily back then. So you walk too.", 12, 20),
    ("Client", "Hm.", 20, 21),
    ("Worker", "Is that fair? The hall opens early.", 21, 25),
    ("Client", "Maybe so.", 25, 27),
]
CODES = {
    "How was Monday?": "open_question",
    "Heavy all day long.": "reflection",
    "That sounds tiring.": "validation",
    "I walked daily back then.": "self_disclosure",
    "So you walk too.": "directive+self_disclosure",
    "Is that fair?": "closed_question",
    "The hall opens early.": "information",
}


def analysis(rows=ROWS, session="monday-group", sure=1.0):
    columns = ["speaker", "text", "start", "end"][: len(rows[0])]
    t = read_transcript(pd.DataFrame(rows, columns=columns), worker="Worker", client="Client", session=session)
    coded = code(t, CODES)
    coded = tuple(replace(c, probabilities=tuple(sure if p else 1 - sure for p in c.probabilities)) for c in coded)
    return Analysis(
        t, coded, measure_session(t, coded), {"name": "hand", "sha256": "0" * 64, "licence": "-"}, SIGNATURE
    )


def pairs_frame():
    """A table of transitions with all verdicts, written by hand."""
    rows = []
    for i, first in enumerate(BEHAVIOURS):
        for j, then in enumerate(BEHAVIOURS):
            verdict = ("more often", "less often", "not distinguishable", "too few")[(i + 2 * j) % 4]
            ratio = {"more often": 2.0 + j / 4, "less often": j / 20, "not distinguishable": 1.0}.get(verdict, np.nan)
            rows.append((first.value, then.value, ratio, verdict))
    return pd.DataFrame(rows, columns=["behaviour", "then", "ratio", "verdict"])


def many():
    """Three sessions side by side, the second without enough questions."""
    return pd.DataFrame({
        "session": ["june", "april", "may"],
        "reflections_per_question": [1.5, np.nan, 0.5],
        "reflections_per_question_low": [1.0, np.nan, 0.5],
        "reflections_per_question_high": [2.5, np.nan, 0.5],
        "signature": [SIGNATURE, SIGNATURE, "other"],
    })  # fmt: skip


PLOTS = {
    "timeline": lambda ax=None, **o: plot.timeline(analysis(), ax, **o),
    "talk_balance": lambda ax=None, **o: plot.talk_balance(analysis(), ax, **o),
    "windows": lambda ax=None, **o: plot.talk_balance(analysis(), ax, windows=4, **o),
    "behaviours": lambda ax=None, **o: plot.behaviours(analysis(), ax, **o),
    "transitions": lambda ax=None, **o: plot.transitions(pairs_frame(), ax, **o),
    "sessions": lambda ax=None, **o: plot.sessions(many(), "reflections_per_question", ax, **o),
}
each_plot = pytest.mark.parametrize("draw", PLOTS.values(), ids=PLOTS)


@pytest.fixture
def ax():
    return Figure(figsize=(6, 4)).subplots()


def extents(collection):
    """Left and right end of each rectangle of a row."""
    return [tuple(p.get_extents().intervalx.tolist()) for p in collection.get_paths()]


def by_label(artists):
    return {a.get_label(): a for a in artists}


def texts(figure):
    return [t.get_text() for t in figure.findobj(Text) if t.get_text()]


def ticks(axis):
    return [t.get_text() for t in axis.get_ticklabels()]


def test_the_timeline_has_every_utterance_at_its_time(ax):
    plot.timeline(analysis(), ax)
    rows = by_label(ax.collections)
    assert extents(rows["client"]) == [(2, 6), (10, 12), (20, 21), (25, 27)]
    assert extents(rows["open question  O"]) == [(0, 2)]
    (reflection,), (validation,) = extents(rows["reflection  R"]), extents(rows["validation  V"])
    assert reflection[0] == 6
    assert reflection[1] <= validation[0]
    assert validation[1] == 10
    assert len(extents(rows["self-disclosure  S"])) == 2
    assert extents(rows["directive  D"]) == extents(rows["self-disclosure  S"])[1:]
    assert extents(rows["other  X"]) == []
    assert ax.get_xlim() == (0, 27)
    assert "0:10" in ticks(ax.xaxis)


def test_the_timeline_goes_by_words_where_times_are_not_known(ax):
    a = analysis([row[:2] for row in ROWS])
    plot.timeline(a, ax)
    rows = by_label(ax.collections)
    assert extents(rows["client"]) == [(3, 8), (15, 18), (27, 28), (35, 37)]
    assert ax.get_xlim() == (0, a.balance.worker_words + a.balance.client_words)
    assert "words" in ax.get_xlabel()


def test_the_timeline_shows_where_the_own_story_steers(ax):
    a = analysis()
    plot.timeline(a, ax)
    rows = by_label(ax.collections)
    assert ("own story steers" in rows) == bool(a.disclosures)
    assert a.disclosures
    assert rows["own story steers"].get_hatch()
    assert extents(rows["own story steers"]) == extents(rows["self-disclosure  S"])


def test_the_rows_of_the_timeline_stand_apart_without_colour(ax):
    plot.timeline(analysis(), ax)
    names = [f"{b.label}  {letter}" for b, letter in zip(BEHAVIOURS, "OCRVSDIX", strict=True)]
    assert ticks(ax.yaxis) == ["own story steers", *names, "client"]
    rows = by_label(ax.collections)
    for b, name in zip(BEHAVIOURS, names, strict=True):
        fill = luminance(to_hex(rows[name].get_facecolor()[0]))
        assert (fill == 1.0) == (b in HOLLOW)
        assert luminance(to_hex(rows[name].get_edgecolor()[0])) < 0.3


def test_the_balance_is_that_of_whole_session_and_thirds(ax):
    a = analysis()
    plot.talk_balance(a, ax)
    worker, client = (list(by_label(ax.containers)[name]) for name in ("worker", "client"))
    shares = [a.metrics["worker_talk_share"], *a.thirds["worker_talk_share"]]
    assert [bar.get_width() for bar in worker] == pytest.approx(shares)
    assert [bar.get_x() for bar in client] == pytest.approx(shares)
    assert [bar.get_x() + bar.get_width() for bar in client] == pytest.approx([1] * 4)
    assert ticks(ax.yaxis) == ["whole session", "first third", "middle third", "last third"]
    assert f"{a.balance.client_words} words" in texts(ax.figure)
    assert client[0].get_hatch()
    assert luminance(to_hex(worker[0].get_facecolor())) < 0.1 < luminance(to_hex(client[0].get_facecolor()))


def test_the_balance_in_windows_is_that_of_the_frame(ax):
    a = analysis()
    plot.talk_balance(a, ax, windows=4)
    drawn, frame = by_label(ax.lines)["worker"], a.windows(4)
    assert len(frame) > 1
    np.testing.assert_array_equal(drawn.get_ydata(), frame["worker_talk_share"])
    np.testing.assert_array_equal(drawn.get_xdata(), (frame["first_turn"] + frame["last_turn"]) / 2)
    with pytest.raises(ValueError, match="at least one turn"):
        plot.talk_balance(a, ax, windows=0)


def test_bars_are_the_counts_and_lines_their_intervals(ax):
    a = analysis(sure=0.8)
    plot.behaviours(a, ax)
    counts = [container[0].get_width() for container in ax.containers]
    assert counts == [a.metrics[f"n_{b}"] for b in BEHAVIOURS]
    assert max(counts) == 2
    drawn = [tuple(line.get_xdata()) for line in ax.lines]
    assert drawn == [a.metrics.interval(f"n_{b}") for b in BEHAVIOURS]
    assert all(low < high for low, high in drawn)
    assert ax.get_xlim()[1] >= max(high for _, high in drawn)
    bar = ax.containers[0][0]
    assert bar.get_y() + bar.get_height() < ax.lines[0].get_ydata()[0]


def test_counts_without_uncertainty_have_no_line(ax):
    plot.behaviours(analysis(), ax)
    assert not ax.lines


def test_every_pair_has_its_ratio_and_verdict_and_is_darker_the_more_often(ax):
    frame = pairs_frame()
    plot.transitions(frame, ax)
    written = {t.get_position(): t.get_text() for t in ax.texts}
    fields = {(round(p.get_x() + 0.5), round(p.get_y() + 0.5)): p for p in ax.patches}
    shades = []
    for row, pair in enumerate(frame.itertuples()):
        at = (row % 8, row // 8)
        if pair.verdict == "too few":
            assert fields[at].get_hatch()
            assert at not in written
            continue
        mark = {"more often": "\n▲", "less often": "\n▼", "not distinguishable": ""}[pair.verdict]
        assert written[at] == f"{pair.ratio:.1f}{mark}"
        assert not fields[at].get_hatch()
        shades.append((pair.ratio, luminance(to_hex(fields[at].get_facecolor()))))
    light = [shade for _, shade in sorted(shades)]
    assert all(np.diff([shade for _, shade in sorted(shades)]) <= 1e-9)
    assert light[0] > light[-1]
    assert ticks(ax.xaxis) == ticks(ax.yaxis)
    assert ticks(ax.xaxis)[2] == "reflection  R"


def test_transitions_are_computed_where_sessions_are_given(ax):
    analyses = [analysis([row[:2] for row in ROWS] * 8, session=name) for name in "abc"]
    plot.transitions((a for a in analyses), ax)
    table = reflectkit.transitions(analyses)
    hatched = sum(bool(p.get_hatch()) for p in ax.patches)
    assert hatched == (table["verdict"] == "too few").sum() < 64
    assert "".join(ax.texts[-1].get_text().split("\n")) == SIGNATURE


def test_sessions_stand_in_the_order_given_with_intervals_and_gaps(ax):
    plot.sessions(many(), "reflections_per_question", ax)
    lines = by_label(ax.lines)
    assert list(zip(*lines["reflections_per_question"].get_data(), strict=True)) == [(0, 1.5), (2, 0.5)]
    whiskers = [line.get_data() for line in ax.lines if line.get_label() == "90 % interval"]
    assert [(tuple(x), tuple(y)) for x, y in whiskers] == [((0, 0), (1.0, 2.5))]
    assert list(lines["not defined"].get_xdata()) == [1]
    assert ticks(ax.xaxis) == ["june", "april", "may"]
    assert ax.get_ylim()[0] == 0
    assert ax.get_ylim()[1] > 2.5


def test_sessions_can_be_drawn_without_names(ax):
    plot.sessions(many(), "reflections_per_question", ax, names=False)
    assert ticks(ax.xaxis) == ["1", "2", "3"]
    assert not {"june", "april", "may"} & set(texts(ax.figure))


def test_every_measure_of_a_real_frame_can_be_drawn():
    frame = sessions_frame([analysis(sure=0.8), analysis(session="b")])
    for measure in analysis().metrics:
        drawn = plot.sessions(frame, measure, Figure().subplots())
        assert drawn.get_ylabel()


def test_what_cannot_be_drawn_is_refused_before_anything_is_made():
    with pytest.raises(ValueError, match="no measure 'charm'"):
        plot.sessions(many(), "charm")
    with pytest.raises(ValueError, match="sessions_frame"):
        plot.sessions(many(), "talk_ratio")
    with pytest.raises(ValueError, match=r"reflectkit\.transitions"):
        plot.transitions(many())
    assert plt.get_fignums() == []


@each_plot
def test_only_the_axes_given_are_touched(draw):
    figure = Figure()
    own, other = figure.subplots(2)
    untouched, before = (other.get_children(), other.get_xlim(), other.get_ylim()), dict(rcParams)
    assert draw(own) is own
    assert own.has_data() or own.patches
    assert (other.get_children(), other.get_xlim(), other.get_ylim()) == untouched
    assert figure.axes == [own, other]
    assert dict(rcParams) == before
    assert plt.get_fignums() == []


@each_plot
def test_without_axes_a_figure_is_made(draw):
    plt.switch_backend("agg")
    drawn = draw()
    try:
        assert plt.get_fignums() == [drawn.figure.number]
        drawn.figure.canvas.draw()
    finally:
        plt.close(drawn.figure)


@each_plot
def test_no_words_of_the_transcript_are_shown(draw, ax):
    draw(ax)
    shown = " ".join(texts(ax.figure)).casefold()
    assert not [word for word in ("monday", "heavy", "tiring", "walk", "hall") if word in shown]


@pytest.mark.parametrize("name", ["timeline", "talk_balance", "windows", "behaviours", "sessions"])
def test_the_signature_stands_whole_under_the_axes(name, ax):
    PLOTS[name](ax)
    ax.figure.canvas.draw()
    (note,) = (t for t in ax.texts if t.get_gid() == "signature")
    lines = note.get_text().split("\n")
    assert "".join(lines).startswith(SIGNATURE)
    assert all(
        line.endswith("|") for line in lines[: lines.index(next(x for x in lines if x.endswith("reflectkit:0")))]
    )
    assert note.get_window_extent().y1 < ax.xaxis.label.get_window_extent().y0
    assert note.get_window_extent().width < ax.get_window_extent().width
    without = PLOTS[name](Figure().subplots(), signature=False)
    assert not [t for t in without.texts if t.get_gid() == "signature"]


def test_each_signature_is_given_once(ax):
    plot.sessions(many(), "reflections_per_question", ax)
    (note,) = (t for t in ax.texts if t.get_gid() == "signature")
    assert "".join(note.get_text().split("\n")) == SIGNATURE + "other"


def test_a_session_without_a_worker_s_word_is_drawn():
    t = Transcript.from_text("Client: Nobody came.\nWorker: [sighs]", worker="Worker", client="Client")
    a = Analysis(t, (), measure_session(t, ()), {"name": "hand", "sha256": "0" * 64, "licence": "-"}, SIGNATURE)
    for draw in (plot.timeline, plot.talk_balance, plot.behaviours, lambda x, ax: plot.transitions([x], ax)):
        figure = Figure()
        draw(a, figure.subplots())
        figure.canvas.draw()


def test_without_matplotlib_the_extra_is_named(monkeypatch):
    for name in [m for m in sys.modules if m.split(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ReflectkitError, match=r"pip install 'reflectkit\[plot\]'") as caught:
        plot.timeline(analysis())
    assert isinstance(caught.value, ImportError)


def test_matplotlib_is_loaded_when_the_first_plot_is_drawn():
    check = "import sys, reflectkit; reflectkit.plot.timeline; assert 'matplotlib' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", PLOTS)
def test_pictures_look_as_before(name, tmp_path):
    with rc_context():
        plt.rcdefaults()
        figure = Figure(figsize=(4, 3), dpi=60)
        PLOTS[name](figure.add_axes((0.05, 0.05, 0.9, 0.9)), signature=False)
        for part in (*figure.findobj(Text), *figure.findobj(Legend)):
            part.set_visible(False)
        made = tmp_path / f"{name}.png"
        figure.savefig(made, metadata={"Software": None})
    kept = IMAGES / f"{name}.png"
    if os.environ.get("REFLECTKIT_NEW_IMAGES"):
        kept.write_bytes(made.read_bytes())
        pytest.skip("the picture was made again")
    assert compare_images(str(kept), str(made), tol=MOST_RMS) is None


def test_reliability_marks_every_bin_and_tells_small_ones(ax):
    bins = {"old": [(0.1, 0.15, 200), (0.6, 0.4, 19)], "new": [(0.2, 0.2, 20)]}
    assert plot.reliability(bins, ax) is ax
    marks = {}
    for line in ax.lines:
        if line.get_marker() != "None":
            hollow = to_hex(line.get_markerfacecolor()) != to_hex(line.get_color())
            marks |= {xy: (line.get_marker(), hollow) for xy in zip(*line.get_data(), strict=True)}
    assert {xy: hollow for xy, (_, hollow) in marks.items()} == {
        (0.1, 0.15): False,
        (0.6, 0.4): True,
        (0.2, 0.2): False,
    }
    assert marks[0.1, 0.15][0] == marks[0.6, 0.4][0] != marks[0.2, 0.2][0]
    assert {t.get_text() for t in ax.get_legend().get_texts()} >= {"old", "new"}


def test_behaviours_are_named_with_the_letters_of_the_report(ax):
    plot.behaviours(analysis(), ax)
    assert ticks(ax.yaxis)[BEHAVIOURS.index(Behaviour.DIRECTIVE)] == "directive  D"


def test_names_are_no_mathematics_and_a_nullable_frame_is_a_frame():
    frame = sessions_frame([analysis()] * 2)
    frame["session"] = ["$_$", "a$b$"]
    measure = "reflections_per_question"
    frame[[measure, f"{measure}_low", f"{measure}_high"]] = np.nan
    ax = plot.sessions(frame.convert_dtypes(), measure)
    ax.figure.canvas.draw()
    assert [label.get_text() for label in ax.get_xticklabels()] == ["$_$", "a$b$"]
