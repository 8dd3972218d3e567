"""SHA-256 of the manifests of shipped models; written by ``reflectkit train RECIPE --pin``."""

PINNED: dict[str, str] = {
    "accurate": "a0b4188df0a109cd4ff95f9de59128ab83ae5210e7cfe1b172a029c215698efd",
    "accurate-nc": "2530b63e57cc4a856041ba4e5c3d0ad7644e4b3b8129d32ea445c0fb0175b9d6",
    "fast": "543501362ea9b18e6f07f9cfd128159866cff5bb03023ee8f7d3d8e77853e4a3",
}
