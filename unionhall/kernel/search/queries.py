"""What a member may find: the index is asked for her circles alone, so that nothing else is found or counted."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from functools import reduce
from operator import or_

from django.db import connection
from django.db.models import BooleanField, Q, QuerySet
from django.db.models.expressions import RawSQL

from unionhall.kernel.audience.queries import now_including
from unionhall.kernel.audience.rules import Audience
from unionhall.kernel.search import rules
from unionhall.kernel.search.models import Document
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
        above, circles = _near(member, union)
        ours |= Q(circle__in=circles) & (Q(under=None) | Q(under__in=above))
    return Document.objects.filter(ours)


def keys_of(kind: str) -> set[int]:
    """What of this kind can be found by anybody."""
    return set(Document.objects.filter(kind=kind).values_list("key", flat=True))


NEAR = """
    SELECT id, audience, (SELECT array_agg(id) FROM unions_union WHERE path = ANY(%(paths)s))
    FROM search_circle WHERE under_union IS NULL OR by_name
        OR under_union IN (SELECT id FROM unions_union WHERE path = ANY(%(paths)s))
"""


def _near(member: Member, union: Union) -> tuple[list[int], list[int]]:
    """Her union and those above it, and the circles in whose audience she is now: two statements for all."""
    ends = range(Union.steplen, len(union.path) + 1, Union.steplen)
    with connection.cursor() as cursor:
        cursor.execute(NEAR, {"paths": [union.path[:end] for end in ends]})
        rows = cursor.fetchall()
    above = rows[0][2] if rows else []
    audiences = {pk: Audience.from_json(json.loads(said)) for pk, said, _above in rows}
    with_her = now_including(audiences.values(), member, near=above)
    return above, [pk for pk, audience in audiences.items() if audience in with_her]


def found_in(documents: QuerySet[Document], pieces: Sequence[rules.Piece]) -> QuerySet[Document]:
    """Those in which every piece stands, what closes last in front; none where nothing is looked for."""
    if not pieces:
        return documents.none()
    found = documents.filter(RawSQL(HAS, [rules.asked_as(pieces)], BooleanField()))  # noqa: S611
    for piece in pieces:
        if piece.is_han and len(piece.text) > PAIR:
            found = found.filter(text__contains=piece.text)
    return found.order_by("-at", "-pk").defer("tokens")
