"""Rights that are taken away are gone with the very next request of the same session, or by the same key."""

from __future__ import annotations

from collections.abc import Callable

from tests.tenancy.asking import Sent, undone
from tests.tenancy.matrix import Matrix
from tests.tenancy.tally import READER
from tests.tenancy.town import OWN, lose

HAD = 200
Right = tuple[str, Sent, int]  # whose, used how, and what is answered when it is gone


def rights_are_gone(matrix: Matrix) -> None:
    """Each uses a right, loses it, and is asked in the very next request like one who never had it."""
    with undone():
        gone(matrix, sessions(matrix), lambda: sign_out(matrix))
    gone(matrix, roles(matrix), lambda: lose(matrix.town))


def gone(matrix: Matrix, rights: list[Right], take_away: Callable[[], None]) -> None:
    before = [matrix.voices.ask(name, sent).status for name, sent, _refused in rights]
    take_away()
    after = [matrix.voices.ask(name, sent).status for name, sent, _refused in rights]
    for (name, sent, refused), had, has in zip(rights, before, after, strict=True):
        if (had, has) != (HAD, refused):
            matrix.accuse(READER, name, sent, f"{had}, and {has} when the right was gone")


def roles(matrix: Matrix) -> list[Right]:
    """A role, a place on the roll, a till, a login, a key; of members also at the short way's door."""
    ours = matrix.town.worlds[OWN]
    lecture, standing = Sent("GET", f"/lectures/{ours.phase.pk}/"), short_way(matrix)
    return [
        ("ended", Sent("GET", "/desk/"), 403),
        ("dismissed", Sent("GET", "/merchant/"), 403),
        ("disabled", Sent("GET", "/desk/"), 302),
        ("disabled", Sent("GET", "/api/v1/members/desk/rolls/"), 401),
        ("left", lecture, 404),
        ("left", standing, 404),
        ("stopped", lecture, 302),
        ("stopped", standing, 401),
        ("revoked key", Sent("GET", "/api/v1/members/desk/rolls/"), 401),
    ]


def sessions(matrix: Matrix) -> list[Right]:
    """Of whoever signed out: her cookies are kept, and sent again."""
    return [
        ("own member", Sent("GET", "/me/"), 302),
        ("own member", Sent("GET", "/api/v1/me/"), 401),
        ("own member", short_way(matrix), 401),
    ]


def sign_out(matrix: Matrix) -> None:
    matrix.voices.browser("own member").post("/sign-out/")


def short_way(matrix: Matrix) -> Sent:
    ours = matrix.town.worlds[OWN]
    return Sent("GET", f"/vouchers/offers/{ours.giveaway.pk}/standing/", short=True)
