"""What a no needs."""

from __future__ import annotations

from django.utils.translation import gettext as _

from unionhall.base.errors import Refused


def demand_reason(text: str) -> None:
    """Raises ``Refused`` where nobody wrote why."""
    if not text.strip():
        raise Refused(
            _("没有记下。"),
            why=_("没有写原因。"),
            next=_("写一句为什么，她好知道怎么办。"),
            code="no_reason",
        )


def on_no_roll() -> Refused:
    """Whoever is a member nowhere has no membership to change."""
    return Refused(
        _("没有提交。"),
        why=_("现在没有哪个工会的名册上有你。"),
        next=_("先申请入会。"),
        code="on_no_roll",
    )
