"""Model files: the one door between a folder on disk and a classifier in memory.

A model is a folder ``<name>/`` with

- ``manifest.json``: format number, name, kind, label order, codebook version, thresholds, licence, data, scores, and the
  SHA-256 of every other file;
- ``weights.npz``: arrays, loaded with ``allow_pickle=False``; ``surroundings`` (`reflectkit.classify.surroundings`) need not
  be among them;
- of a linear model ``vocabulary.txt``: one feature name a line, in the order of the weights' columns;
- of an encoder ``encoder.onnx``, the network, and ``tokenizer.json``;
- ``README.md``: the card.

Nothing in it can run code: there is no pickle, and everything is checked (format, labels, sizes, hashes, shapes) before
anything is built. The manifests of the models shipped with the package are pinned in `PINNED`; a hash beside a file
only tells accidents, a hash in the package tells an exchange.

`FORMAT` rises when an older reader would misread a folder; the reader then says which version of reflectkit to use.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from reflectkit.classify.pinned import PINNED
from reflectkit.classify.surroundings import COLUMNS
from reflectkit.codebook import BEHAVIOURS, CODEBOOK_VERSION
from reflectkit.errors import ModelError
from reflectkit.files import on_one_line, write_together

FORMAT = 4
READS = (2, 3, 4)
"""Formats that can be read; models of format 2 look at each utterance alone."""

DEFAULT_MODEL = "accurate"
MANIFEST, WEIGHTS, VOCABULARY = "manifest.json", "weights.npz", "vocabulary.txt"
GRAPH, TOKENISER = "encoder.onnx", "tokenizer.json"
FILES: Mapping[str, tuple[str, ...]] = {"linear": (WEIGHTS, VOCABULARY), "encoder": (WEIGHTS, GRAPH, TOKENISER)}
"""Files of each kind of model, beside the manifest and the card."""

_MAX_BYTES = 200 * 1024 * 1024
_LARGEST = 1e9  # sums of such weights stay finite
_LARGEST_SHIFT = 100.0


@dataclass(frozen=True, slots=True, eq=False)
class Artefact:
    """A model folder, read and verified.

    Attributes
    ----------
    name : str
        Name in the manifest.
    sha256 : str
        Of the manifest, and through it of every file of the model.
    manifest : mapping
        The parsed manifest.
    arrays : mapping of str to numpy.ndarray
        The weights.
    files : mapping of str to bytes
        The other files, by name.
    """

    name: str
    sha256: str
    manifest: Mapping[str, Any]
    arrays: Mapping[str, npt.NDArray[Any]]
    files: Mapping[str, bytes]

    @property
    def kind(self) -> str:
        """``"linear"``, ``"encoder"``, or ``"estimator"`` for a user's own."""
        return str(self.manifest["kind"])

    @property
    def id(self) -> str:
        """Name and the first eight digits of the hash, as in signatures."""
        return f"{one_field(self.name)}@{self.sha256[:8]}"


def one_field(value: object) -> str:
    r"""Write what a manifest says as one field of a signature, whose fields are divided by ``|``.

    Parameters
    ----------
    value : object
        A name or a licence.

    Returns
    -------
    str
        On one line.

    Examples
    --------
    >>> one_field("CC BY|4.0\n")
    'CC BY/4.0'
    """
    return " ".join(on_one_line(str(value).replace("|", "/").replace("\n", " ")).split())


def models_folders() -> list[Path]:
    """Return the folders searched for shipped models.

    Returns
    -------
    list of Path
        Inside an installed wheel, then ``models/`` of a clone.
    """
    package = Path(str(resources.files("reflectkit")))
    return [folder for folder in (package / "_models", package.parents[1] / "models") if folder.is_dir()]


def available_models() -> dict[str, Path]:
    """List the shipped models.

    Returns
    -------
    dict of str to Path
        Name to folder, in order of name.
    """
    found: dict[str, Path] = {}
    for folder in models_folders():
        for manifest in sorted(folder.glob(f"*/{MANIFEST}")):
            found.setdefault(manifest.parent.name, manifest.parent)
    return dict(sorted(found.items()))


def find_model(model: str | os.PathLike[str] | None = None) -> Path:
    """Find a model folder by name or path.

    Parameters
    ----------
    model : str or path, optional
        Name of a shipped model or path of a folder; the default model if not given.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    ModelError
        If there is none; the message lists what there is.
    """
    shipped = available_models()
    name = DEFAULT_MODEL if model is None else model
    if not isinstance(name, str | os.PathLike):
        raise ModelError("model= takes a name, a path or a Classifier.", repr(type(name).__name__))
    if isinstance(name, str) and name in shipped:
        return shipped[name]
    path = Path(name)
    if model is not None and (path / MANIFEST).is_file():
        return path
    known = ", ".join(shipped) or "none (is the installation whole?)"
    raise ModelError(
        f"there is no such model. Shipped models: {known}; or give the path of a model's folder.", str(name)
    )


def load_artefact(model: str | os.PathLike[str] | None = None, *, pinned: bool = True) -> Artefact:
    """Read and verify a model folder.

    Parameters
    ----------
    model : str or path, optional
        As for `find_model`.
    pinned : bool, optional
        False only for the command that has just trained a shipped model and is about to pin it.

    Returns
    -------
    Artefact
        Verified; loading it again gives the same object while the manifest is unchanged.

    Raises
    ------
    ModelError
        If a file is missing, altered, of a newer format, or made for other labels.
    """
    folder = find_model(model).resolve()
    manifest = _read(folder, MANIFEST)
    return _load(folder, manifest, hashlib.sha256(manifest).hexdigest(), pinned)


@lru_cache(maxsize=4)
def _load(folder: Path, manifest_bytes: bytes, sha256: str, pinned: bool) -> Artefact:
    name = folder.name
    shipped = available_models().get(name)
    if pinned and shipped is not None and shipped.samefile(folder) and PINNED.get(name) != sha256:
        raise ModelError("the shipped model's manifest was altered. Install reflectkit again.", name)
    try:
        manifest = json.loads(manifest_bytes)
        form, labels, files = manifest["format"], manifest["labels"], manifest["files"]
        codebook, kind = manifest["codebook"], manifest["kind"]
    except (ValueError, RecursionError, TypeError, KeyError):
        raise ModelError("manifest.json is broken or not a reflectkit model's.", name) from None
    if form not in READS:
        raise ModelError(
            f"its format is {form!r}, this version of reflectkit reads {' and '.join(map(str, READS))}. Update reflectkit or the model.",
            name,
        )
    if labels != [b.value for b in BEHAVIOURS]:
        raise ModelError("its labels are not the codebook's, in their order. Train it again.", name)
    if codebook != CODEBOOK_VERSION:
        raise ModelError(
            f"it was made for codebook {codebook!r}, this is codebook {CODEBOOK_VERSION!r}. Train it again.", name
        )
    if not isinstance(kind, str) or kind not in FILES:
        raise ModelError(
            f"its kind {kind!r} is unknown; this version reads {', '.join(FILES)}. Update reflectkit.", name
        )
    content: dict[str, bytes] = {}
    for file in FILES[kind]:
        content[file] = _read(folder, file)
        if hashlib.sha256(content[file]).hexdigest() != (files.get(file) if isinstance(files, dict) else None):
            raise ModelError(
                f"{file} was altered or damaged (its SHA-256 is not the manifest's). Install or train it again.", name
            )
    arrays = _arrays(content.pop(WEIGHTS), name)
    _check_shapes(name, manifest, arrays, content)
    return Artefact(str(manifest.get("name", name)), sha256, manifest, arrays, content)


def _arrays(data: bytes, name: str) -> dict[str, npt.NDArray[Any]]:
    """Read plain arrays, none of them larger unpacked than a model's files may be."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(member.file_size for member in packed.infolist()) > _MAX_BYTES:
                raise MemoryError
        with np.load(io.BytesIO(data), allow_pickle=False) as loaded:
            return {key: np.asarray(loaded[key]) for key in loaded.files}
    except MemoryError:
        raise ModelError(f"{WEIGHTS} is larger than {_MAX_BYTES >> 20} MB unpacked.", name) from None
    except (ValueError, OSError, EOFError, TypeError, KeyError, RuntimeError, zipfile.BadZipFile, zlib.error):
        raise ModelError(f"{WEIGHTS} cannot be read as plain arrays.", name) from None


def _read(folder: Path, file: str) -> bytes:
    path = folder / file
    try:
        if not path.is_file() and path.exists():
            raise ModelError(f"{file} is no file.", folder.name)
        with path.open("rb") as handle:
            data = handle.read(_MAX_BYTES + 1)
    except OSError as error:
        raise ModelError(f"{file} cannot be read ({error.strerror}).", folder.name) from None
    if len(data) > _MAX_BYTES:
        raise ModelError(f"{file} is larger than {_MAX_BYTES >> 20} MB.", folder.name)
    return data


def _check_shapes(
    name: str, manifest: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]], content: Mapping[str, bytes]
) -> None:
    n = len(BEHAVIOURS)
    wanted: dict[str, tuple[int, ...]] = {"calibration": (n, 2)}
    if manifest["kind"] == "linear":
        n_terms = content[VOCABULARY].count(b"\n") + 1
        wanted |= {"coefficients": (n, n_terms), "intercepts": (n,), "idf": (n_terms,)}
    else:
        width = int(arrays["value"].shape[-1]) if "value" in arrays and arrays["value"].ndim else 0
        wanted |= {"query": (n, width), "value": (n, width), "bias": (n,)}
    if "surroundings" in arrays:
        wanted["surroundings"] = (n, COLUMNS)
    for key, shape in wanted.items():
        if (
            key not in arrays
            or arrays[key].shape != shape
            or arrays[key].dtype.kind != "f"
            or not (np.abs(arrays[key]) < _LARGEST).all()
        ):
            raise ModelError(f"{WEIGHTS}: {key} is missing or not finite numbers of shape {shape}.", name)
    try:
        thresholds = [float(x) for x in manifest["thresholds"]["behaviours"]]
        unsure_below = float(manifest["thresholds"]["unsure_below"])
    except (KeyError, TypeError, ValueError, OverflowError):
        raise ModelError("manifest.json: thresholds are missing or not numbers.", name) from None
    if len(thresholds) != n:
        raise ModelError("manifest.json: there is not one threshold a behaviour.", name)
    if not all(0 <= x <= 1 for x in (*thresholds, unsure_below)):
        raise ModelError("manifest.json: a threshold is not between 0 and 1.", name)
    shifts = manifest.get("session_sd", [0.0] * n)
    if (
        not isinstance(shifts, list)
        or len(shifts) != n
        or not all(isinstance(x, int | float) and 0 <= x <= _LARGEST_SHIFT for x in shifts)
    ):
        problem = f"manifest.json: session_sd is not one number from 0 to {_LARGEST_SHIFT:g} a behaviour."
        raise ModelError(problem, name)


def save_artefact(
    folder: str | os.PathLike[str],
    *,
    manifest: Mapping[str, Any],
    arrays: Mapping[str, npt.NDArray[Any]],
    files: Mapping[str, bytes],
) -> str:
    """Write a model folder.

    Parameters
    ----------
    folder : path
        Made if missing, for its owner alone; its name becomes the model's name.
    manifest : mapping
        Everything but ``format, name, labels, codebook, files``, which are filled in.
    arrays : mapping of str to numpy.ndarray
        The weights.
    files : mapping of str to bytes
        The other files of the manifest's kind.

    Returns
    -------
    str
        SHA-256 of the manifest.

    Raises
    ------
    OSError
        If it cannot be written; a model that stood there before is then whole.
    """
    path = Path(folder)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **{key: arrays[key] for key in sorted(arrays)})
    content = {WEIGHTS: buffer.getvalue(), **files}
    whole = {
        "format": FORMAT,
        "name": path.name,
        "labels": [b.value for b in BEHAVIOURS],
        "codebook": CODEBOOK_VERSION,
        **manifest,
        "files": {file: hashlib.sha256(data).hexdigest() for file, data in sorted(content.items())},
    }
    encoded = (json.dumps(whole, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode("utf-8")
    write_together(path, {**content, MANIFEST: encoded})
    return hashlib.sha256(encoded).hexdigest()
