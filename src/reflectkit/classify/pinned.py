"""SHA-256 of the manifests of shipped models; written by ``reflectkit train RECIPE --pin``."""

PINNED: dict[str, str] = {
    "accurate": "618950e5d0443608b6e87a0d5940c6ce59ab8a108f0797f9111268244cbdbd18",
    "accurate-nc": "ec135feae152d43d6fcdcd5a0f6250b05d28455b2bd87ba5bd0b0d159237c5dd",
    "fast": "14e1f83d0f1f0258bf2018f4662d1d4d2f0386caab6d2c8c90964593da256632",
}
