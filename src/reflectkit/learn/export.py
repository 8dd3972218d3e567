"""From a fine-tuned network to the files of a model: an ONNX graph in eight bits, and the head as arrays.

The graph is laid down operator by operator, with the fused ones of ONNX Runtime (Attention, SkipLayerNormalization,
BiasGelu): what an exporter traces is not always recognised as them and then runs a fifth slower. After the last layer's
attention only the utterance's own tokens go on, since nothing reads the states of the others.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from reflectkit.classify.artefact import GRAPH, TOKENISER
from reflectkit.learn.finetune import WIDTH, Tuned, base_folder

_HEADS = 12
_LAYERS = 6
_EPSILON = 1e-12  # of BERT's layer normalisation
_FLOAT = 1  # onnx.TensorProto.FLOAT: what shape inference cannot tell of fused operators
_OPSET, _IR = 17, 8  # what the oldest supported onnxruntime reads


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
    from onnxruntime.quantization import QuantType, quantize_dynamic

    state = {name: value.detach().float().numpy() for name, value in tuned.network.state_dict().items()}
    whole = _Graph(state).model()
    if not quantised:
        graph: bytes = whole.SerializeToString()
    else:
        with tempfile.TemporaryDirectory() as folder:
            small = Path(folder, GRAPH)
            quantize_dynamic(
                whole,
                small,
                per_channel=True,
                reduce_range=True,
                weight_type=QuantType.QInt8,
                extra_options={"DefaultTensorType": _FLOAT},
            )
            graph = small.read_bytes()
    head = {key: state[key] for key in ("query", "value", "bias")}
    return head, {GRAPH: graph, TOKENISER: (base_folder() / "tokenizer.json").read_bytes()}


class _Graph:
    """The encoder for one utterance: token numbers and kinds in, states of the tokens from `start` to `end` out.

    Parameters
    ----------
    state : dict of str to numpy.ndarray
        Weights by their names in torch.
    """

    def __init__(self, state: dict[str, npt.NDArray[np.float32]]) -> None:
        self._state = state
        self._nodes: list[Any] = []
        self._weights: dict[str, npt.NDArray[Any]] = {}

    def model(self) -> Any:  # noqa: ANN401
        """Build the graph.

        Returns
        -------
        onnx.ModelProto
            In 32 bits.
        """
        from onnx import TensorProto, helper, numpy_helper

        states = self._embed()
        for i in range(_LAYERS):
            states = self._layer(f"encoder.encoder.layer.{i}.", states, last=i == _LAYERS - 1)
        self._nodes[-1].output[0] = "states"
        pairs = [helper.make_tensor_value_info(name, TensorProto.INT64, [1, "tokens"]) for name in ("ids", "types")]
        ends = [helper.make_tensor_value_info(name, TensorProto.INT64, [1]) for name in ("start", "end")]
        out = helper.make_tensor_value_info("states", TensorProto.FLOAT, [1, "own", WIDTH])
        weights = [numpy_helper.from_array(np.ascontiguousarray(a), name) for name, a in self._weights.items()]
        graph = helper.make_graph(self._nodes, "encoder", [*pairs, *ends], [out], weights)
        imports = [helper.make_opsetid("", _OPSET), helper.make_opsetid("com.microsoft", 1)]
        return helper.make_model(graph, opset_imports=imports, ir_version=_IR)

    def _embed(self) -> str:
        from reflectkit.classify.encoder import LONGEST

        prefix = "encoder.embeddings."
        axis = self._constant("axis", np.asarray([1]))
        self._fixed("Shape", ["ids"], "length", start=1, end=2)
        words = self._fixed("Gather", [self._weight(prefix + "word_embeddings.weight"), "ids"], "words")
        kinds = self._fixed("Gather", [self._weight(prefix + "token_type_embeddings.weight"), "types"], "kinds")
        table = self._constant("positions", self._state[prefix + "position_embeddings.weight"][None, :LONGEST])
        first = self._constant("first", np.asarray([0]))
        places = self._fixed("Slice", [table, first, "length", axis], "places")
        where = self._fixed("Add", [kinds, places], "where")
        return self._fused("SkipLayerNormalization", [words, where, *self._norm(prefix)], "embedded", epsilon=_EPSILON)

    def _layer(self, prefix: str, states: str, *, last: bool) -> str:
        own = prefix + "attention.self."
        parts = ("query", "key", "value")
        joint = self._constant(own + "weight", np.concatenate([self._state[f"{own}{p}.weight"].T for p in parts], 1))
        bias = self._constant(own + "bias", np.concatenate([self._state[f"{own}{p}.bias"] for p in parts]))
        seen = self._fused("Attention", [states, joint, bias], own + "out", num_heads=_HEADS)
        if last:
            seen = self._fixed("Slice", [seen, "start", "end", "axis"], "seen own")
            states = self._fixed("Slice", [states, "start", "end", "axis"], "states own")
        states = self._add(prefix + "attention.output.", seen, states)
        inner = self._matmul(prefix + "intermediate.dense", states)
        inner = self._fused("BiasGelu", [inner, self._weight(prefix + "intermediate.dense.bias")], prefix + "inner")
        return self._add(prefix + "output.", inner, states)

    def _add(self, prefix: str, new: str, states: str) -> str:
        """Send through a matrix, add to the states and normalise."""
        new = self._matmul(prefix + "dense", new)
        inputs = [new, states, *self._norm(prefix), self._weight(prefix + "dense.bias")]
        return self._fused("SkipLayerNormalization", inputs, prefix + "out", epsilon=_EPSILON)

    def _norm(self, prefix: str) -> list[str]:
        return [self._weight(f"{prefix}LayerNorm.{part}") for part in ("weight", "bias")]

    def _matmul(self, name: str, states: str) -> str:
        matrix = self._constant(name + ".weight", self._state[name + ".weight"].T)
        return self._fixed("MatMul", [states, matrix], name + ".out")

    def _weight(self, name: str) -> str:
        return self._constant(name, self._state[name])

    def _constant(self, name: str, value: npt.NDArray[Any]) -> str:
        self._weights[name] = value
        return name

    def _fixed(self, kind: str, inputs: list[str], output: str, domain: str = "", **attributes: Any) -> str:  # noqa: ANN401
        from onnx import helper

        self._nodes.append(helper.make_node(kind, inputs, [output], name=output, domain=domain, **attributes))
        return output

    def _fused(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:  # noqa: ANN401
        return self._fixed(kind, inputs, output, "com.microsoft", **attributes)
