"""SHA-256 of the manifests of shipped models; written by ``reflectkit train RECIPE --pin``."""

PINNED: dict[str, str] = {
    "accurate": "d18e818a84fd800f2a9ac40dfb9a494d0eaf33c71a58b9b67d5de521a77bbf30",
    "accurate-nc": "ec135feae152d43d6fcdcd5a0f6250b05d28455b2bd87ba5bd0b0d159237c5dd",
    "fast": "53928b1eb3b72eb8d326ccc3b6895a649f07e45545ae95eb98b29cbd45af7ab4",
}
