from django.db import models

from catalog.models.data_sets import DataSet
from moviesite.web.runs import Run


class ImportRun(Run):
    """One import of files into a data set, and how it went.

    `options` is what the importer was asked (paths, dates, ...); `counts` what it did and what it threw
    away, by kind; `report` the CSV, below the folder of import reports, that names every bad line; `files` what
    was read: name, bytes and, once it is known, sha256 of each. `lines_read` and `lines_per_second` are of the
    present stage, `lines_estimated` how many its file seems to have.
    """

    data_set = models.ForeignKey(DataSet, on_delete=models.CASCADE, related_name="import_runs")
    source = models.CharField(max_length=20, choices=DataSet.Kind)
    options = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    files = models.JSONField(default=list, blank=True)
    lines_read = models.BigIntegerField(default=0)
    lines_estimated = models.BigIntegerField(null=True, blank=True)
    lines_per_second = models.PositiveIntegerField(default=0)
    report = models.CharField(max_length=200, blank=True)

    class Meta(Run.Meta):
        abstract = False

    def __str__(self) -> str:
        return f"Import {self.pk} into {self.data_set}"
