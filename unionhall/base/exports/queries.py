from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from unionhall.base.exports.models import ColumnsChosen, Export


def exports_of(user: AbstractBaseUser | AnonymousUser) -> QuerySet[Export]:
    """What ``user`` asked for, newest first, without the files: bound to its person."""
    return Export.objects.filter(by_id=user.pk or 0).defer("content", "filters").order_by("-pk")


def last_choice(user: AbstractBaseUser | AnonymousUser, list_name: str) -> ColumnsChosen | None:
    """What she took of this list the last time."""
    return ColumnsChosen.objects.filter(by_id=user.pk or 0, list_name=list_name).first()
