"""SHA-256 of the manifests of shipped models; written by ``reflectkit train RECIPE --pin``."""

PINNED: dict[str, str] = {
    "accurate": "1e90c30aa7cdb0e97a04d781b266fbdd74d7bb923afd2083eb1da76d4edfe419",
    "accurate-nc": "9c14a1e167afc6612dd76d26435a7601699e9165ac6277487d45cdcbcc306fbe",
    "fast": "8ccada05484434d5ae4e5330734a4578542bb0a103e903a9fbe4d4bb61462d9e",
}
