"""A program as the reader of a verb, by its key; beside it the officer with her session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from ninja.security import HttpBearer

from unionhall.base.api import OnlyFor
from unionhall.people.accounts.models import User
from unionhall.people.programs import actions as programs
from unionhall.people.programs.models import ProgramKey
from unionhall.people.programs.queries import reach_of
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.models import Union
from unionhall.people.unions.queries import in_charge_of


class ProgramKeyAuth(HttpBearer):
    """``Authorization: Bearer uh_…``, in that header and nowhere else: addresses end up in logs.

    Whoever shows a key acts by the key alone, whatever cookies come along; so no CSRF token is
    needed. A wrong key gets 401 and says why; one that may not do ``right`` gets 403.
    """

    def __init__(self, right: ProgramKey.Right) -> None:
        super().__init__()
        self.right = right

    def __call__(self, request: HttpRequest) -> ProgramKey | None:
        scheme, _space, secret = request.headers.get(self.header, "").partition(" ")
        return self.authenticate(request, secret.strip()) if scheme.lower() == "bearer" else None

    def authenticate(self, request: HttpRequest, token: str) -> ProgramKey:  # noqa: ARG002 — ninja's face
        key = programs.use_key(token)
        if not key.may(self.right):
            raise PermissionDenied
        return key


def by_key_or_officer(right: ProgramKey.Right) -> list[ProgramKeyAuth | OnlyFor]:
    """The readers of a verb that programs may ask, too. The key first: it needs no token."""
    return [ProgramKeyAuth(right), OnlyFor(runs_unions)]


@dataclass(frozen=True)
class Acting:
    """Who asks: the login that answers for it, the unions it may act for, the key if it is a program."""

    login: User
    reach: QuerySet[Union]
    key: ProgramKey | None = None


def acting(request: HttpRequest) -> Acting:
    """Who asks a verb that is guarded by ``by_key_or_officer``."""
    shown = request.auth  # type: ignore[attr-defined]
    if isinstance(shown, ProgramKey):
        return Acting(shown.issued_by, reach_of(shown), shown)
    return Acting(cast("User", request.user), in_charge_of(request.user))
