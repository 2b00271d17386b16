from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import models

from unionhall.base.ledger.models import Entry


def entries_of(subject: models.Model) -> models.QuerySet[Entry]:
    """What happened to ``subject``, newest first."""
    return Entry.objects.filter(
        subject_type=subject._meta.label_lower, subject_id=subject.pk
    ).order_by("-id")


def entries_numbered(ids: Collection[int]) -> models.QuerySet[Entry]:
    """The entries of these ids, for what carries the number of the deed that it came from."""
    return Entry.objects.filter(pk__in=ids).order_by("id")


def deeds_upon(
    model: type[models.Model], ids: models.QuerySet[Any], *, action: str, after: int
) -> models.QuerySet[Entry]:
    """The entries of one kind about these rows of ``model`` that came after entry ``after``."""
    about = Entry.objects.filter(subject_type=model._meta.label_lower, subject_id__in=ids)
    return about.filter(action=action, pk__gt=after)
