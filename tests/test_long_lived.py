"""One process for months: it grows no larger, its threads share a model, and its children have one too."""

from __future__ import annotations

import cProfile
import gc
import multiprocessing
import pstats
import sys
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import pytest

from children import analyze_json
from conftest import EXAMPLES
from reflectkit import Transcript, analyze, load_model

MODELS = ("accurate", "fast")


def session(n: int) -> Transcript:
    lines = [
        f"Worker: You're telling me about b{n}x{i}-house, aren't you?\nClient: Yes, b{n}y{i}'s one..." for i in range(3)
    ]
    return Transcript.from_text("\n".join(lines))


@pytest.mark.parametrize("model", MODELS)
def test_calls_leave_nothing_behind(model):
    """A table that doubles once is no leak; what is kept of every call shows in every round."""
    loaded = load_model(model)
    size = len(analyze(session(0), model=loaded).to_json())
    grown = []
    tracemalloc.start()
    for k in range(4):
        before = tracemalloc.get_traced_memory()[0]
        for n in range(40):
            analyze(session(100 * k + n), model=loaded)
        gc.collect()
        grown.append(tracemalloc.get_traced_memory()[0] - before)
    tracemalloc.stop()
    assert min(grown) < size


@pytest.mark.parametrize("model", MODELS)
def test_threads_share_one_model(model):
    loaded = load_model(model)
    alone = {path: analyze(path, model=loaded, **names(path)).to_json() for path in files()}
    start = threading.Barrier(8)

    def work(n):
        start.wait()
        return all(analyze(p, model=load_model(model), **names(p)).to_json() == alone[p] for p in files()[n % 2 :])

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(8)))
    assert load_model(model) is loaded


def files():
    return sorted(p for p in EXAMPLES.iterdir() if p.suffix != ".md")


def names(path):
    return {"worker": "Ngozi A."} if path.suffix == ".vtt" else {}


@pytest.mark.local_sockets
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_children_of_any_kind(model, method):
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"this system has no {method}")
    asked = (EXAMPLES / "kitchen-table.txt", model)
    here = analyze_json(*asked)
    with multiprocessing.get_context(method).Pool(2) as pool:
        assert pool.starmap(analyze_json, [asked] * 2) == [here] * 2


def calls(source, model):
    """Count the calls of functions: the same on every machine, unlike seconds."""
    profile = cProfile.Profile()
    profile.runcall(analyze, source, model=model)
    return pstats.Stats(profile).total_calls


def rows(times):
    first = analyze(EXAMPLES / "drop-in.csv", model="fast").transcript
    return [(turn.speaker, turn.text) for turn in first.turns] * times


@pytest.mark.skipif(sys.gettrace() is not None, reason="a debugger or coverage counts too")
@pytest.mark.parametrize(("model", "most"), [("fast", 80), ("accurate", 83)])
def test_work_for_each_word_stays_small(model, most):
    """A guard against slowness that comes in unseen; raise the limit only for a reason."""
    loaded = load_model(model)
    calls(rows(1), loaded)
    words = sum(len(text.split()) for _, text in rows(8))
    assert calls(rows(8), loaded) / words < most


def test_work_grows_with_the_length_and_no_faster():
    loaded = load_model("fast")
    calls(rows(1), loaded)
    assert calls(rows(32), loaded) / calls(rows(8), loaded) < 4.2
