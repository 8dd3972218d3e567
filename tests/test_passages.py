"""Fitting what finds passages: what it learns from."""

from __future__ import annotations

import csv

from reflectkit.learn import passages


def test_a_written_case_is_heard_after_its_clients_words(classifier, tmp_path):
    """The same question is news after one client's words and none after the other's."""
    rows = [
        ("I cried on the bus.", "You cried on the bus, didn't you?"),
        ("Hello.", "You cried on the bus, didn't you?"),
    ]
    with (tmp_path / "flags.csv").open("w", newline="") as handle:
        out = csv.writer(handle)
        out.writerow(passages.CASE_COLUMNS)
        out.writerows(
            (f"f{i}", client, "", text, "minimising|leading", "leading", "leading", "false")
            for i, (client, text) in enumerate(rows)
        )
    classifiers = [classifier] * 2
    found = passages.flag_cases(tmp_path / "flags.csv", classifiers)
    cases = found["minimising"]
    assert (len(cases.y), any(cases.y), all(cases.written)) == (4, False, True)
    assert found["safety"].y == []  # nobody coded these cases for it
    places = [passages.flags.places(t, [c], passages.flags.client_said(t)) for t, c in exchanges(rows, classifier)]
    new = [passages.flags._leading(next(p), ["cried", "bus"])["new"] for p in places]
    assert new == [0.0, 1.0]


def exchanges(rows, classifier):
    for client, text in rows:
        t = passages._exchange(client, text)
        said = passages.Utterance(1, 1, 0, len(text), text, "worker", client)
        yield t, *passages.classify([said], classifier)


def test_a_lower_threshold_is_set_for_a_higher_recall():
    cases = passages.Cases()
    for i in range(200):
        cases.add({"w=rope": float(i % 4 == 0), "w=soap": 1.0}, i % 4 == 0 or i % 50 == 1, f"s{i % 20}")
    some, every = (passages.fit(cases, recall=recall)[0] for recall in (0.8, 1.0))
    assert some["weights"]["w=rope"] > 1
    assert every["threshold"] < some["threshold"]
