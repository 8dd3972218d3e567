"""Train a model: the shipped ones from a recipe, or one's own from annotated sessions.

Test sessions are only read to see that none of them stands among the train sessions.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import random
import re
import time
import tomllib
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, fields, replace
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from reflectkit.classify.artefact import (
    MANIFEST,
    Artefact,
    available_models,
    find_model,
    load_artefact,
    models_folders,
    save_artefact,
)
from reflectkit.classify.classifier import Classifier, calibrate
from reflectkit.classify.decisions import choose
from reflectkit.classify.scoring import Scorer
from reflectkit.errors import CorpusError, ModelError
from reflectkit.files import write_atomically
from reflectkit.learn.corpus import Corpus, load_corpus
from reflectkit.learn.counting import Counted, session_shift
from reflectkit.learn.examples import (
    Example,
    exchange_examples,
    miscut_examples,
    public_examples,
    session_examples,
)
from reflectkit.learn.finetune import BASE_SHA256, Settings, Tuned, averaged, finetune
from reflectkit.learn.fitting import HeldOut, Scored, choose_thresholds, fit_calibration
from reflectkit.learn.leakage import leaks
from reflectkit.learn.linear import FOLDS, SEED, STRENGTHS, Soft, fit_linear
from reflectkit.learn.noise import recognised
from reflectkit.learn.public import held_out, load_public
from reflectkit.learn.reference import ANNOMI_CODES, PUBLIC_CODES, join_codes
from reflectkit.learn.remembering import remembering
from reflectkit.values import Utterance

PUBLIC_DEV = ("annomi.dev", "esconv.dev", "mi_gold.dev", "misc_mibot.dev")
"""Tidied public corpora that a card is scored on, if they are there."""

COUNTED = "annomi.dev"
"""The public corpus whose dialogues are sessions that can be counted."""

CODED = {**dict.fromkeys(PUBLIC_DEV, PUBLIC_CODES), COUNTED: ANNOMI_CODES}
"""Where their worker utterances are coded by this project's codebook."""

PLOT = "reliability.svg"
TESTS = "data/behaviour_tests"
KINDS = ("encoder", "head", "linear")
Say = Callable[[str], None]


# One's own sessions --------------------------------------------------------------------------------------------------


def train(
    corpus: Corpus,
    folder: str | os.PathLike[str],
    *,
    base: str | os.PathLike[str] | None = None,
    data: str = "an annotated corpus",
    data_licence: str = "",
    licence: str | None = None,
    use: str | None = None,
    strengths: Sequence[float] = STRENGTHS,
) -> Classifier:
    """Train a model on annotated sessions and write it to a folder.

    Parameters
    ----------
    corpus : Corpus
        With train and dev sessions; test sessions are left alone.
    folder : path
        Where the model goes; its name becomes the model's name.
    base : str or path, optional
        An encoder model, such as ``"accurate"``, whose head is adapted to the sessions: minutes of work, no further
        packages, and what the sessions do not tell stays as it was. The base itself is left as it is. If not given, a
        linear model is trained from nothing.
    data, data_licence : str, optional
        What the card and the manifest say of the training data, and of its licence: that of the weights if not given.
    licence, use : str, optional
        What they say of the weights' licence, and in words of who may use them: what the base's say if not given, since
        the weights are made from its, and without a base nothing.
    strengths : sequence of float, optional
        Inverse strengths of regularisation to try for a linear model.

    Returns
    -------
    Classifier
        The model as loaded again from the folder.

    Raises
    ------
    CorpusError
        If there are no train or no dev sessions, or a session stands on both sides of a split.
    ModelError
        If the base cannot be found or is no encoder, or the folder cannot be made, holds other files, or is the base's, a
        shipped model's, or called as one.
    OSError
        If the model cannot be written; one that stood there before is then whole.
    """
    fit, dev = corpus.split("train"), corpus.split("dev")
    _refuse_small(corpus)
    refuse_leaks(corpus)
    inherited = load_artefact(base).manifest if base is not None else {}
    folder = _place(folder)
    if base is None:
        manifest, arrays, files = fit_linear(fit, dev, strengths=strengths)
    else:
        manifest, arrays, files = _adapt(base, folder, fit, dev)
    licence = inherited.get("licence", "not stated") if licence is None else licence
    use = inherited.get("use", "") if use is None else use
    described = [_described(data, data_licence or licence, part) for part in (fit, dev)]
    facts = {"licence": licence, "use": use, "data": described[:1], "dev": described[1]}
    save_artefact(folder, manifest={**manifest, **facts, "made_with": _versions()}, arrays=arrays, files=files)
    return Classifier(load_artefact(folder, pinned=False))


def _place(folder: str | os.PathLike[str]) -> Path:
    """Return the folder of a new model, made if missing, before any time is spent on training."""
    path = Path(folder)
    if path.name in available_models():
        raise ModelError("a shipped model is called so: results could not be told apart. Give another name.", path.name)
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        others = any(path.iterdir()) and not (path / MANIFEST).is_file()
    except OSError as error:
        raise ModelError(f"its folder cannot be made ({error.strerror}). Give another one.", path.name) from None
    if others:
        raise ModelError("the folder holds other files, and no model. Give a new or an empty one.", path.name)
    return path


def _refuse_small(corpus: Corpus) -> None:
    if len(corpus.split("train").sessions) < FOLDS or not corpus.split("dev").utterances:
        raise CorpusError(f"training needs at least {FOLDS} train sessions and one dev session. Set the split column.")


def refuse_leaks(corpus: Corpus) -> None:
    """Raise if a session stands on both sides of a split.

    Parameters
    ----------
    corpus : Corpus
        With a split for each session.

    Raises
    ------
    CorpusError
        It names two sessions and how much they share.
    """
    found = leaks(corpus)
    if found:
        a, b, n = found[0]
        more = f" So do {len(found) - 1} other pairs." if len(found) > 1 else ""
        raise CorpusError(
            f"sessions {a!r} and {b!r} stand in different splits and share {n} long utterances or turns.{more} "
            "Put them into one split: scores would tell what the model remembers, not what it can do."
        )


def _adapt(
    base: str | os.PathLike[str], folder: str | os.PathLike[str], fit: Corpus, dev: Corpus
) -> tuple[dict[str, Any], dict[str, Any], dict[str, bytes]]:
    from reflectkit.classify.encoder import EncoderScorer
    from reflectkit.learn.head import fit_head

    artefact = load_artefact(base)
    if artefact.kind != "encoder":
        raise ModelError("only an encoder's head can be adapted. Use base='accurate', or none.", artefact.name)
    if Path(folder).exists() and find_model(base).samefile(folder):
        raise ModelError("the new model would overwrite its base. Give another folder.", artefact.name)
    scorer = EncoderScorer(artefact)
    arrays, chosen = fit_head(scorer, artefact.arrays, _both(fit), _both(dev))
    adapted = Artefact(artefact.name, artefact.sha256, artefact.manifest, arrays, artefact.files)
    held = _scored(EncoderScorer(adapted), dev)
    calibration, (found,) = fit_calibration([held])
    arrays |= calibration
    if "surroundings" in artefact.arrays and "surroundings" not in calibration:
        # Too few dev sessions to tell what stands around anew: as with the head, what they do not tell stays as it was.
        arrays["surroundings"] = artefact.arrays["surroundings"]
        found = calibrate(held.scores, arrays, held.where)
    own = HeldOut.whole(found, held.y)
    manifest = {
        "kind": "encoder",
        "base": {"name": artefact.name, "sha256": artefact.sha256, "licence": artefact.manifest.get("licence")},
        "settings": {"head": chosen},
        **_decisions([own], [(own, dev)]),
    }
    return manifest, dict(arrays), dict(artefact.files)


def _both(corpus: Corpus) -> tuple[list[Utterance], Any]:
    """Utterances as written and as recognised, with their codes."""
    utterances, y = corpus.utterances, corpus.labels()
    return [*utterances, *(recognised(u) for u in utterances)], np.concatenate([y, y])


def _scored(scorer: Scorer, corpus: Corpus) -> Scored:
    return Scored.of(scorer.score(_both(corpus)[0])[0], corpus)


def _decisions(sources: Sequence[HeldOut], sessions: Sequence[tuple[HeldOut, Corpus]]) -> dict[str, Any]:
    """Return thresholds, and how the log-odds of sessions shift, as the manifest has them."""
    chosen = choose_thresholds(sources)
    counted = []
    for held, corpus in sessions:
        n = len(corpus.utterances)  # as written; the recognised copies come after
        p = held.probabilities[:n]
        counted.append(Counted.of(held.y[:n], p, choose(p, chosen), corpus.groups))
    return {
        "thresholds": {"behaviours": list(chosen.behaviours), "unsure_below": chosen.unsure_below},
        "session_sd": session_shift(counted),
    }


def _described(name: str, licence: str, corpus: Corpus) -> dict[str, Any]:
    digest = hashlib.sha256()
    for session in corpus.sessions:
        for u, b in zip(session.utterances, session.behaviours, strict=True):
            digest.update(f"{session.session}\t{u.turn}\t{u.start}\t{u.text}\t{'|'.join(b)}\n".encode())
    return {
        "name": name,
        "licence": licence,
        "sessions": len(corpus.sessions),
        "utterances": len(corpus.utterances),
        "sha256": digest.hexdigest(),
    }


def _versions(*more: str) -> dict[str, str]:
    packages = ("scikit-learn", "numpy", *more)
    return {"python": platform.python_version(), **{name: version(name) for name in packages}}


# The shipped models --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Source:
    """One source of training examples in a recipe.

    Attributes
    ----------
    sessions, exchanges, public : str
        One of them is set: folder of an annotated corpus, CSV of contrast exchanges, CSV of a tidied public corpus.
    codes : str
        CSV of codes by reference: what is learnt of the public corpus is then these codes, and not its own.
    name, licence : str
        As the card shows them.
    weight : float
        Weight of an example in the loss.
    instances : {"any", "each"}
        How the utterances of a public row share its codes.
    doubt : float
        Share of a public code held to be chance.
    limit : int
        Most examples, drawn at random; 0 for all.
    recognised : bool
        True to add what speech recognition and reflectkit's own cutting make of rows, where they are cut amiss.
    """

    sessions: str = ""
    exchanges: str = ""
    public: str = ""
    codes: str = ""
    name: str = ""
    licence: str = "not stated"
    weight: float = 1.0
    instances: str = "any"
    doubt: float = 0.0
    limit: int = 0
    recognised: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """Dialogues of a public corpus, coded by this codebook, that are kept from training and calibrate.

    Attributes
    ----------
    public, codes : str
        CSV of the corpus, and of its codes by reference.
    name, licence : str
        As the card shows them.
    every : int
        Every so many dialogues one is kept; no source of the recipe learns from it.
    """

    public: str = ""
    codes: str = ""
    name: str = ""
    licence: str = "not stated"
    every: int = 1


@dataclass(frozen=True, slots=True)
class Recipe:
    """What ``reflectkit train`` reads from a TOML file.

    Attributes
    ----------
    name, kind, licence, use : str
        Of the model; `use` says in words who may use it.
    settings : mapping
        Fields of `reflectkit.learn.finetune.Settings`.
    data : tuple of Source
        What to learn from.
    teacher : str
        Name of the model whose probabilities a linear model learns on the public sources' words.
    base : str
        Name of the model whose head is adapted, for kind ``"head"``.
    continues : str
        Another recipe of an encoder: its network is trained first and gone on from.
    networks : int
        So many networks are trained, from the same start and on the same examples in another order; the mean of their
        weights is the model (a model soup, Wortsman et al. 2022).
    thresholds : tuple of str
        Public dev files that have a say in the thresholds besides the dev sessions.
    calibration : Kept or None
        What calibrates besides the dev sessions, and counts as much as they do.
    """

    name: str
    kind: str
    licence: str
    use: str
    settings: Mapping[str, Any]
    data: tuple[Source, ...]
    teacher: str
    base: str
    continues: str
    networks: int
    thresholds: tuple[str, ...]
    calibration: Kept | None

    @property
    def annotated(self) -> Source:
        """The source of annotated sessions: there is one in every recipe."""
        return next(source for source in self.data if source.sessions)


def read_recipe(path: str | os.PathLike[str]) -> Recipe:
    """Read a recipe.

    Parameters
    ----------
    path : path
        A TOML file.

    Returns
    -------
    Recipe
        Checked for unknown keys.

    Raises
    ------
    ModelError
        If it cannot be read, or a key is missing or unknown.
    """
    file = Path(path)
    try:
        read = tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ModelError(f"the recipe cannot be read as TOML ({type(error).__name__}).", file.name) from None
    problem = _problem(read)
    if problem:
        raise ModelError(problem, file.name)
    return Recipe(
        str(read.get("name", file.stem)),
        str(read["kind"]),
        str(read["licence"]),
        str(read.get("use", "")),
        read.get("settings", {}),
        tuple(Source(**entry) for entry in read["data"]),
        str(read.get("teacher", "")),
        str(read.get("base", "")),
        str(read.get("continues", "")),
        int(read.get("networks", 1)),
        tuple(read.get("thresholds", ())),
        Kept(**read["calibration"]) if "calibration" in read else None,
    )


def _problem(read: Mapping[str, Any]) -> str | None:
    """Say what is wrong with a recipe before anything is loaded; `None` if nothing is."""
    known = {f.name: f for f in fields(Recipe)}
    if unknown := sorted(set(read) - set(known)):
        return f"the recipe has unknown keys {unknown}. Known: {', '.join(sorted(known))}."
    if missing := [key for key in ("kind", "licence", "data") if key not in read]:
        return f"the recipe lacks {missing}. Add them."
    kind, entries, thresholds = read["kind"], read["data"], read.get("thresholds", [])
    if kind not in KINDS:
        return f"there is no kind {kind!r}. Use {', '.join(KINDS)}."
    if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
        return "data must be a list of tables. Write [[data]] before each."
    if not isinstance(thresholds, list) or not all(isinstance(t, str) for t in thresholds):
        return 'thresholds must be a list of file names, such as ["annomi.dev.csv"].'
    if wrong := next(filter(None, map(_entry_problem, entries)), ""):
        return f"a [[data]] entry: {wrong}"
    if sum(bool(e.get("sessions")) for e in entries) != 1:
        return "one [[data]] entry must name sessions: they set calibration and thresholds."
    return _kind_problem(kind, entries, read)


def _kind_problem(kind: str, entries: Sequence[Mapping[str, Any]], read: Mapping[str, Any]) -> str | None:
    """Say what does not fit the kind of model."""
    if (wrong := _misfits(read.get("settings", {}), Settings)) or (kind != "encoder" and read.get("settings")):
        return f"settings: {wrong or 'only an encoder has any.'}"
    if kind != "encoder" and (read.get("continues") or "networks" in read):
        return "continues and networks: only an encoder is trained that way."
    if type(networks := read.get("networks", 1)) is not int or networks < 1:
        return "networks must be a number, at least 1."
    if "calibration" in read and (wrong := _kept_problem(read["calibration"])):
        return f"calibration: {wrong}"
    if kind == "head" and (
        not read.get("base") or len(entries) > 1 or {"calibration", "thresholds", "teacher"} & set(read)
    ):
        return "a head needs base, and learns from one [[data]] entry of sessions, which calibrate it too."
    if kind == "head" and (unused := sorted(set(entries[0]) - {"sessions", "name", "licence"})):
        return f"a [[data]] entry: a head's has only sessions, name and licence, not {', '.join(unused)}."
    if kind == "linear" and any(e.get("public") for e in entries) and not read.get("teacher"):
        return "a linear model learns a teacher's probabilities on public words. Name the teacher."
    return None


def _entry_problem(entry: Mapping[str, Any]) -> str:
    if wrong := _misfits(entry, Source):
        return wrong
    if sum(bool(entry.get(key)) for key in ("sessions", "exchanges", "public")) != 1:
        return "it must name one of sessions, exchanges, public."
    if entry.get("codes") and not entry.get("public"):
        return "codes need public: the corpus whose words they code."
    if entry.get("instances", "any") not in ("any", "each") or not 0 <= entry.get("doubt", 0) < 0.5:
        return 'instances is "any" or "each", doubt is at least 0 and less than 0.5.'
    return ""


def _kept_problem(entry: object) -> str:
    if wrong := _misfits(entry, Kept):
        return wrong
    kept = Kept(**entry)  # type: ignore[arg-type]
    return (
        "" if kept.public and kept.codes and kept.every > 0 else "it must name public and codes; every is at least 1."
    )


def _misfits(table: object, wanted: type) -> str:
    """Say which entries of a TOML table do not fit a dataclass; ``""`` if all do."""
    if not isinstance(table, dict):
        return "it must be a table."
    example = wanted()
    for key, value in table.items():
        if not hasattr(example, key):
            return f"unknown key {key!r}. Known: {', '.join(f.name for f in fields(wanted))}."
        kind = type(getattr(example, key))
        wanted_type = (int, float) if kind is float else kind
        if isinstance(value, bool) != (kind is bool) or not isinstance(value, wanted_type):
            return f"{key} must be of type {kind.__name__}."
    return ""


def train_recipe(
    recipe: Recipe,
    folder: str | os.PathLike[str],
    *,
    sessions: Corpus | None = None,
    corpora: str | os.PathLike[str] | None = None,
    say: Say = lambda line: None,
) -> Classifier:
    """Train a model by a recipe and write it to a folder.

    Parameters
    ----------
    recipe : Recipe
        As from `read_recipe`.
    folder : path
        Where the model goes.
    sessions : Corpus, optional
        The recipe's annotated sessions, if they are loaded already.
    corpora : path, optional
        Folder of the tidied public corpora, if the recipe names any.
    say : callable, optional
        Told what is going on.

    Returns
    -------
    Classifier
        The model as loaded again from the folder.

    Raises
    ------
    CorpusError
        If a source is missing or broken, or a session stands on both sides of a split.
    ModelError
        If a package for training is missing.
    """
    folder = Path(folder)
    own = recipe.annotated
    sessions = load_corpus(own.sessions) if sessions is None else sessions
    if recipe.kind == "head":
        return train(
            sessions,
            folder,
            base=recipe.base,
            data=own.name,
            data_licence=own.licence,
            licence=recipe.licence,
            use=recipe.use,
        )
    _refuse_small(sessions)
    refuse_leaks(sessions)
    kept = _kept(recipe.calibration, corpora)
    materials = Materials(sessions, corpora, kept)
    files = read_sources(recipe, materials, say)
    fit, dev = sessions.split("train"), sessions.split("dev")
    more = [load_public(_public(name, corpora)) for name in recipe.thresholds]
    if recipe.kind == "linear":
        manifest, arrays, content = fit_linear(fit, dev, more=_soft(recipe, files), kept=kept)
    else:
        tuned, files = _trained(recipe, files, materials, say)
        manifest, arrays, content = _finish_encoder(recipe, tuned, fit, dev, kept, more)
    facts = {
        "licence": recipe.licence,
        "use": recipe.use,
        "data": [
            {**_described(s.name, s.licence, fit), "weight": s.weight} if s.sessions else _public_fact(s, examples)
            for s, examples in files
        ],
        "dev": _described("dev sessions of the same corpus", own.licence, dev),
        "calibrated_on": _calibrated_on(recipe, dev, kept),
        "thresholds_also_on": list(recipe.thresholds),
    }
    packages = () if recipe.kind == "linear" else ("torch", "transformers", "onnxruntime")
    save_artefact(
        folder, manifest={**manifest, **facts, "made_with": _versions(*packages)}, arrays=arrays, files=content
    )
    return Classifier(load_artefact(folder, pinned=False))


def _calibrated_on(recipe: Recipe, dev: Corpus, kept: Corpus | None) -> list[dict[str, Any]]:
    described = [_described("dev sessions", recipe.annotated.licence, dev)]
    if recipe.calibration and kept:
        described.append(_described(recipe.calibration.name, recipe.calibration.licence, kept))
    return described


def _kept(calibration: Kept | None, corpora: str | os.PathLike[str] | None) -> Corpus | None:
    """Return the train dialogues that calibrate; `None` if the recipe keeps none."""
    if calibration is None:
        return None
    coded = join_codes(calibration.codes, _public(calibration.public, corpora)).split("train")
    return Corpus(coded.sessions[:: calibration.every])


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Materials:
    """What training reads.

    Attributes
    ----------
    sessions : Corpus
        The annotated sessions.
    corpora : path or None
        Folder of the tidied public corpora.
    kept : Corpus or None
        Dialogues that calibrate: nothing is learnt from them.
    """

    sessions: Corpus
    corpora: str | os.PathLike[str] | None
    kept: Corpus | None


Files = list[tuple[Source, list[Example]]]


def read_sources(recipe: Recipe, materials: Materials, say: Say) -> Files:
    """Make the examples of a recipe's sources.

    Parameters
    ----------
    recipe : Recipe
        Its `Recipe.data` are read.
    materials : Materials
        Where from; dialogues that calibrate are left out.
    say : callable
        Told how many examples each source gave.

    Returns
    -------
    list of (Source, list of Example)
        In the recipe's order.

    Raises
    ------
    CorpusError
        If a file is missing or not what it should be.
    """
    held = {s.session for s in materials.kept.sessions} if materials.kept else set()
    files = [
        (s, [e for e in _examples(s, materials.sessions, materials.corpora) if e.group not in held])
        for s in recipe.data
    ]
    for source, examples in files:
        say(f"{source.name}: {len(examples)} examples")
    return files


def _public(name: str, corpora: str | os.PathLike[str] | None) -> Path:
    if corpora is None or not Path(corpora, name).is_file():
        raise CorpusError(f"{name} is not there. Give the folder of the tidied public corpora with --corpora.")
    return Path(corpora, name)


def _examples(source: Source, sessions: Corpus, corpora: str | os.PathLike[str] | None) -> list[Example]:
    if source.exchanges:
        return exchange_examples(source.exchanges, weight=source.weight)
    if source.sessions or source.codes:
        own = sessions if source.sessions else join_codes(source.codes, _public(source.public, corpora))
        own = own.split("train")
        more = miscut_examples(own, weight=source.weight) if source.recognised else []
        return session_examples(own, weight=source.weight) + more
    path = _public(source.public, corpora)
    examples = public_examples(path, weight=source.weight, instances=source.instances, doubt=source.doubt)
    if source.limit and len(examples) > source.limit:
        examples = random.Random(SEED).sample(examples, source.limit)
    if source.recognised:
        examples = examples + public_examples(
            path, weight=source.weight, instances=source.instances, doubt=source.doubt, recognised=True
        )
    return examples


def _public_fact(source: Source, examples: Sequence[Example]) -> dict[str, Any]:
    digest = hashlib.sha256()
    for e in examples:
        digest.update("\n".join([*(u.text for u in e.utterances), e.target.tobytes().hex()]).encode())
    return {
        "name": source.name,
        "licence": source.licence,
        "examples": len(examples),
        "weight": source.weight,
        "sha256": digest.hexdigest(),
    }


def _soft(recipe: Recipe, files: Sequence[tuple[Source, Sequence[Example]]]) -> Soft:
    """Collect what a linear model learns besides sessions: codes, the teacher's probabilities where there are none."""
    rows: list[tuple[Utterance, Any, str]] = []
    unlabelled: list[tuple[Utterance, str]] = []
    for source, examples in files:
        for e in examples:
            if source.exchanges or source.codes:
                rows.append((e.utterances[0], e.target[:-1].astype(float), e.group))
            elif source.public:
                unlabelled += [(u, e.group) for u in e.utterances]
    if unlabelled:
        teacher = Classifier(load_artefact(recipe.teacher, pinned=False))
        probabilities = teacher.predict_proba([u for u, _ in unlabelled])
        rows += [(u, p, group) for (u, group), p in zip(unlabelled, probabilities, strict=True)]
    return rows


def _trained(recipe: Recipe, files: Files, materials: Materials, say: Say) -> tuple[Tuned, Files]:
    """Fine-tune the encoder of a recipe; return it and all it has learnt from."""
    start, learnt = None, files
    if recipe.continues:
        before = read_recipe(recipe.continues)
        start, first = _trained(before, read_sources(before, materials, say), materials, say)
        names = {s.name for s in recipe.data}
        learnt = files + [(s, examples) for s, examples in first if s.name not in names]
    examples = [e for _, own in files for e in own]
    networks = []
    for order in range(recipe.networks):
        networks.append(finetune(examples, Settings(**recipe.settings), start=deepcopy(start), order=order, say=say))
    tuned = averaged(networks)
    return replace(tuned, seconds=tuned.seconds + (start.seconds if start else 0)), learnt


def _finish_encoder(
    recipe: Recipe, tuned: Tuned, fit: Corpus, dev: Corpus, kept: Corpus | None, more: Sequence[Any]
) -> tuple[dict[str, Any], dict[str, Any], dict[str, bytes]]:
    """Export a fine-tuned network, fit its head, calibrate it and choose its thresholds."""
    from reflectkit.classify.encoder import EncoderScorer
    from reflectkit.learn.export import export
    from reflectkit.learn.head import fit_head

    settings = Settings(**recipe.settings)
    arrays, content = export(tuned)
    # From here on with the network that will be shipped, in eight bits.
    scorer = EncoderScorer(Artefact(recipe.name, "", {"kind": "encoder"}, arrays, content))
    fitted, chosen = fit_head(scorer, arrays, _both(fit), _both(dev))
    scorer = EncoderScorer(Artefact(recipe.name, "", {"kind": "encoder"}, fitted, content))
    corpora = [corpus for corpus in (dev, kept) if corpus]
    scored = [_scored(scorer, corpus) for corpus in corpora]
    calibration, found = fit_calibration(scored)
    fitted |= calibration
    held = [HeldOut.whole(p, s.y) for p, s in zip(found, scored, strict=True)]
    sources = [*held, *(held_out(scorer.score, fitted, rows) for rows in more)]
    manifest = {
        "kind": "encoder",
        "base": {"name": "all-MiniLM-L6-v2", "licence": "Apache-2.0", "sha256": BASE_SHA256},
        "settings": {**{f.name: getattr(settings, f.name) for f in fields(settings)}, "head": chosen},
        **({"continues": Path(recipe.continues).stem} if recipe.continues else {}),
        "networks": recipe.networks,
        **_decisions(sources, list(zip(held, corpora, strict=True))),
        "cost": {"seconds": round(tuned.seconds), "cores": os.cpu_count()},
    }
    return manifest, fitted, content


def main(options: argparse.Namespace) -> None:
    """Run ``reflectkit train``: train, measure, write the card, and pin the hash if told to."""
    from reflectkit.learn.card import reliability_plot, write_card
    from reflectkit.learn.counting import evaluate_public_counts
    from reflectkit.learn.public import evaluate_public

    recipe = read_recipe(options.recipe)
    folder = Path(options.out) if options.out else Path("models", recipe.name)
    began = time.perf_counter()
    corpus = load_corpus(recipe.annotated.sessions)
    if options.card:
        classifier = Classifier(load_artefact(folder, pinned=False))
    else:
        classifier = train_recipe(recipe, folder, sessions=corpus, corpora=options.corpora, say=_say)
    classifier = remembering(classifier)
    files = {name: Path(options.corpora, f"{name}.csv") for name in PUBLIC_DEV} if options.corpora else {}
    files = {name: path for name, path in files.items() if path.is_file()}
    rows = {name: load_public(path) for name, path in files.items()}
    counts = {COUNTED: evaluate_public_counts(classifier, rows[COUNTED])} if COUNTED in rows else {}
    coded = {name: join_codes(CODED[name], path).split("dev") for name, path in files.items() if CODED[name].is_file()}
    plot = PLOT if find_spec("matplotlib") else None
    if plot:
        reliability_plot(
            classifier, {s: own for s in ("dev", "test") if (own := corpus.split(s)).sessions}, folder / PLOT
        )
    card = write_card(
        classifier,
        corpus,
        plot=plot,
        tests=TESTS if Path(TESTS).is_dir() else None,
        public={name: evaluate_public(classifier, own) for name, own in rows.items()},
        public_recognised={
            name: evaluate_public(classifier, load_public(path, recognised=True)) for name, path in files.items()
        },
        public_counts=counts,
        public_coded=coded,
    )
    write_atomically(folder / "README.md", card)
    if options.pin and folder.name in available_models():
        pin(folder.name, classifier.artefact.sha256)
    _say(
        f"{classifier.artefact.id} in {folder}; it took {(time.perf_counter() - began) / 60:.1f} minutes on {os.cpu_count()} cores"
    )


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


def pin(name: str, sha256: str) -> None:
    """Write a shipped model's hash into the package.

    Parameters
    ----------
    name : str
        Name of the model.
    sha256 : str
        Of its manifest.
    """
    from reflectkit.classify import pinned

    path = Path(str(pinned.__file__))
    pinned.PINNED[name] = sha256  # so that a second model pinned in this process does not undo the first
    entries = {k: v for k, v in pinned.PINNED.items() if k == name or any((f / k).is_dir() for f in models_folders())}
    body = "".join(f'    "{k}": "{v}",\n' for k, v in sorted(entries.items()))
    text = path.read_text("utf-8")
    path.write_text(
        re.sub(r"PINNED: dict\[str, str\] = \{.*\}", f"PINNED: dict[str, str] = {{\n{body}}}", text, flags=re.DOTALL),
        encoding="utf-8",
    )
