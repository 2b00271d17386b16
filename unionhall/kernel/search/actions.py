"""What can be found is written in the transaction that publishes it: no later, and not if that fails."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchVectorField
from django.db import models, transaction
from django.db.models import Func, Value

from unionhall.kernel.audience.rules import Audience
from unionhall.kernel.search import rules
from unionhall.kernel.search.models import Circle, Document
from unionhall.kernel.search.queries import keys_of

TEXT_HOLDS = 40_000  # characters of a document by which it is found
TITLE_HOLDS = 200


@dataclass(frozen=True)
class Found:
    """What an app says of a thing of its own that can be found. Never a name or number of a person."""

    kind: str
    key: int
    title: str
    text: str
    at: dt.datetime
    audience: Audience
    under: int | None = None


@transaction.atomic
def put(found: Found) -> None:
    """It can be found from now on, as it is said here; said again, it replaces what was said before."""
    circle = circle_of(found.audience)
    text = f"{found.title}\n{found.text}"[:TEXT_HOLDS]
    tokens = Value(rules.tokens_of(found.title, text), ArrayField(models.TextField()))
    Document.objects.update_or_create(
        kind=found.kind,
        key=found.key,
        defaults={
            "title": found.title[:TITLE_HOLDS],
            "text": rules.readable(text),
            # Not by ``to_tsvector``: its parser cuts Chinese where it likes, and drops what it does not know.
            "tokens": Func(tokens, function="array_to_tsvector", output_field=SearchVectorField()),
            "at": found.at,
            "circle": circle,
            "under": found.under,
        },
    )


@transaction.atomic
def circle_of(audience: Audience) -> Circle:
    """The circle of this audience, for whoever comes first a new one."""
    said = json.dumps(audience.to_json(), sort_keys=True, ensure_ascii=False)
    circle, _new = Circle.objects.get_or_create(
        digest=hashlib.sha256(said.encode()).hexdigest(),
        defaults={
            "audience": audience,
            "under_union": audience.under_union,
            "by_name": bool(audience.also),
        },
    )
    return circle


@transaction.atomic
def take_out(kind: str, key: int) -> None:
    """It is not found any more."""
    Document.objects.filter(kind=kind, key=key).delete()


def rebuild(kind: str, all_found: Iterable[Found], keys: Callable[[], set[int]]) -> int:
    """Write all of a kind anew, one by one, and take out what ``keys`` does not name; how many were written.

    What is published meanwhile stays: the keys are asked for after the documents.
    """
    written = 0
    for found in all_found:
        put(found)
        written += 1
    left_over = keys_of(kind) - keys()
    with transaction.atomic():
        Document.objects.filter(kind=kind, key__in=left_over).delete()
    return written
