"""SHA-256 of the manifests of shipped models; written by ``reflectkit train RECIPE --pin``."""

PINNED: dict[str, str] = {
    "accurate": "f4dae1104398b1f39dff2ad6d7c2b8824a2e3f601c5927a36d53a5d54637bb8e",
    "accurate-nc": "4d9e9323e45d3bad5986c0898c0c9b957afe923aec29865ab218240b6a4d5010",
    "fast": "db36e61c8e1a9f56071e07950c7d3c01bb1060af78bb84a80f2dd97601199622",
}
