"""Shared fixtures: a tiny model trained here, hand-drawn sessions, and a machine without a network."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from reflectkit.classify import Classifier
from reflectkit.learn.corpus import Corpus, load_corpus
from reflectkit.learn.training import train

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "data" / "annotated"
EXAMPLES = ROOT / "data" / "examples"

# A busy machine is no failure.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Nothing in this library may open a connection; notebooks need local sockets to talk to their kernel."""
    if "local_sockets" not in request.keywords:

        def refuse(*args: object, **kwargs: object) -> None:
            raise AssertionError("a socket was opened")

        monkeypatch.setattr(socket.socket, "connect", refuse)
        monkeypatch.setattr(socket.socket, "connect_ex", refuse)


@pytest.fixture(scope="session")
def corpus() -> Corpus:
    return load_corpus(DATA)


@pytest.fixture(scope="session")
def tiny_corpus(corpus: Corpus) -> Corpus:
    """Six train sessions and one dev session: enough to train in a second."""
    return Corpus((*corpus.split("train").sessions[:6], corpus.split("dev").sessions[0]))


@pytest.fixture(scope="session")
def tiny_model(tiny_corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "tiny"
    train(tiny_corpus, folder, strengths=(3.0,))
    return folder


@pytest.fixture(scope="session")
def classifier(tiny_model: Path) -> Classifier:
    from reflectkit.pipeline import load_model

    return load_model(tiny_model)
