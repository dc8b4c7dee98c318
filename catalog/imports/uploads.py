"""Uploaded files: streamed to a folder of their own, never into memory, and gone when nobody needs them any more."""

import errno
import re
import shutil
import time
import unicodedata
import uuid
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat

from catalog.models import ImportRun

FIELD = "files"
MOST_FILES = 2
KEPT = timedelta(days=3)
"""Files of an import that failed can be imported again for so long; what nobody asked for goes as well."""

SPARE_BYTES = 64 << 20
_SALT = "catalog.imports.uploads"
_UNSAFE = re.compile(r"[^\w.() -]+")


class FolderUpload(FileUploadHandler):
    """Writes the files of one request into a new folder.

    `paths` are the whole files, `problem` a sentence if something went wrong. `close` removes it all unless
    `keep` was called: an upload that breaks off, or that nobody asked for, leaves nothing.
    """

    chunk_size = 1 << 18

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self.folder = Path(settings.UPLOADS_DIR) / uuid.uuid4().hex
        self.paths: list[Path] = []
        self.problem = ""
        self._writing: IO[bytes] | None = None
        self._is_kept = False

    def new_file(self, field_name: str, *args: Any, **kwargs: Any) -> None:
        """What comes under another name, or after a problem, is read past."""
        super().new_file(field_name, *args, **kwargs)
        if field_name != FIELD or self.problem:
            return
        if len(self.paths) == MOST_FILES:
            self.problem = "Upload one file, or two: reviews and their metadata."
            return
        try:
            self._writing = self._new_path().open("xb")
        except OSError as error:
            self._fail(error)

    def _new_path(self) -> Path:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = safe_name(self.file_name or "")
        twins = [path.name for path in self.paths if path.name == name]
        return self.folder / (f"2-{name}" if twins else name)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self._writing is None:
            return
        try:
            self._writing.write(raw_data)
        except OSError as error:
            self._fail(error)

    def file_complete(self, file_size: int) -> UploadedFile | None:
        """Nothing for request.FILES: the form takes `paths`."""
        if self._writing is not None:
            self._close_file(self._writing)
        if self._writing is not None:
            self.paths.append(Path(self._writing.name))
        self._writing = None
        return None

    def upload_interrupted(self) -> None:
        self.problem = "The upload broke off; please try again."

    def _fail(self, error: OSError) -> None:
        """Make room at once: the rest of the request is only read past."""
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        reason = "the disk is full" if full else error.strerror
        self.problem = f"The upload could not be kept: {reason}. Nothing was imported."
        self._discard()

    def _close_file(self, file: IO[bytes]) -> None:
        """What was buffered is written now, for which there may be no room."""
        try:
            file.close()
        except OSError as error:
            self._fail(error)

    def keep(self) -> None:
        """From here on the run that reads the files, or housekeeping, removes them."""
        self._is_kept = True

    def close(self) -> None:
        if not self._is_kept:
            self._discard()

    def _discard(self) -> None:
        with suppress(OSError):  # what is still buffered need not be written
            if self._writing is not None:
                self._writing.close()
        self._writing = None
        shutil.rmtree(self.folder, ignore_errors=True)
        self.paths = []


def safe_name(name: str) -> str:
    """A file name that means nothing to a file system, kept recognisable for people."""
    plain = _UNSAFE.sub("_", unicodedata.normalize("NFC", name)).strip(". ")
    while len(plain.encode()) > 120:
        plain = plain[len(plain) // 4 :]  # the end says what it is: .json.gz
    return plain.strip(". ") or "file"


def refusal(content_length: int) -> str | None:
    """Why a request of this size is not even read; None when it is."""
    limit = settings.IMPORT_UPLOAD_BYTES
    if content_length > limit:
        return (
            f"Uploads may have {filesizeformat(limit)} here, and this one has {filesizeformat(content_length)}."
            " Copy larger files into the server’s folder of imports and name them there."
        )
    free = _free_bytes()
    if content_length + SPARE_BYTES > free:
        return f"The server has room for {filesizeformat(free)} only, and this is {filesizeformat(content_length)}."
    return None


def read_past(request: HttpRequest, seconds: float = 10) -> None:
    """Throw away what is still being sent, for a while: most browsers hear an answer only when they have sent all."""
    end = time.monotonic() + seconds
    with suppress(OSError):
        while time.monotonic() < end and request.read(1 << 20):
            pass


def _free_bytes() -> int:
    folder = Path(settings.UPLOADS_DIR)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return shutil.disk_usage(folder).free


def ticket_for(folder: Path, user: AbstractBaseUser) -> str:
    """What the form carries so that files need not be uploaded twice because of a slip in another field."""
    return signing.dumps([folder.name, user.pk], salt=_SALT)


def files_of(ticket: str, user: AbstractBaseUser) -> list[Path]:
    """The uploaded files that a ticket of this user stands for; none if it is not one, or they are gone."""
    try:
        name, user_id = signing.loads(ticket, salt=_SALT, max_age=KEPT)
    except signing.BadSignature:
        return []
    folder = Path(settings.UPLOADS_DIR) / name
    if user_id != user.pk or not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.is_file())


def folder_of(run: ImportRun) -> Path | None:
    """The folder of uploads that a run reads, if it reads any."""
    root = Path(settings.UPLOADS_DIR)
    folders = (Path(value).parent for value in run.options.values() if isinstance(value, str))
    return next((folder for folder in folders if folder.parent == root), None)


def remove_uploads_of(run: ImportRun) -> None:
    """Remove what was uploaded for a run, unless another run waits for the same."""
    folder = folder_of(run)
    if folder is not None and folder not in set(_needed(besides=run.pk)):
        shutil.rmtree(folder, ignore_errors=True)


def remove_old_uploads() -> int:
    """Remove folders that nothing unfinished reads and nobody has touched for long; returns how many."""
    oldest, needed = time.time() - KEPT.total_seconds(), set(_needed())
    root = Path(settings.UPLOADS_DIR)
    old = [folder for folder in (root.iterdir() if root.is_dir() else ()) if _last_touched(folder) < oldest]
    for folder in set(old) - needed:
        shutil.rmtree(folder, ignore_errors=True)
    return len(set(old) - needed)


def _needed(besides: int = 0) -> Iterator[Path]:
    for run in ImportRun.objects.unfinished().exclude(pk=besides).only("options"):
        if folder := folder_of(run):
            yield folder


def _last_touched(folder: Path) -> float:
    paths = [folder, *folder.iterdir()] if folder.is_dir() else [folder]
    return max(path.stat().st_mtime for path in paths)
