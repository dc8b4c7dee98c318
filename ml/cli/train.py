"""`python -m ml train`: a snapshot in, an artifact out, JSON lines on stdout meanwhile."""

import argparse
import logging
from pathlib import Path
from typing import Any

from ml.artifact import ArtifactError
from ml.cli.output import EventWriter, events_on_stdout
from ml.cli.processes import end_with_parent
from ml.data.snapshot import read_snapshot
from ml.data.staging import remove_leftovers
from ml.errors import InputError
from ml.models import MODEL_NAMES, check_model_name

logger = logging.getLogger(__name__)


class TrainingError(InputError):
    """Training ended without an artifact, for a reason that the log tells in full."""


def add_to(commands: Any) -> None:
    parser: argparse.ArgumentParser = commands.add_parser("train", help="train a model on a snapshot")
    parser.add_argument(
        "snapshot", type=Path, metavar="SNAPSHOT", help="folder that a snapshot was written to"
    )
    parser.add_argument("--model", required=True, metavar="NAME", help=f"one of {', '.join(MODEL_NAMES)}")
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="the artifact's folder, new")
    parser.add_argument(
        "--version", metavar="V", help="what the model is called (default: made from the time)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="same seed, same model (default: 0)")
    parser.add_argument(
        "--checkpoint-seconds",
        type=float,
        metavar="S",
        help="time between checkpoints, from which the same command goes on after an interrupt (default: 20)",
    )
    parser.add_argument(
        "--watch-parent", action="store_true", help="end at once when stdin, a pipe from the parent, closes"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    if arguments.watch_parent:
        end_with_parent()
    with events_on_stdout() as events:
        try:
            events.result(_train(arguments, events))
        except InputError as error:
            events.error(str(error))
            raise
        except BrokenPipeError:
            raise
        except Exception as error:
            logger.exception("Training failed")
            sentence = f"Training failed with {type(error).__name__}: {_first_line(error)}."
            events.error(sentence)
            raise TrainingError(sentence) from error


def _train(arguments: argparse.Namespace, events: EventWriter) -> dict[str, Any]:
    """Find what is wrong with the input before paying for the import of TensorFlow."""
    check_model_name(arguments.model)
    if arguments.out.exists():
        raise ArtifactError(f"{arguments.out} exists already; give --out a new folder.")
    read_snapshot(arguments.snapshot, verify=False)
    if arguments.out.parent.is_dir():
        remove_leftovers(arguments.out.parent)
    from ml.training.checkpoints import CHECKPOINT_SECONDS
    from ml.training.train import train_snapshot

    seconds = arguments.checkpoint_seconds
    return train_snapshot(
        arguments.snapshot,
        model_name=arguments.model,
        out=arguments.out,
        version=arguments.version,
        seed=arguments.seed,
        progress=events.progress,
        checkpoint_seconds=CHECKPOINT_SECONDS if seconds is None else seconds,
    )


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else "no message"
