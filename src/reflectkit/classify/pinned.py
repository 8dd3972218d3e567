"""SHA-256 of the manifests of shipped models; written by ``reflectkit train RECIPE --pin``."""

PINNED: dict[str, str] = {
    "accurate": "0576c77532e4d598c0866c1944437ac1bc30b1c186713bb7cf42f4bd94209dc0",
    "accurate-nc": "81f0d03b5b61dadb7578a6a08fa282db10849f50791b91ce5229eb9ac8e77fde",
    "fast": "904b0df74eb8212f38cee0e6065823a143aeedc93d27c14413bc00d4ba57557a",
}
