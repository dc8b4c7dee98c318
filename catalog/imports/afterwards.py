"""What follows an import that was asked for on a page: its uploads go, and the demo, if that was asked for."""

from catalog.imports.uploads import remove_uploads_of
from catalog.models import DataSet, ImportRun
from catalog.removal import remove_if_due


def tidy_up(run_id: int) -> None:
    """Done twice it does no harm; what is not done of the demo's removal, which the import has asked for as it ended,
    the sweeper sends for. Files of a failed import stay for a while, to be imported again."""
    run = ImportRun.objects.filter(pk=run_id).first()
    if run is None:
        return
    if run.state in (run.State.SUCCEEDED, run.State.CANCELLED):
        remove_uploads_of(run)
    if run.state == run.State.SUCCEEDED and run.options.get("remove_demo"):
        for demo in DataSet.objects.filter(kind=DataSet.Kind.DEMO):
            remove_if_due(demo.pk)
