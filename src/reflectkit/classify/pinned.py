"""SHA-256 of the manifests of shipped models; written by ``python -m reflectkit.learn.training --pin``."""

PINNED: dict[str, str] = {
    "ngram-1": "e6317da358b5c72d416bfbdd1dd495e50e5beb743ea1128b43bd7e7fb27d62f1",
}
