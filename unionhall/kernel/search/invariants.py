from __future__ import annotations

from django.db.models import Exists, OuterRef

from unionhall.base.invariant import Invariant
from unionhall.kernel.search.models import Circle, Document


def _in_a_wrong_circle() -> list[str]:
    """A circle that says less than its audience would be asked by too few, or of too many."""
    used = Circle.objects.filter(Exists(Document.objects.filter(circle=OuterRef("pk"))))
    return [
        f"circle {circle.pk}"
        for circle in used
        if circle.under_union != circle.audience.under_union
        or circle.by_name != bool(circle.audience.also)
    ]


INVARIANTS = [
    Invariant("A circle of the search says of itself what its audience says", _in_a_wrong_circle)
]
