"""Rights that are taken away are gone with the very next request of the same session, or by the same key."""

from __future__ import annotations

from tests.tenancy.asking import Sent
from tests.tenancy.matrix import Matrix
from tests.tenancy.tally import READER
from tests.tenancy.town import OWN, lose


def rights_are_gone(matrix: Matrix) -> None:
    """Each uses a right, loses it, and is asked in the very next request like one who never had it."""
    ours = matrix.town.worlds[OWN]
    had = {
        "ended": "/desk/", "dismissed": "/merchant/", "disabled": "/desk/", "left": f"/lectures/{ours.phase.pk}/",
        "revoked key": "/api/v1/members/desk/rolls/",
    }  # fmt: skip
    refused = {"ended": 403, "dismissed": 403, "disabled": 302, "left": 404, "revoked key": 401}
    sent = {name: Sent("GET", path) for name, path in had.items()}
    before = {name: matrix.voices.ask(name, one).status for name, one in sent.items()}
    lose(matrix.town)
    after = {name: matrix.voices.ask(name, one).status for name, one in sent.items()}
    for name, one in sent.items():
        if (before[name], after[name]) != (200, refused[name]):
            matrix.accuse(
                READER, name, one, f"{before[name]}, and {after[name]} when the right was gone"
            )
