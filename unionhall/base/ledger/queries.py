from __future__ import annotations

from django.db import models

from unionhall.base.ledger.models import Entry


def entries_of(subject: models.Model) -> models.QuerySet[Entry]:
    """What happened to ``subject``, newest first."""
    return Entry.objects.filter(
        subject_type=subject._meta.label_lower, subject_id=subject.pk
    ).order_by("-id")
