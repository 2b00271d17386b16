"""A program as the reader of a verb, by its key; beside it the officer with her session."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from ninja.security import HttpBearer

from unionhall.base.api import OnlyFor
from unionhall.people.accounts.models import User
from unionhall.people.programs import actions as programs
from unionhall.people.programs.models import ProgramKey
from unionhall.people.programs.queries import reach_of
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.models import Office, Union
from unionhall.people.unions.queries import in_charge_of


class ProgramKeyAuth(HttpBearer):
    """``Authorization: Bearer uh_…``, in that header and nowhere else: addresses end up in logs.

    Whoever shows a key acts by the key alone, whatever cookies come along; so no CSRF token is
    needed. A wrong key gets 401 and says why; one that was not given ``scope`` 403, and which it lacks.
    """

    def __init__(self, scope: ProgramKey.Scope) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> ProgramKey | None:
        scheme, _space, secret = request.headers.get(self.header, "").partition(" ")
        return self.authenticate(request, secret.strip()) if scheme.lower() == "bearer" else None

    def authenticate(self, request: HttpRequest, token: str) -> ProgramKey:  # noqa: ARG002 — ninja's face
        return programs.use_key(token, scope=self.scope)


def by_key_or_officer(scope: ProgramKey.Scope) -> list[ProgramKeyAuth | OnlyFor]:
    """The readers of a verb that programs may ask, too. The key first: it needs no token."""
    return [ProgramKeyAuth(scope), OnlyFor(runs_unions)]


@dataclass(frozen=True)
class Acting:
    """Who asks: the login that answers for it, the unions it may act for, the key if it is a program."""

    login: User
    reach: QuerySet[Union]
    key: ProgramKey | None = None


def acting(request: HttpRequest) -> Acting:
    """Who asks a verb that is guarded by ``by_key_or_officer``.

    The login of a program is its issuer who looks at the key's union alone: whatever asks what she runs is told of
    nothing beside it.
    """
    shown = request.auth  # type: ignore[attr-defined]
    if isinstance(shown, ProgramKey):
        login, role = shown.issued_by, Office.Role.OFFICER
        login.looks_at = Office(user=login, union=shown.union, role=role)  # type: ignore[attr-defined]  # as in ``charges_of``
        return Acting(login, reach_of(shown), shown)
    return Acting(cast("User", request.user), in_charge_of(request.user))


@contextmanager
def noted(asking: Acting, verb: str) -> Iterator[None]:
    """A deed in one transaction with the line that a key did it, if one did."""
    with transaction.atomic():
        yield
        if asking.key:
            programs.note_deed(asking.key, verb, union_id=asking.key.union_id)
