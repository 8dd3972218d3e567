"""Classifying: utterances in, behaviours with probabilities and evidence out."""

from reflectkit.classify.artefact import DEFAULT_MODEL, Artefact, available_models, find_model, load_artefact
from reflectkit.classify.classifier import Classifier, classify
from reflectkit.classify.decisions import Thresholds, decide
from reflectkit.classify.scoring import single_thread

__all__ = [
    "DEFAULT_MODEL",
    "Artefact",
    "Classifier",
    "Thresholds",
    "available_models",
    "classify",
    "decide",
    "find_model",
    "load_artefact",
    "single_thread",
]
