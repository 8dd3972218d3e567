"""A larger encoder that teaches the small one (knowledge distillation, Hinton et al. 2015).

The teacher is MPNet (Song et al. 2020) with the same label-wise attention as the model. Its lower layers stay as they were
pretrained, so their states are computed once. It is trained twice, each time on half of the groups of examples: every
example is judged by the half that has not seen it, and words that nobody has coded by the mean of both.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from reflectkit.classify.view import view
from reflectkit.codebook import BEHAVIOURS
from reflectkit.learn.examples import Example
from reflectkit.learn.finetune import (
    TRAINING_TOKENS,
    Descent,
    add_head,
    attend,
    build_tokeniser,
    by_length,
    checked,
    import_torch,
    in_batches,
    pretrained,
)
from reflectkit.values import Utterance

BASE = "all-mpnet-base-v2"
BASE_SHA256 = {
    "config.json": "d46a3e04ded82bba22528424480697d394eeda6a27484e08c5bb2bdf5906cfa0",
    "model.safetensors": "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658",
    "tokenizer.json": "b8be2c30ba5dd723a6d5ee26d013da103d5408d92ddcb23747622f9e48f1d842",
}
"""Files of sentence-transformers/all-mpnet-base-v2 (Apache-2.0)."""

_SEED = 11
_SPLIT_SEED = 7
_WIDTH = 768
_FROZEN = 6
_BATCH = 32
_EPOCHS = 2
_RATES = (5e-5, 1e-3)
_AVERAGE = 0.99
_PAD = 1

States = tuple[Any, Any]
"""Of one utterance: states after the frozen layers, shape (n_tokens, 768), and which tokens are its own."""


class Teacher:
    """Two networks, each trained on half of the examples.

    Parameters
    ----------
    folder : Path
        Of the pretrained files, which are checked.
    examples : sequence of Example
        Of one utterance each, with every behaviour known.
    say : callable, optional
        Told what is going on.

    Raises
    ------
    ModelError
        If torch or transformers are missing, or a file is not the one expected.

    Attributes
    ----------
    seconds : float
        Wall-clock time of training.
    """

    seconds: float

    def __init__(
        self, folder: Path, examples: Sequence[Example], say: Callable[[str], None] = lambda line: None
    ) -> None:
        torch = import_torch()
        began = time.perf_counter()
        torch.set_flush_denormal(True)
        checked(folder, BASE_SHA256, BASE)
        self._tokeniser = build_tokeniser(folder, TRAINING_TOKENS)
        self._base = pretrained(folder).train(False)
        states = self._lower([e.utterances[0] for e in examples])
        say(f"teacher: states of {len(states)} utterances, {time.perf_counter() - began:.0f} s")
        targets = np.stack([e.target[: len(BEHAVIOURS)] for e in examples])
        half = _halves([e.group for e in examples])
        scores = np.zeros((len(examples), len(BEHAVIOURS)))
        self._networks = []
        for k in (0, 1):
            seen, unseen = np.flatnonzero(half != k), np.flatnonzero(half == k)
            network = _fit(self._base, [states[i] for i in seen], targets[seen], _SEED + k)
            scores[unseen] = _score(network, [states[i] for i in unseen])
            self._networks.append(network)
            say(f"teacher: half {k + 1} of 2, {time.perf_counter() - began:.0f} s")
        self._unseen = dict(zip((view(e.utterances[0]) for e in examples), _targets(scores), strict=True))
        self.seconds = time.perf_counter() - began

    def mixed(self, example: Example, share: float) -> Example:
        """Mix into an example what the half that has not learnt from it makes of it.

        Parameters
        ----------
        example : Example
            Left as it is.
        share : float
            Share of the target that is the teacher's.

        Returns
        -------
        Example
            The same if neither half has learnt from it.
        """
        p = self._unseen.get(view(example.utterances[0])) if len(example.utterances) == 1 else None
        return example if p is None else replace(example, target=(1 - share) * example.target + share * p)

    def judged(self, utterances: Sequence[Utterance], weight: float) -> list[Example]:
        """Make examples of utterances that neither half has learnt from, by the mean of both.

        Parameters
        ----------
        utterances : sequence of Utterance
            With context.
        weight : float
            Of each in the loss.

        Returns
        -------
        list of Example
            Every behaviour known, as far as the teacher knows it.
        """
        targets = _targets(self.log_odds(utterances))
        known = np.ones(targets.shape[1], dtype=np.bool_)
        return [Example((u,), p, known, weight, "") for u, p in zip(utterances, targets, strict=True)]

    def log_odds(self, utterances: Sequence[Utterance]) -> npt.NDArray[np.float64]:
        """Score utterances that neither half has learnt from.

        Parameters
        ----------
        utterances : sequence of Utterance
            With context.

        Returns
        -------
        numpy.ndarray, shape (n_utterances, 8)
            Mean of both halves; not calibrated.
        """
        states = self._lower(utterances)
        return np.asarray(np.mean([_score(network, states) for network in self._networks], axis=0))

    def _lower(self, utterances: Sequence[Utterance]) -> list[States]:
        torch = import_torch()
        coded = self._tokeniser.encode_batch([view(u) for u in utterances])
        states: list[Any] = [None] * len(coded)
        with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
            for part in by_length([len(c.ids) for c in coded]):
                longest = len(coded[part[-1]].ids)
                ids = torch.full((len(part), longest), _PAD)
                for row, i in zip(ids, part, strict=True):
                    row[: len(coded[i].ids)] = torch.tensor(coded[i].ids)
                h = self._base.embeddings(input_ids=ids)
                h = _through(self._base.encoder.layer[:_FROZEN], self._base.encoder, h, ids != _PAD)
                for row, i in zip(h.bfloat16(), part, strict=True):
                    own = torch.tensor([sequence == 0 for sequence in coded[i].sequence_ids])
                    states[i] = row[: len(own)].clone(), own if own.any() else torch.ones_like(own)
        return states


@dataclass(frozen=True, slots=True)
class Teaching:
    """How a recipe's examples are taught.

    Attributes
    ----------
    share : float
        Share of a target that is the teacher's probability, in [0, 1].
    weight : float
        In the loss, of an utterance that the teacher alone judges.
    """

    share: float = 0.5
    weight: float = 0.5


def _targets(scores: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """Turn log-odds into probabilities, with the coarse question (open or closed) as the last."""
    p = expit(scores)
    return np.column_stack([p, 1 - (1 - p[:, 0]) * (1 - p[:, 1])]).astype(np.float32)


def _halves(groups: Sequence[str]) -> npt.NDArray[np.int64]:
    names = sorted(set(groups))
    random.Random(_SPLIT_SEED).shuffle(names)
    half = {name: i % 2 for i, name in enumerate(names)}
    return np.asarray([half[g] for g in groups])


def _through(layers: Any, encoder: Any, states: Any, mask: Any) -> Any:  # noqa: ANN401
    bias = encoder.compute_position_bias(states).detach()
    hidden = (~mask)[:, None, None, :].float() * -1e4
    for layer in layers:
        states = layer(states, hidden, bias)[0]
    return states


def _together(states: Sequence[States]) -> tuple[Any, Any, Any]:
    """Pad the states of some utterances to one tensor."""
    torch = import_torch()
    longest = max(len(own) for _, own in states)
    together = torch.zeros(len(states), longest, _WIDTH, dtype=torch.bfloat16)
    mask, own_mask = torch.zeros(2, len(states), longest, dtype=torch.bool)
    for i, (h, own) in enumerate(states):
        together[i, : len(own)], mask[i, : len(own)], own_mask[i, : len(own)] = h, True, own
    return together, mask, own_mask


def _upper(base: Any) -> Any:  # noqa: ANN401
    torch = import_torch()

    class Upper(torch.nn.Module):  # type: ignore[misc, name-defined]
        """The layers that learn, label-wise attention, head."""

        def __init__(self) -> None:
            super().__init__()
            self.encoder = torch.nn.ModuleList(deepcopy(layer) for layer in base.encoder.layer[_FROZEN:])
            add_head(self, _WIDTH)
            self.before, self.after = torch.nn.Dropout(0.05), torch.nn.Dropout(0.1)

        def forward(self, states: Any, mask: Any, own: Any) -> Any:  # noqa: ANN401
            states = _through(self.encoder, base.encoder, self.before(states), mask)
            return attend(self, self.after(states.float()), own)

    return Upper()


def _fit(base: Any, states: Sequence[States], targets: npt.NDArray[np.float32], seed: int) -> Any:  # noqa: ANN401
    torch = import_torch()
    torch.manual_seed(seed)
    rng = random.Random(seed)
    network = _upper(base)
    lengths = [len(own) for _, own in states]
    descent = Descent(network, _RATES, _EPOCHS * -(-len(states) // _BATCH), _AVERAGE)
    for _ in range(_EPOCHS):
        network.train()
        for batch in in_batches(lengths, _BATCH, rng):
            with torch.autocast("cpu", dtype=torch.bfloat16):
                logits = network(*_together([states[i] for i in batch])).float()
            descent.step(torch.nn.functional.binary_cross_entropy_with_logits(logits, torch.tensor(targets[batch])))
    descent.settle()
    return network.train(False)


def _score(network: Any, states: Sequence[States]) -> npt.NDArray[np.float64]:  # noqa: ANN401
    torch = import_torch()
    scores = np.zeros((len(states), len(BEHAVIOURS)))
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
        for part in by_length([len(own) for _, own in states]):
            scores[part] = network(*_together([states[i] for i in part])).float().numpy()
    return scores


def main() -> None:
    """Train the teacher and print its macro-F1 at the best thresholds, beside the shipped models'."""
    from reflectkit.classify import Classifier, available_models
    from reflectkit.classify.artefact import load_artefact
    from reflectkit.learn.corpus import load_corpus
    from reflectkit.learn.examples import exchange_examples, session_examples
    from reflectkit.learn.fitting import best_f1
    from reflectkit.learn.reference import join_codes

    if len(sys.argv) != 3:
        sys.exit(
            f"usage: python -m reflectkit.learn.teacher FOLDER CORPORA, folders of {BASE} and of the public corpora"
        )
    folder, corpora = map(Path, sys.argv[1:])
    sessions = load_corpus("data/annotated")
    examples = session_examples(sessions.split("train")) + exchange_examples("data/annotated/exchanges.csv")
    teacher = Teacher(folder, examples, lambda line: print(line, file=sys.stderr, flush=True))  # noqa: T201
    sets = (
        sessions.split("dev"),
        join_codes("data/annotated/annomi_codes.csv", corpora / "annomi.dev.csv").split("dev"),
    )
    models = {name: Classifier(load_artefact(name)) for name in available_models()}
    scorers = {"teacher": teacher.log_odds, **{name: model.predict_proba for name, model in models.items()}}
    print("| network | own dev | AnnoMI dev by this codebook |\n|---|---|---|")  # noqa: T201
    for name, score in scorers.items():
        f1 = [
            np.mean([best_f1(y, x) for y, x in zip(own.labels().T, score(own.utterances).T, strict=True)])
            for own in sets
        ]
        print(f"| {name} | " + " | ".join(f"{f:.3f}" for f in f1) + " |")  # noqa: T201


if __name__ == "__main__":
    main()
