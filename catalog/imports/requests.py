"""From files to a run that waits: told apart by what they hold, asked for, and its message sent."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.db import OperationalError, transaction

from catalog import tasks
from catalog.importing.detection import Detected, detect
from catalog.importing.errors import ImportProblem
from catalog.importing.runs import request_import
from catalog.models import DataSet, ImportRun
from catalog.removal import ask_for_removal
from moviesite.web.messages import tell_workers

BUSY = (
    "The database is busy, as when an import fills the tables in one go. Nothing was changed; try again soon."
)


def recognise(paths: Sequence[Path]) -> Detected:
    """What these files are. ImportProblem says what is wrong with them, without the folders they lie in."""
    try:
        return detect(paths)
    except ImportProblem as problem:
        raise ImportProblem(without_folders(str(problem), paths)) from None


def without_folders(sentence: str, paths: Iterable[Path]) -> str:
    """The sentence with the names of these files in place of their whole paths."""
    for path in paths:
        sentence = sentence.replace(f"{path.parent}/", "")
    return sentence


def refuse_other_kind(name: str, detected: Detected) -> None:
    """ImportProblem if the data set of this name holds something else."""
    data_set = DataSet.objects.filter(name=name).exclude(kind=detected.kind).first() if name else None
    if data_set is not None:
        raise ImportProblem(
            f"The data set {name} holds {data_set.get_kind_display()}, and this is {detected.what};"
            " choose another name."
        )


def start(kind: str, options: Mapping[str, Any], data_set_name: str, user: User) -> ImportRun:
    """Ask for an import and send its message. ImportProblem if the files are no longer what they were."""
    try:
        run = request_import(kind, options, data_set_name=data_set_name, user=user)
    except OperationalError:
        raise ImportProblem(BUSY) from None
    send(run)
    return run


def send(run: ImportRun) -> None:
    """Tell the workers when this transaction commits. Without a queue the sweeper finds the run, a while later."""
    transaction.on_commit(lambda: tell_workers("Import", tasks.run_import.delay, run.pk))


def remove_later(data_set: DataSet) -> None:
    """Ask for the removal of a data set, and tell the workers. Without a queue the sweeper finds it, a while later."""
    ask_for_removal(DataSet.objects.filter(pk=data_set.pk))
    deliver = tasks.remove_data_set.delay
    transaction.on_commit(lambda: tell_workers("The removal of data set", deliver, data_set.pk))
