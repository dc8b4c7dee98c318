"""Lists as tests ask for them: of somebody of the site, or of a history that nobody has."""

from collections.abc import Iterable

from recommendations.services import LIST_LENGTH, PickList, Someone, User, picks_for, someone_signed_in


def picks_for_user(user: User, *, n: int = LIST_LENGTH) -> PickList:
    return picks_for(someone_signed_in(user), n=n)


def picks_for_history(history: Iterable[tuple[int, int]], *, n: int = LIST_LENGTH) -> PickList:
    """history: (movie id, half stars), oldest first."""
    return picks_for(Someone(list(history)), n=n)
