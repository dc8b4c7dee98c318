from pathlib import Path

import pytest

from benchmarks.csv_snapshot import main
from ml.data.snapshot import read_snapshot

MOVIES = "movie,title,year,genres\n7,A,1999,Drama\n30,B,,War\n100,C,,\n"


@pytest.fixture
def paths(tmp_path: Path) -> list[str]:
    names = [tmp_path / name for name in ("ratings.csv", "movies.csv", "out")]
    names[0].write_text("reviewer,movie,stars,timestamp\n12,30,4,50\n9,7,2.5,60\n12,100,3,\n")
    names[1].write_text(MOVIES)
    return [str(name) for name in names]


def test_ids_are_the_files_own(paths: list[str]) -> None:
    assert main(paths) == 0

    snapshot = read_snapshot(Path(paths[2]))
    rated = snapshot.ratings
    assert snapshot.movie_ids[rated.movie_indices].tolist() == [30, 7, 100]
    assert snapshot.reviewer_ids[rated.reviewer_indices].tolist() == [12, 9, 12]
    assert rated.content is not None
    assert rated.content.tokens(0) == ["decade:1990", "genre:Drama"]


def test_ids_in_words_are_refused(paths: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    Path(paths[1]).write_text(MOVIES + "tt1,D,,\n")

    assert main(paths) == 1
    assert "movies.csv has ids that are no whole numbers." in capsys.readouterr().err
    assert not Path(paths[2]).exists()


def test_a_snapshot_is_never_overwritten(paths: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    main(paths)

    assert main(paths) == 1
    assert "exists already" in capsys.readouterr().err
