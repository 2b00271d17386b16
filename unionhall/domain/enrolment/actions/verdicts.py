"""An officer's yes or no to a change of a membership, whatever its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unionhall.domain.enrolment.actions.changes import decline_retirement, let_go, retain
from unionhall.domain.enrolment.actions.transfers import accept_transfer, decline_transfer
from unionhall.domain.enrolment.queries import transfer_of
from unionhall.domain.enrolment.stages import LEAVING, TRANSFER
from unionhall.kernel.casework import actions as casework

if TYPE_CHECKING:
    from unionhall.kernel.casework.models import Case
    from unionhall.people.accounts.models import User


def agree(case: Case, *, by: User, text: str = "") -> None:
    """The new union takes her; or her leaving is noted, her membership kept."""
    if case.kind == TRANSFER.kind:
        accept_transfer(transfer_of(case), by=by, text=text)
    elif case.kind == LEAVING.kind:
        let_go(case, by=by, text=text)
    else:
        retain(case, by=by, text=text)


def refuse(case: Case, *, by: User, text: str) -> None:
    """Of a leaving there is no no: its life cycle has no such way."""
    if case.kind == TRANSFER.kind:
        decline_transfer(transfer_of(case), by=by, text=text)
    elif case.kind == LEAVING.kind:
        casework.advance(case, to="declined", by=by, text=text)
    else:
        decline_retirement(case, by=by, text=text)
