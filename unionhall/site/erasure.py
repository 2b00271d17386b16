"""An account is closed: what of it is let go in which app, in one transaction; what stays has its reason (``holdings``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from unionhall.base.errors import Refused
from unionhall.base.exports import actions as exports
from unionhall.base.sweep import Sweep
from unionhall.domain.welfare.access import works_for_a_merchant
from unionhall.kernel.notify import actions as notify
from unionhall.people.members import actions as members
from unionhall.people.members.queries import member_of
from unionhall.people.personal import actions as personal
from unionhall.people.unions.queries import offices_of

if TYPE_CHECKING:
    from unionhall.people.accounts.models import User


def erase(user: User) -> None:
    """All but what the law lets the union keep. What the search knows of her is nothing to begin with."""
    member = member_of(user)
    if member:
        notify.forget_messages(member)
        members.unbind_login(member)
    notify.forget_texts(user.phone)
    exports.forget_all_of(user.pk)


def close_due_accounts() -> int:
    """Close the accounts whose days are over; of who took up an office meanwhile none."""
    return personal.close_due(erase, may=lambda user: not in_the_way(user))


def in_the_way(user: User) -> list[str]:
    """What she has to hand over first, in words."""
    found = [
        _("你是{union}的{role}").format(union=one.union.name, role=one.get_role_display())
        for one in offices_of(user)
    ]
    return [*found, _("你在店里收银")] if works_for_a_merchant(user) else found


def refuse_in_the_way(user: User) -> None:
    """Raises ``Refused``: somebody else needs what she has in hand."""
    found = in_the_way(user)
    if found:
        raise Refused(
            _("现在还不能注销。"),
            why=_("，").join(found) + _("。"),
            next=_("先请上级工会或店长把它交给别人，再来注销。"),
            code="hand_over_first",
        )


SWEEPS = [Sweep(close_due_accounts, seconds=60)]
