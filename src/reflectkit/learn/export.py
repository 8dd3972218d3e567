"""From a fine-tuned network to the files of a model: ONNX, fused, in eight bits; and the head as arrays."""

from __future__ import annotations

import logging
import os
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from reflectkit.classify.artefact import GRAPH, TOKENISER
from reflectkit.learn.finetune import WIDTH, Tuned, base_folder

_HEADS = 12
_FLOAT = 1  # onnx.TensorProto.FLOAT
_OPSET = 17


def export(tuned: Tuned, *, quantised: bool = True) -> tuple[dict[str, npt.NDArray[np.float32]], dict[str, bytes]]:
    """Write a fine-tuned network as arrays and files.

    Parameters
    ----------
    tuned : Tuned
        The network.
    quantised : bool, optional
        True for weights in eight bits, one scale a column, of which one bit is spared so that processors without
        eight-bit dot products do not overflow and give the same result.

    Returns
    -------
    arrays : dict of str to numpy.ndarray
        ``query``, ``value`` (8, width) and ``bias`` (8,).
    files : dict of str to bytes
        The ONNX graph and the tokeniser.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # see reflectkit.classify.encoder
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.transformers import optimizer

    class States(torch.nn.Module):  # type: ignore[misc]
        """The encoder alone, for one utterance: nothing is padded.

        Parameters
        ----------
        encoder : torch.nn.Module
            The fine-tuned encoder.
        """

        def __init__(self, encoder: Any) -> None:  # noqa: ANN401
            super().__init__()
            self.encoder = encoder

        def forward(self, ids: Any, types: Any) -> Any:  # noqa: ANN401
            mask = torch.ones_like(ids)
            return self.encoder(input_ids=ids, token_type_ids=types, attention_mask=mask).last_hidden_state

    network = tuned.network.train(False)
    sample = torch.tensor([[101, 2129, 2024, 2017, 102, 1064, 102]])
    kinds = torch.tensor([[0, 0, 0, 0, 0, 1, 1]])
    with tempfile.TemporaryDirectory() as name, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.getLogger("root").setLevel(logging.ERROR)
        plain, fused, small = (str(Path(name, f)) for f in ("plain.onnx", "fused.onnx", "small.onnx"))
        axes = {key: {0: "n", 1: "tokens"} for key in ("ids", "types", "states")}
        torch.onnx.export(
            States(network.encoder),
            (sample, kinds),
            plain,
            input_names=["ids", "types"],
            output_names=["states"],
            dynamic_axes=axes,
            opset_version=_OPSET,
            dynamo=False,
        )
        optimizer.optimize_model(plain, model_type="bert", num_heads=_HEADS, hidden_size=WIDTH).save_model_to_file(
            fused
        )
        if quantised:
            quantize_dynamic(
                fused,
                small,
                per_channel=True,
                reduce_range=True,
                weight_type=QuantType.QInt8,
                extra_options={"DefaultTensorType": _FLOAT},
            )
        graph = Path(small if quantised else fused).read_bytes()
    head = {key: getattr(network, key).detach().numpy().astype(np.float32) for key in ("query", "value", "bias")}
    return head, {GRAPH: graph, TOKENISER: (base_folder() / "tokenizer.json").read_bytes()}
