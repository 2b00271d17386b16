"""Conditions that an officer keeps for the next time."""

from __future__ import annotations

import json
from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from unionhall.base.errors import Refused
from unionhall.people.accounts.models import User
from unionhall.people.members.models import SavedFilter
from unionhall.people.unions.models import Union

MOST = 50  # of one officer


@transaction.atomic
def save_filter(
    union: Union, *, by: User, name: str, said: Mapping[str, str], shared: bool
) -> SavedFilter:
    """Keep these conditions on the roll of ``union``; those that she called so before are replaced.

    Raises ``Refused`` for nothing to keep, and for more than ``MOST``.
    """
    if not said:
        raise Refused(
            _("没有存。"),
            why=_("还没有选条件。"),
            next=_("先选条件，再存下来。"),
            code="no_conditions",
        )
    mine = SavedFilter.objects.filter(by=by)
    if mine.exclude(name=name).count() >= MOST:
        raise Refused(
            _("没有存。"),
            why=_("已经存了 {n} 组条件。").format(n=MOST),
            next=_("先删掉用不着的。"),
            code="too_many_filters",
        )
    values = {"union": union, "shared": shared, "said": json.dumps(dict(said))}
    saved, _made = SavedFilter.objects.update_or_create(by=by, name=name, defaults=values)
    return saved


@transaction.atomic
def forget_filter(saved: SavedFilter) -> None:
    """It is not kept any longer."""
    SavedFilter.objects.filter(pk=saved.pk).delete()
