"""What is told of how far a head is; how it learns is tested with the model."""

import pytest

from ml.training import head_training
from ml.training.head_training import _Teller, time_left


def test_time_left_by_hand() -> None:
    told = [time_left(seconds) for seconds in (None, 0, 0.2, 40.4, 89.4, 91, 600)]
    lengths = ("2 seconds", "40 seconds", "89 seconds", "2 minutes", "10 minutes")
    assert told == ["", "", *(f"at most {length} left of this stage" for length in lengths)]


def test_time_left_goes_by_the_pace_since_the_start_within_epochs_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Taken up after the second of ten epochs; ten seconds a batch, four batches an epoch."""
    clock = [0.0]
    monkeypatch.setattr(head_training.time, "monotonic", lambda: clock[0])
    told: list[tuple[str, int, int, str]] = []
    teller = _Teller(lambda *event: told.append(event), "stars", 10, 2)
    for epoch in range(2):
        for _ in teller.through([{}] * 4):
            clock[0] += 10
        teller.epoch(f"loss {epoch}")

    assert [event[1:3] for event in told] == [(2, 10)] * 4 + [(3, 10)] * 5 + [(4, 10)]
    assert [message for *_, message in told] == [
        *[""] * 4,
        "loss 0, at most 5 minutes left of this stage",
        *(
            f"loss 0, {share}% of the next epoch, at most {left} minutes left of this stage"
            for share, left in SHARES
        ),
        "loss 1, at most 4 minutes left of this stage",
    ]


SHARES = ((25, 4), (50, 4), (75, 4), (100, 4))
