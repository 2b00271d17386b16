"""Keys are issued, used and revoked here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import NamedTuple

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from unionhall.base.errors import Refused
from unionhall.base.ledger import actions as ledger
from unionhall.people.accounts import actions as accounts
from unionhall.people.accounts.models import User
from unionhall.people.programs.models import ProgramKey
from unionhall.people.programs.queries import key_shown, keys_with_state
from unionhall.people.programs.rules import (
    DEFAULT_DAYS,
    MOST_A_MINUTE,
    MOST_DAYS,
    MOST_LIVE,
    OVERLAP_DAYS,
    SHOWN,
    digest_of,
    new_secret,
)
from unionhall.people.unions.models import Union

MINUTE = dt.timedelta(minutes=1)
BY_DEFAULT = (ProgramKey.Scope.ROLLS_WRITE, ProgramKey.Scope.ROLLS_READ)


class KeyRefused(Refused):
    """A secret that opens nothing: unknown, revoked, past its end, or its issuer left."""

    code = "key_unknown"


class TooFast(Refused):
    """More requests within a minute than one key may make."""

    code = "too_fast"


class ScopeMissing(Refused):
    """The key is good, and was not given what this verb asks for: ``scope``."""

    code = "scope_missing"

    def __init__(self, scope: ProgramKey.Scope) -> None:
        super().__init__(
            _("这把密钥不能做这件事。"),
            why=_("发它的时候没有选“{scope}”（{code}）。").format(
                scope=scope.label, code=scope.value
            ),
            next=_("真的用得着，请工会的人在工作台另发一把，选上这一项。"),
        )
        self.scope = scope.value


class Issued(NamedTuple):
    """A new key and its secret, which nobody will see again."""

    key: ProgramKey
    secret: str


@transaction.atomic
def issue_key(
    union: Union,
    *,
    name: str,
    by: User,
    days: int = DEFAULT_DAYS,
    scopes: Collection[str] = BY_DEFAULT,
) -> Issued:
    """A key for ``union`` and all below it, for 1 to ``MOST_DAYS`` days, today being the first.

    ``scopes``: some of ``ProgramKey.Scope``, at least one; else ``ValueError``, as for wrong days.
    """
    given = [scope.value for scope in ProgramKey.Scope if scope in scopes]
    if not 1 <= days <= MOST_DAYS or not given or len(given) < len(set(scopes)):
        raise ValueError(days, scopes)
    _make_room(union)
    secret = new_secret()
    key = ProgramKey.objects.create(
        union=union,
        name=name,
        prefix=secret[:SHOWN],
        digest=digest_of(secret),
        scopes=given,
        issued_by=by,
        ends_on=timezone.localdate() + dt.timedelta(days=days - 1),
    )
    told = " ".join(given)
    ledger.record("programs.key_issued", key, by=by, union_id=union.pk, days=days, scopes=told)
    return Issued(key, secret)


def _make_room(union: Union) -> None:
    """Keys that nobody counts any more are keys that nobody misses when they are stolen."""
    Union.objects.select_for_update(no_key=True).get(pk=union.pk)
    keys = keys_with_state().filter(union=union)
    live = keys.filter(state=ProgramKey.State.LIVE)  # type: ignore[misc]  # annotated there
    if live.count() >= MOST_LIVE:
        raise Refused(
            _("没有发：这个工会能用的密钥已经有 {n} 把。").format(n=MOST_LIVE),
            why=_("一个系统一把就够，多了就没人记得哪把在谁手里。"),
            next=_("先把不用的作废。"),
            code="too_many_keys",
        )


@transaction.atomic
def rotate_key(key: ProgramKey, *, by: User) -> Issued:
    """A successor with the same rights; the old key opens for ``OVERLAP_DAYS`` more, so that nothing is missed."""
    held = keys_with_state().select_for_update(of=("self",)).get(pk=key.pk)
    if held.state != ProgramKey.State.LIVE:  # type: ignore[attr-defined]  # annotated there
        raise Refused(
            _("没有换：这把密钥已经打不开了。"),
            why=_("只有还能用的才换，换的时候新旧两把都能用。"),
            next=_("那个系统还要用，就另发一把。"),
            code="key_not_live",
        )
    issued = issue_key(held.union, name=held.name, by=by, scopes=held.scopes)
    ends_on = timezone.localdate() + dt.timedelta(days=OVERLAP_DAYS)
    ProgramKey.objects.filter(pk=held.pk, ends_on__gt=ends_on).update(ends_on=ends_on)
    facts = {"successor": issued.key.pk}
    ledger.record("programs.key_rotated", held, by=by, union_id=held.union_id, **facts)
    return issued


@transaction.atomic
def revoke_key(key: ProgramKey, *, by: User) -> None:
    """From this moment on it opens nothing. The row decides who was first."""
    live = ProgramKey.objects.filter(pk=key.pk, revoked_at=None)
    if not live.update(revoked_at=timezone.now(), revoked_by=by):
        raise Refused(
            _("这把密钥已经作废了。"),
            why=_("作废以后不能恢复，也不用再作废一次。"),
            next=_("那个系统还要用，就另发一把。"),
            code="key_revoked",
        )
    ledger.record("programs.key_revoked", key, by=by, union_id=key.union_id)


def keys_issued_by(user: User, unions: QuerySet[Union]) -> QuerySet[ProgramKey]:
    """Hers that are not revoked, in these unions."""
    return ProgramKey.objects.filter(issued_by=user, union__in=unions, revoked_at=None)


def hand_over_keys(user: User, *, to: User, unions: QuerySet[Union]) -> int:
    """They live on, for they are worth what their issuer is worth. Inside the transaction of the whole deed."""
    return keys_issued_by(user, unions).update(issued_by=to)


def revoke_keys_of(union: Union, *, by: User) -> int:
    """All that open something, for the union is closed; how many. Inside the transaction of that deed."""
    live = ProgramKey.objects.filter(union=union, revoked_at=None)
    return live.update(revoked_at=timezone.now(), revoked_by=by)


def use_key(secret: str, *, scope: ProgramKey.Scope | None = None) -> ProgramKey:
    """The live key behind a secret. Raises ``KeyRefused``, ``TooFast``; without ``scope`` ``ScopeMissing``.

    Asked at every request, so that a key that was revoked, or whose issuer left, is dead at once.
    """
    found = key_shown(secret)
    key, state = found or (None, "")
    if key is None or state != ProgramKey.State.LIVE:
        raise _refusal(state)
    _keep_pace(key)
    if scope and scope not in key.scopes:
        raise ScopeMissing(scope)
    _note_use(key)
    return key


def _refusal(state: str) -> KeyRefused:
    kind = ProgramKey.State
    why = {
        kind.REVOKED: _("工会把它作废了。"),
        kind.ENDED: _("它到期了。"),
        kind.ISSUER_LEFT: _("发这把密钥的人不再管这个工会，她发的密钥跟着停用。"),
    }
    return KeyRefused(
        _("这把密钥打不开。"),
        why=why.get(kind(state), "") if state else _("没有这样一把密钥，可能没有抄全。"),
        next=_("请工会的人在工作台重新发一把。"),
        code=f"key_{state or 'unknown'}",
    )


@transaction.atomic
def _keep_pace(key: ProgramKey) -> None:
    now = timezone.now()
    counted_as = f"program:{key.pk}:{now:%Y%m%d%H%M}"
    if not accounts.count_one(counted_as, most=MOST_A_MINUTE, until=now + MINUTE):
        raise TooFast(
            _("太快了。"),
            why=_("一把密钥一分钟最多 {n} 次请求。").format(n=MOST_A_MINUTE),
            next=_("等一分钟再接着来，已经收下的页不用重发。"),
        )


@transaction.atomic
def note_deed(key: ProgramKey, verb: str, *, union_id: int) -> None:
    """What a program did of an officer's verbs, beside the deed's own entry; inside its transaction."""
    ledger.record("programs.key_acted", key, by=key.issued_by, union_id=union_id, verb=verb)


def _note_use(key: ProgramKey) -> None:
    """The day is enough, so most requests write nothing here."""
    today = timezone.localdate()
    if key.last_used_on != today:
        ProgramKey.objects.filter(pk=key.pk).update(last_used_on=today)
