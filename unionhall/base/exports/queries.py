from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from unionhall.base.exports.models import Export


def exports_of(user: AbstractBaseUser | AnonymousUser) -> QuerySet[Export]:
    """What ``user`` asked for, newest first, without the files: bound to its person."""
    return Export.objects.filter(by_id=user.pk or 0).defer("content", "filters").order_by("-pk")
