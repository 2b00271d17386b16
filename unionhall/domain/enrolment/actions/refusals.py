"""What is refused in several places."""

from __future__ import annotations

from django.utils.translation import gettext as _

from unionhall.base.errors import Refused


def on_no_roll() -> Refused:
    """Whoever is a member nowhere has no membership to change."""
    return Refused(
        _("没有提交。"),
        why=_("现在没有哪个工会的名册上有你。"),
        next=_("先申请入会。"),
        code="on_no_roll",
    )
