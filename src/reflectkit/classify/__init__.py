"""Classifying: utterances in, behaviours with probabilities and evidence out."""

from reflectkit.classify.artefact import DEFAULT_MODEL, Artefact, available_models, load_artefact
from reflectkit.classify.classifier import Classifier, classify
from reflectkit.classify.decisions import Thresholds, decide

__all__ = [
    "DEFAULT_MODEL",
    "Artefact",
    "Classifier",
    "Thresholds",
    "available_models",
    "classify",
    "decide",
    "load_artefact",
]
