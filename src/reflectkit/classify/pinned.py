"""SHA-256 of the manifests of shipped models; written by ``reflectkit train RECIPE --pin``."""

PINNED: dict[str, str] = {
    "accurate": "da5e11f984e85d08ac0f0d5d56b1834376846a169440935484de74d138155cae",
    "accurate-nc": "524987b9bb36955518e0f61ccf7f1823ab531b860fef3a6bab417b27c53bf41a",
    "fast": "843cc9d6ffb8207a7c75f03b782871a87b2213ed1ab00d33c4051f3187320099",
}
