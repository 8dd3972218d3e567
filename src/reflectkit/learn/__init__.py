"""Learning: load annotated corpora, train models, evaluate them, measure agreement between coders."""

from reflectkit.learn.corpus import Corpus, check_corpus, load_corpus
from reflectkit.learn.evaluate import evaluate
from reflectkit.learn.train import train

__all__ = ["Corpus", "check_corpus", "evaluate", "load_corpus", "train"]
