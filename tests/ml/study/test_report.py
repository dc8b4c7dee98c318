"""The tables say what was measured: every figure worked out by hand."""

from typing import Any

import pytest

from ml.study.report import mistakes, tables


def errors(mae: float) -> dict[str, float]:
    return {"mae": mae, "rmse": 2 * mae}


def made_result(*, copies: bool) -> dict[str, Any]:
    apart = {"copied_mae": 0.2, "copied_rmse": 0.4, "unseen_mae": 0.65, "unseen_rmse": 1.3} if copies else {}
    data = {"ratings": 1000.0, "reviewers": 70.0, "movies": 30.0, "mean": 4.4, "mae_of_median": 0.57}
    folds = {"trained_on": [0.3, 0.5], "fresh": [0.6, 0.6], "leak_free": [0.7, 0.8]}
    medians = {"fresh_median": [0.55, 0.55], "leak_free_median": [0.56, 0.56]}
    return {
        "data": dict.fromkeys(("all", "as_seed", "leak_free"), data),
        "splits": {
            "as_seed": {"models": {"deep": errors(0.5) | apart}, "copied_share": 0.325 if copies else 0.0},
            "leak_free": {"models": {"deep": errors(0.6) | {"ndcg_at_10": 0.0123}}, "copied_share": 0.0},
        },
        "cross_validation": {
            name: [errors(fold) for fold in each] for name, each in (folds | medians).items()
        },
    }


def test_what_each_mistake_was_worth() -> None:
    worth = {mistake.name: mistake.worth for mistake in mistakes(made_result(copies=True))}

    assert worth == {
        "one network, all folds": pytest.approx({"mae": 0.2, "rmse": 0.4}),
        "copies on both sides": pytest.approx({"mae": 0.15, "rmse": 0.3}),
        "editions not merged": pytest.approx({"mae": 0.15, "rmse": 0.3}),
        "all together": pytest.approx({"mae": 0.35, "rmse": 0.7}),
    }


def test_the_tables_hold_the_figures() -> None:
    found = tables(made_result(copies=True))

    rows = {row[0]: row[1:] for table in found for row in table.rows}
    assert rows["as the seed"] == ["1,000", "70", "30", "4.400", "0.570"]
    assert rows["one network, all folds"] == ["0.400", "0.600", "+0.200", "0.800", "1.200", "+0.400"]
    assert rows["trained on from fold to fold"] == ["0.4000 ± 0.1000", "0.8000 ± 0.2000"]
    assert [table.rows[0] for table in found[1:4]] == [
        ["deep", "0.5000", "1.0000"],
        ["deep", "0.2000", "0.4000", "0.6500", "1.3000"],
        ["deep", "0.6000", "1.2000", "0.0123"],
    ]
    assert "32.5%" in found[2].title


def test_without_copies_nothing_is_said_of_them() -> None:
    result = made_result(copies=False)

    assert "copies on both sides" not in [mistake.name for mistake in mistakes(result)]
    assert not any("copy" in table.title for table in tables(result))


def test_rows_and_columns_agree() -> None:
    for table in tables(made_result(copies=True)):
        assert {len(row) for row in table.rows} == {len(table.columns)}
