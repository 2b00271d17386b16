"""What a member may find: the index is asked for her circles alone, so that nothing else is found or counted."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import reduce
from operator import or_

from django.db.models import BooleanField, Q, QuerySet
from django.db.models.expressions import RawSQL

from unionhall.kernel.audience.queries import now_including
from unionhall.kernel.search import rules
from unionhall.kernel.search.models import Circle, Document
from unionhall.people.members.models import Member
from unionhall.people.unions.models import Union

HAS = "search_document.tokens @@ %s::tsquery"
PAIR = 2  # characters that are one token: of a longer piece the text itself is asked, too


def visible_to(
    member: Member, union: Union | None, *, hers: Mapping[str, Collection[int]] | None = None
) -> QuerySet[Document]:
    """All that she may find, who belongs to ``union``; ``hers``: kind -> keys that are hers whatever else holds."""
    named = (Q(kind=kind, key__in=keys) for kind, keys in (hers or {}).items() if keys)
    ours = reduce(or_, named, Q(pk__in=()))
    if union is not None:
        above = _at_or_above(union)
        circles = _circles_of(member, above)
        ours |= Q(circle__in=circles) & (Q(under=None) | Q(under__in=above))
    return Document.objects.filter(ours)


def keys_of(kind: str) -> set[int]:
    """What of this kind can be found by anybody."""
    return set(Document.objects.filter(kind=kind).values_list("key", flat=True))


def _at_or_above(union: Union) -> list[int]:
    ends = range(Union.steplen, len(union.path) + 1, Union.steplen)
    paths = [union.path[:end] for end in ends]
    return list(Union.objects.filter(path__in=paths).values_list("pk", flat=True))


def _circles_of(member: Member, above: Collection[int]) -> list[int]:
    """In whose audience she is now: asked in one statement for all that may have her in it."""
    near = Q(under_union=None) | Q(under_union__in=above) | Q(by_name=True)
    circles = list(Circle.objects.filter(near))
    with_her = now_including([circle.audience for circle in circles], member, near=above)
    return [circle.pk for circle in circles if circle.audience in with_her]


def found_in(documents: QuerySet[Document], pieces: Sequence[rules.Piece]) -> QuerySet[Document]:
    """Those in which every piece stands, what closes last in front; none where nothing is looked for."""
    if not pieces:
        return documents.none()
    found = documents.filter(RawSQL(HAS, [rules.asked_as(pieces)], BooleanField()))  # noqa: S611
    for piece in pieces:
        if piece.is_han and len(piece.text) > PAIR:
            found = found.filter(text__contains=piece.text)
    return found.order_by("-at", "-pk").defer("tokens")
