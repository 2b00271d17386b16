"""Sessions that ran out."""

from __future__ import annotations

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models.functions import Now


@transaction.atomic
def forget_expired_sessions() -> int:
    """Forget sessions past their end, also those of strangers; the number of rows."""
    forgotten, _per_model = Session.objects.filter(expire_date__lt=Now()).delete()
    return forgotten
