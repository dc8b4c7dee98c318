"""Sessions that keep what two requests of one visitor write at the same time.

A session is one row, read whole and written whole. Of two requests that overlap, like two quick clicks on stars, the
later one would write back what it read before the earlier one wrote. So before one is written, its row is locked and
read again, and only what this request changed is changed in it: entry by entry, in the dictionaries in it as well.
"""

from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import router, transaction


class SessionStore(DatabaseSessionStore):
    """Django's own, of the same name, because what it signs goes by that: either reads the other's rows."""

    _session_cache: dict[str, Any]
    _stored: str | None = None
    """What the row held when this request read or wrote it last; None before that."""

    def save(self, must_create: bool = False) -> None:
        if must_create or self._stored is None:
            return super().save(must_create)
        with transaction.atomic(using=router.db_for_write(self.model)):
            self._take_in_what_others_wrote(self._stored)
            return super().save()

    def create_model_instance(self, data: dict[str, Any]) -> AbstractBaseSession:
        row = super().create_model_instance(data)
        self._stored = row.session_data
        return row

    def _get_session_from_db(self) -> AbstractBaseSession | None:
        row: AbstractBaseSession | None = super()._get_session_from_db()  # type: ignore[misc]
        self._stored = row.session_data if row else None
        return row

    def _take_in_what_others_wrote(self, stored: str) -> None:
        rows = self.model._default_manager.select_for_update().filter(pk=self.session_key)
        now = rows.values_list("session_data", flat=True).first()
        if now is not None and now != stored:
            mine = self.decode(self.encode(self._session_cache))  # keys as they are when read
            self._session_cache = with_changes(self.decode(now), self.decode(stored), mine)


def with_changes(theirs: dict[str, Any], before: dict[str, Any], mine: dict[str, Any]) -> dict[str, Any]:
    """`theirs`, with what `mine` changed since `before`; what is changed or new comes last, as the latest."""
    result = {key: value for key, value in theirs.items() if key in mine or key not in before}
    for key, value in mine.items():
        if key in before and before[key] == value:
            continue
        parts = (result.pop(key, {}), before.get(key, {}), value)
        result[key] = with_changes(*parts) if all(isinstance(part, dict) for part in parts) else value
    return result
