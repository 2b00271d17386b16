"""The routes as the matrix sees them, and what the reader that each declares promises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.urls import URLPattern

from tests.api import asked_by_programs, operations
from tests.architecture.test_access import routes

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# The documentation says nothing of anybody; what operators' programs ask counts all unions together
SKIPPED = ("/api/v1/openapi", "/api/v1/$", "/static", "/healthz", "/readyz", "/metrics")
NAMES_NO_OBJECT = {
    "kind",
    "what",
    "field",
    "position",
    "list_name",
    "nth",
    "device",
    "door_name",
    "thing_kind",
    "situation",
    "into_id",  # a union that anybody may ask: the tree is no secret
}
OFFICERS = frozenset({"own officer", "sibling officer", "child officer", "parent officer"})
MANAGERS = frozenset({"own manager", "sibling manager", "child manager", "parent manager"})
ADMINISTRATORS = frozenset({"system", "security", "audit"})
CLERKS = MANAGERS | {"clerk"}
READERS: Mapping[str, frozenset[str]] = {
    "runs_unions": OFFICERS,
    "works_for_a_merchant": CLERKS,
    "manages_a_merchant": MANAGERS,
    "reads_ledgers": OFFICERS | {"auditor"},
    "needs_second_factor": OFFICERS | ADMINISTRATORS | {"auditor", "eve"},
    "runs_the_system": frozenset({"system"}),
    "guards_security": frozenset({"security"}),
    "audits": frozenset({"audit"}),
}
EVERYBODY = {"public", "signed in"}
NOT_SIGNED_IN = frozenset({"anonymous", "disabled", "stopped", "revoked key"})
NO_ENTRY, NO_METHOD = {401, 403}, 405


@dataclass(frozen=True)
class Route:
    """Where it is, and the reader of each method that it answers."""

    where: str
    entry: URLPattern

    @property
    def parameters(self) -> list[str]:
        return list(self.entry.pattern.regex.groupindex)

    @property
    def objects(self) -> list[str]:
        """The parameters that name a row."""
        return [name for name in self.parameters if name not in NAMES_NO_OBJECT]

    @property
    def is_api(self) -> bool:
        return self.where.startswith("/api/")

    @property
    def methods(self) -> tuple[str, ...]:
        """Those worth asking with every object; a page takes what a link or a form sends."""
        return tuple(sorted(one.upper() for one in operations(self.entry))) or ("GET", "POST")

    def reader(self, method: str) -> str | None:
        """The one that the route declares; of a page, for all methods."""
        if self.is_api:
            return operations(self.entry).get(method.lower())
        return getattr(self.entry.callback, "reader", None)

    def for_programs(self, method: str) -> bool:
        return asked_by_programs(self.entry, method)

    def path(self, ids: Mapping[str, object]) -> str:
        """Filled with a union's ids; ``KeyError`` names a parameter that has no object yet."""
        filled = self.where
        for name in self.parameters:
            (token,) = [one for one in tokens_of(name) if one in filled]
            filled = filled.replace(token, str(ids[name]))
        return filled


def all_routes() -> list[Route]:
    """Once each; the API's verbs of one address are one route."""
    found = {
        where: Route(where, entry)
        for where, entry in routes()
        if not where.startswith(SKIPPED) and where != "/api/v1/"
    }
    return list(found.values())


def tokens_of(name: str) -> list[str]:
    """How an address may write a parameter."""
    return [f"<{kind}{name}>" for kind in ("int:", "slug:", "str:", "uuid:", "")]


def unexpected(route: Route) -> list[str]:
    """The methods for which nobody has said who may ask."""
    known = EVERYBODY | READERS.keys()
    return [method for method in route.methods if route.reader(method) not in known]


def fits(
    route: Route, method: str, name: str, status: int, location: str, *, as_json: bool
) -> bool:
    """Whether the reader that the route declares lets ``name`` have this answer."""
    reader = route.reader(method)
    if reader is None:  # a method that the API does not have
        return status == NO_METHOD
    if reader == "public":
        return True
    if name.endswith("key") and name != "revoked key" and route.for_programs(method):
        return status not in NO_ENTRY
    if name in NOT_SIGNED_IN or name.endswith("key"):
        return status == 401 if as_json else status == 302 and "/sign-in/" in location
    if reader in READERS and name not in READERS[reader]:
        return status == 403
    return status != 401 and "/sign-in/" not in location


def may_enter(route: Route, method: str, name: str) -> bool:
    """Whether ``name`` gets past the reader, so that the numbers she sends are looked at."""
    reader = route.reader(method)
    if name.endswith("key"):
        return route.is_api and route.for_programs(method)
    return reader in EVERYBODY or name in READERS.get(reader or "", ())
