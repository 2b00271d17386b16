"""How the end of a voucher is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from unionhall.domain.welfare import rules

if TYPE_CHECKING:
    import datetime as dt

register = template.Library()


@register.filter
def until(expires_at: dt.datetime) -> str:
    """``12 月 22 日（含当天）`` when it ends at midnight, else the moment."""
    local = timezone.localtime(expires_at)
    last = rules.last_whole_day(local)
    if last is None:
        return date_format(local, _("n 月 j 日 H:i"))
    return _("{day}（含当天）").format(day=date_format(last, _("n 月 j 日")))
