"""Seals the secrets of second factors anew when keys are changed; allauth keeps them as JSON."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction

from unionhall.people.accounts.adapters import SecondFactorAdapter

SEALED = ("secret", "seed", "migrated_codes")  # the last one is a list


def seal_second_factors_anew() -> Iterator[int]:
    """One second factor at a time: 1 for each that hung on an old key and does no more."""
    for pk in list(Authenticator.objects.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            held = Authenticator.objects.select_for_update(skip_locked=True).filter(pk=pk).first()
            if held is None or not _is_stale(held):
                continue
            held.data |= {name: _sealed_anew(held.data[name]) for name in _names(held)}
            held.save(update_fields=["data"])
        yield 1


def stale_second_factors() -> int:
    """How many hang on an old key."""
    return sum(map(_is_stale, Authenticator.objects.iterator()))


def _names(one: Authenticator) -> list[str]:
    return [name for name in SEALED if name in one.data]


def _is_stale(one: Authenticator) -> bool:
    newest = max(settings.FIELD_KEYS)
    return any(
        base64.b64decode(text)[0] != newest for name in _names(one) for text in _texts(one, name)
    )


def _texts(one: Authenticator, name: str) -> list[str]:
    stands = one.data[name]
    return stands if isinstance(stands, list) else [stands]


def _sealed_anew(stands: str | list[str]) -> str | list[str]:
    adapter = SecondFactorAdapter()
    if isinstance(stands, list):
        return [adapter.encrypt(adapter.decrypt(one)) for one in stands]
    return adapter.encrypt(adapter.decrypt(stands))
