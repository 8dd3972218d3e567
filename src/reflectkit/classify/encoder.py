"""The encoder model: a small transformer run by ONNX Runtime, and a head whose log-odds are a sum over words.

For behaviour b and the states h_t of the utterance's own tokens, ``log-odds = sum_t a_t (v_b . h_t) + c_b`` with
``a = softmax(q_b . h_t)`` (label-wise attention, Mullenbach et al. 2018). The network is quantised to eight bits with
scales that follow the input, so every utterance is run alone: its result cannot depend on what else is in a batch.
Utterances are spread over threads instead.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from reflectkit.classify.artefact import GRAPH, TOKENISER, Artefact
from reflectkit.classify.scoring import Pulls, threads
from reflectkit.classify.view import PLACEHOLDER, view
from reflectkit.codebook import BEHAVIOURS
from reflectkit.errors import ModelError
from reflectkit.values import Utterance

# Before the import: releases from 1.29 on open a connection and write a file as soon as they are loaded. They are not
# among the supported ones, but somebody else may have installed one.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import onnxruntime

LONGEST = 256
"""Tokens in view, context included: an utterance of more than some 150 words is judged by its beginning."""

T = TypeVar("T")
_FEW = 4
_WORD = re.compile(PLACEHOLDER.pattern + r"|\S+")


class EncoderScorer:
    """An encoder ready to score.

    Parameters
    ----------
    artefact : Artefact
        Of kind ``"encoder"``.

    Raises
    ------
    ModelError
        If its network or tokeniser cannot be built.
    """

    def __init__(self, artefact: Artefact) -> None:
        onnxruntime.disable_telemetry_events()  # what Windows may collect of the program
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4  # a warning could hold a path; errors are raised
        try:
            self._session = onnxruntime.InferenceSession(
                artefact.files[GRAPH], options, providers=["CPUExecutionProvider"]
            )
            self._tokeniser = Tokenizer.from_str(artefact.files[TOKENISER].decode("utf-8"))
            self._slices = {"start", "end"} <= {i.name for i in self._session.get_inputs()}  # from format 4 on
            states = self._states([1, 1, 1], [0, 0, 0], 1, 2)
            if states.shape != (1, artefact.arrays["value"].shape[1]):
                raise ValueError(states.shape)
        except Exception as error:
            kind = type(error).__name__
            raise ModelError(
                f"{GRAPH} or {TOKENISER} cannot be built ({kind}). Install it again.", artefact.name
            ) from None
        self._tokeniser.no_padding()
        self._tokeniser.enable_truncation(LONGEST, strategy="longest_first")
        head = [np.asarray(artefact.arrays[key], dtype=np.float64) for key in ("query", "value", "bias")]
        self._query, self._value, self._bias = head

    def score(self, utterances: Sequence[Utterance]) -> tuple[npt.NDArray[np.float64], list[Pulls]]:
        """Score utterances.

        Parameters
        ----------
        utterances : sequence of Utterance
            With context; at least one.

        Returns
        -------
        log_odds : numpy.ndarray, shape (n_utterances, n_behaviours)
            Not calibrated.
        pulls : list of Pulls
            One an utterance.
        """
        scored = _spread(self._one, utterances)
        return np.stack([score for score, _ in scored]), [pulls for _, pulls in scored]

    def pooled(self, utterances: Sequence[Utterance]) -> npt.NDArray[np.float32]:
        """Return what the head sees of each utterance: for each behaviour, the states it attends to.

        Parameters
        ----------
        utterances : sequence of Utterance
            With context.

        Returns
        -------
        numpy.ndarray, shape (n_utterances, n_behaviours, width)
            ``sum_t a_t h_t``.
        """

        def one(u: Utterance) -> npt.NDArray[np.float32]:
            states, weights, _ = self._attend(u)
            return np.asarray(weights.T @ states, dtype=np.float32)

        return np.stack(_spread(one, utterances))

    def _states(self, ids: list[int], types: list[int], start: int, end: int) -> npt.NDArray[np.float32]:
        """Run the network and return the last states of the tokens from `start` to `end`."""
        inputs = {"ids": np.asarray([ids], np.int64), "types": np.asarray([types], np.int64)}
        if self._slices:
            inputs |= {"start": np.asarray([start], np.int64), "end": np.asarray([end], np.int64)}
        states: npt.NDArray[np.float32] = self._session.run(None, inputs)[0][0]
        return states if self._slices else states[start:end]

    def _attend(
        self, utterance: Utterance
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], list[tuple[int, int]]]:
        """Return states and attention of the utterance's own tokens, and their offsets (none if it has none)."""
        coded = self._tokeniser.encode(*view(utterance))
        own = coded.sequence_ids.count(0)
        # An utterance of which the tokeniser knows nothing: the whole pair stands for it.
        start, end = (1, 1 + own) if own else (0, len(coded.ids))
        states = self._states(coded.ids, coded.type_ids, start, end).astype(np.float64)
        attention = states @ self._query.T
        weights = np.exp(attention - attention.max(axis=0))
        return states, weights / weights.sum(axis=0), coded.offsets[1 : 1 + own]

    def _one(self, utterance: Utterance) -> tuple[npt.NDArray[np.float64], Pulls]:
        states, weights, offsets = self._attend(utterance)
        by_token = (states @ self._value.T) * weights
        words = [(m.start(), m.end()) for m in _WORD.finditer(utterance.text)]
        pull = np.zeros((len(words), len(BEHAVIOURS)))
        if words and offsets:
            starts = np.asarray([start for start, _ in words])
            home = np.clip(np.searchsorted(starts, [start for start, _ in offsets], side="right") - 1, 0, None)
            np.add.at(pull, home, by_token)
        return by_token.sum(axis=0) + self._bias, Pulls(words, pull)


def _spread(work: Callable[[Utterance], T], utterances: Sequence[Utterance]) -> list[T]:
    """Do the same for every utterance, over threads where there are enough of them to be worth it."""
    allowed = threads()
    if len(utterances) <= _FEW or allowed == 1:
        return [work(u) for u in utterances]
    with ThreadPoolExecutor(allowed) as pool:
        return list(pool.map(work, utterances))
