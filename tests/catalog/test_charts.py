"""What stands over the columns of a chart."""

import pytest

from catalog.statistics.charts import _over_column


@pytest.mark.parametrize(
    ("share", "words"), [(0.0, "0%"), (0.00012, "<0.1%"), (0.001, "0.10%"), (0.075, "7.5%"), (0.67, "67%")]
)
def test_shares_are_as_narrow_as_their_column(share: float, words: str) -> None:
    assert _over_column(share) == words
