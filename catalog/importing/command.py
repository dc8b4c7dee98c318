"""What the import commands have in common: a run of this process's own, its progress, how it ended."""

import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from catalog.importing.errors import ImportProblem
from catalog.importing.runs import first_line, request_import, run_import
from catalog.importing.terminal import shown_progress
from catalog.models import DataSet, ImportRun
from catalog.removal import ask_for_removal_of_the_demo, remove_now

INTERRUPTED = 130

GO_ON = {
    ImportRun.State.QUEUED: "It waits for a worker; or run the command again to go on here.",
    ImportRun.State.RUNNING: "Somebody else works on it now; the staff pages show how far it is.",
    ImportRun.State.PAUSED: "It is paused; run the command again to go on.",
}
"""What to do about an import that this command began and did not end."""


def iso_date(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise CommandError(f"{text} is no date; write it as 2018-01-31.") from None


def selection_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Which ratings are wanted and what of them, as a run's options have it."""
    since, until = iso_date(options["since"]), iso_date(options["until"])
    if since and until and since > until:
        raise CommandError(f"No day is after {since} and before {until}: --from is later than --to.")
    return {
        "since": since.isoformat() if since else None,
        "until": until.isoformat() if until else None,
        "verified_only": options.get("verified_only", False),
        "with_text": options.get("with_text", False),
    }


def add_review_arguments(parser: CommandParser) -> None:
    """What can only be asked of reviews of a shop."""
    parser.add_argument("--verified-only", action="store_true", help="only ratings of verified purchases")
    parser.add_argument("--with-text", action="store_true", help="keep what reviewers wrote, if it is there")


class ImportCommand(BaseCommand):
    """Concrete commands turn their arguments into a kind of data set and the options of its source."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--from", dest="since", metavar="DATE", help="no ratings before that day")
        parser.add_argument("--to", dest="until", metavar="DATE", help="no ratings after that day")
        parser.add_argument(
            "--data-set", default="", metavar="NAME", help="put it into the data set of this name"
        )
        parser.add_argument(
            "--remove-demo", action="store_true", help="afterwards, remove the made demo data"
        )
        parser.add_argument("--no-input", action="store_true", help="ask nothing")

    def source_options(self, options: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """The kind of data set, and which files: the part of a run's options that only this command knows."""
        raise NotImplementedError

    def handle(self, *args: Any, **options: Any) -> None:
        selection = selection_options(options)
        try:
            kind, source = self.source_options(options)
            self.run(request_import(kind, {**source, **selection}, data_set_name=options["data_set"]))
        except ImportProblem as problem:
            raise CommandError(str(problem)) from None
        except DatabaseError as error:
            raise CommandError(first_line(error)) from None
        self.see_to_demo(options)

    def run(self, run: ImportRun) -> None:
        if run.started_at:
            self.stderr.write(f"Going on with import {run.pk}, which was interrupted.")
        try:
            with shown_progress(self.stderr) as watch:
                run_import(run.pk, watch)
        except KeyboardInterrupt:
            self.stderr.write(
                "Cancelled. What stands in the tables is right; run the command again to go on."
            )
            sys.exit(INTERRUPTED)
        self.tell(ImportRun.objects.filter(pk=run.pk).select_related("data_set").first())

    def tell(self, run: ImportRun | None) -> None:
        """How the run ended; raises CommandError if it ended otherwise than done."""
        if run is None:
            raise CommandError("The data set was removed in the middle of this import.")
        if run.report:
            self.stdout.write(f"Bad lines are listed in {Path(settings.IMPORT_REPORTS_DIR) / run.report}")
        if not run.is_finished:
            raise CommandError(f"{run.error or 'It was interrupted.'} {GO_ON[run.State(run.state)]}")
        if run.state != run.State.SUCCEEDED:
            raise CommandError(run.error or f"The import ended otherwise: it is {run.get_state_display()}.")
        self.stdout.write(f"Imported into {run.data_set.name}: {run.counts['lines']:,} lines.")
        for sentence in run.result["summary"]:
            self.stdout.write(sentence)

    def see_to_demo(self, options: Mapping[str, Any]) -> None:
        """With real data there, the made ratings are in the way: remove them, offer to, or say how."""
        demos = DataSet.objects.filter(kind=DataSet.Kind.DEMO)
        if not demos:
            return
        if not (options["remove_demo"] or self.agrees(options)):
            self.stdout.write(
                "The site still holds made demo data. To remove it, run this command again with --remove-demo,"
                " or delete the demo's data set in the staff pages."
            )
            return
        ask_for_removal_of_the_demo()
        for demo in demos:
            removed = remove_now(demo)
            self.stdout.write(
                f"Removed {demo.name}: {removed.ratings:,} ratings, {removed.movies:,} movies;"
                f" {removed.kept_movies:,} movies stay, because they have other ratings or editions."
            )

    def agrees(self, options: Mapping[str, Any]) -> bool:
        if options["no_input"] or not (sys.stdin and sys.stdin.isatty() and self.stderr.isatty()):
            return False
        return input("The site holds made demo data. Remove it now? [y/N] ").strip().lower() in ("y", "yes")


def absolute(path: str) -> str:
    """A path that means the same to a worker somewhere else on this machine."""
    with suppress(RuntimeError):  # "~somebody" who is not there
        path = str(Path(path).expanduser())
    return str(Path(path).absolute())
