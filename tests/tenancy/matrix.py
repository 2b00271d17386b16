"""The tenant matrix: every route × method × reader × whose object; each request is held against all oracles.

canaries     nothing of a union that the reader has nothing to do with: pages, headers, files, what others are told
told apart   a foreign number and one that never was: the same status, headers, text and statements
readers      who gets in follows from the reader that the route declares
stuffed      a field that nobody asked for is written nowhere
counts       what another union does changes nothing on the pages of ours
errors       no 5xx
unexpected   a route, or a number in a body, of which nobody has said what to expect
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from django.urls import resolve

from tests.api import body_of
from tests.tenancy.asking import Answer, Sent, Voices, undone
from tests.tenancy.bodies import NAMED, PLAIN, unnamed, whole
from tests.tenancy.pages import Page
from tests.tenancy.routes import METHODS, Route, all_routes, fits, may_enter, unexpected
from tests.tenancy.strange import is_session, strange_fields, strange_in, with_fields
from tests.tenancy.tally import (
    CANARIES,
    COUNTS,
    ERRORS,
    READER,
    STUFFED,
    TOLD_APART,
    UNEXPECTED,
    Tally,
)
from tests.tenancy.town import (
    CHILD,
    NUMBER,
    OWN,
    PARENT,
    SIBLING,
    UNIONS,
    Town,
    live_again,
    others,
)
from unionhall.site.export_lists import LISTS

ABOVE = {OWN: {PARENT}, SIBLING: {PARENT}, CHILD: {OWN, PARENT}, PARENT: set[str]()}
BELOW = {OWN: {CHILD}, SIBLING: set[str](), CHILD: set[str](), PARENT: {OWN, SIBLING, CHILD}}
SEES: Mapping[str, set[str]] = {
    **{f"{one} member": {one} | ABOVE[one] for one in UNIONS},  # what is above is for all below
    **{f"{one} officer": {one} | BELOW[one] for one in UNIONS},
    **{f"{one} manager": {one} for one in UNIONS},
    **{f"{one} key": {one} | BELOW[one] for one in UNIONS},
    "clerk": {OWN},
    "auditor": {OWN}
    | BELOW[OWN],  # what its officers did, and nothing else: the reader of a page says so
    "security": set(
        UNIONS
    ),  # who has which rights, of all; of members nothing: no page of theirs opens
    "audit": set(UNIONS),  # numbers and officers, of all
}  # everybody else sees nobody's
MET = ("own officer", "own member", "own manager", "sibling officer", "child officer")
FEW = ("anonymous", "own officer", "own member", "sibling officer")
COMPOSING = ("/compose/", "/draft/")
KNOWN_NUMBERS = NAMED.keys() | PLAIN
EVERYTHING = slice(None)
SOME_DOORS, SOME_PATHS, SOME_SENT = 61, 11, 5  # primes, so that each route meets others of the cast
NOT_THERE = {401, 403, 404, 405}


class Matrix:
    """Asks, and keeps what was not as it should be.

    ``share`` says which routes it asks; of what there is to ask of them, ``every`` so manieth.
    """

    def __init__(
        self, town: Town, share: slice = EVERYTHING, *, voices: Voices | None = None
    ) -> None:
        self.town, self.routes, self.lists = town, all_routes()[share], list(LISTS)[share]
        self.voices = voices or Voices(town)
        self.names = tuple(self.voices.clients)
        self.lives: tuple[Callable[..., dict[str, object]], ...] = (dict, others)
        self.tally = Tally()
        self.every, self._turn = 1, 0
        self._sent: list[tuple[str, Sent]] = []

    def in_full(self) -> None:
        for step in (
            self.doors,
            self.paths,
            self.contents,
            self.stuffed,
            self.exports,
            self.counts,
        ):
            step()

    def in_short(self) -> None:
        """Of the whole cast some in turn at every route; what is sent is what an officer sends."""
        self.every = SOME_DOORS
        self.doors()
        self.every = SOME_PATHS
        self.paths()
        self.names, self.lives, self.every = ("own officer",), (dict,), SOME_SENT
        self.contents()
        self.stuffed()

    def _is_due(self, _what: object) -> bool:
        self._turn += 1
        return self._turn % self.every == 0

    # == Every request ==

    def ask(self, name: str, sent: Sent) -> Answer:
        """The oracles that hold for whatever anybody asks."""
        answer = self.voices.ask(name, sent)
        self.tally.asked += 1
        if answer.status >= 500:
            self.accuse(ERRORS, name, sent, answer.status)
        said = set(NUMBER.findall(sent.told()))
        for union, what in self.town.shown_in(answer.in_clear).items():
            if union not in may_see(name, sent) and what.split()[-1] not in said:
                self.accuse(CANARIES, name, sent, f"{answer.status} shows {what} of {union}")
        for member, text in answer.pushed:
            self.read_by(name, sent, member, text)
        return answer

    def read_by(self, name: str, sent: Sent, member: int | None, text: str) -> None:
        """What a request made the house tell somebody."""
        union = self.town.numbers.owner(member) if member else ""
        if union:
            self.seen_by(f"{name} telling {member}", sent, SEES[f"{union} member"], text)

    def seen_by(self, name: str, sent: Sent, may: set[str], text: str) -> None:
        for union, what in self.town.shown_in(text).items():
            if union not in may:
                self.accuse(CANARIES, name, sent, f"tells {what} of {union}")

    def accuse(self, kind: str, name: str, sent: Sent, what: object) -> None:
        self.tally.offences[kind].append(f"{name}: {sent.told()}: {what}")

    def alike(self, name: str, sent: Sent, foreign: int) -> None:
        """``sent`` bears the number of somebody else's row; asked again with one that never was.

        A difference counts if it is there a second time: between two requests a minute may end.
        """
        nobodys = self.town.numbers.nobodys(foreign)
        for _try in range(2):
            theirs = self.ask(name, sent)
            none = self.ask(name, sent.with_number(foreign, nobodys))
            same = theirs.seen(foreign, nobodys) == none.seen(foreign, nobodys)
            if same and (by_audience(sent) or theirs.shapes == none.shapes):
                return
        self.accuse(TOLD_APART, name, sent, difference(theirs, none, foreign, nobodys))

    # == The doors ==

    def doors(self, unions: tuple[str, ...] = UNIONS, methods: tuple[str, ...] = METHODS) -> None:
        """Every route by every method (``()``: those it answers) for everybody, on everybody's objects."""
        for route in self.routes:
            for lacking in unexpected(route) + unnamed_in(route):
                self.tally.offences[UNEXPECTED].append(f"{route.where} {lacking}")
            for method in methods or route.methods:
                for union in self._unions(route, method, unions):
                    for name in filter(self._is_due, self.names):
                        self.knock(route, method, union, name)
            self.tally.met.add(route.where)

    def _unions(self, route: Route, method: str, unions: tuple[str, ...]) -> tuple[str, ...]:
        if not route.objects:
            return (OWN,)
        return unions if method in route.methods else (SIBLING,)

    def knock(self, route: Route, method: str, union: str, name: str) -> None:
        known = self.town.worlds[union].ids
        sent = Sent(method, route.path(known))
        if route.is_api and method in route.methods:
            sent = replace(sent, json=body_of(route.entry, method.lower(), known))
        elif method == "POST":
            sent = replace(sent, form=[])
        for way in sent.both_ways():
            self._knock(route, way, union, name)

    def _knock(self, route: Route, sent: Sent, union: str, name: str) -> None:
        answer, method = self.ask(name, sent), sent.method
        as_json = route.is_api or sent.short
        if not fits(route, method, name, answer.status, answer.headers, as_json=as_json):
            self.accuse(
                READER, name, sent, f"{answer.status}, its reader is {route.reader(method)}"
            )
        if answer.status not in NOT_THERE and union in SEES.get(name, {OWN}):
            self.tally.opened.add(route.where)

    # == Numbers, each by itself ==

    def paths(self) -> None:
        """Each number of an address swapped by itself, the others her own."""
        for route in self.routes:
            for name, home, union in wrong_hands(*self.names):
                mine, theirs = self.town.worlds[home].ids, self.town.worlds[union].ids
                for method in (one for one in route.methods if may_enter(route, one, name)):
                    for parameter in filter(self._is_due, route.objects):
                        swapped = whole_or_plain(
                            route, method, {**mine, parameter: theirs[parameter]}
                        )
                        for sent in swapped.both_ways():
                            self.alike(name, sent, int(str(theirs[parameter])))

    def contents(self) -> None:
        """Each number in a query, a form, a body or a list in it swapped by itself."""
        for name, sent in filter(self._is_due, self.everything_sent()):
            home = name.split()[0]
            inside = set(NUMBER.findall(replace(sent, path="").told()))
            for number, (_name, _home, union) in pairs(inside, wrong_hands(name)):
                foreign = self.town.same_of(int(number), union)
                if foreign and foreign != int(number) and home != union and not asks_to_join(sent):
                    self.alike(name, inner(sent, int(number), foreign), foreign)

    def everything_sent(self) -> list[tuple[str, Sent]]:
        """What the pages of each offer to send, and whole bodies for the verbs; each once a reader."""
        self._sent = self._sent or list(self._everything_sent())
        return self._sent

    def _everything_sent(self) -> Iterator[tuple[str, Sent]]:
        seen = set()
        for name in (one for one in MET if one in self.names):
            world = self.town.worlds[name.split()[0]]
            for known in (live(world.ids) for live in self.lives):
                for sent in (*self._offered(name, known), *verbs(self.routes, known)):
                    key = (name, sent.method, NUMBER.sub("#", sent.told()))
                    if key not in seen:
                        seen.add(key)
                        yield name, sent

    def _offered(self, name: str, known: Mapping[str, object]) -> Iterator[Sent]:
        links: dict[str, str] = {}
        for route in self.routes:
            if route.is_api or "GET" not in route.methods:
                continue
            page = self._page(name, route.path(known))
            yield from (form.sent() for form in page.forms)
            links |= {NUMBER.sub("#", link): link for link in page.links}
        for link in links.values():
            sent = linked(link)
            yield sent
            yield from (form.sent() for form in self._page(name, sent.address).forms)

    def _page(self, name: str, address: str) -> Page:
        answer = self.ask(name, linked(address))
        return Page(
            address, answer.text if answer.status == 200 and "text/html" in answer.headers else ""
        )

    # == More than was asked for ==

    def stuffed(self) -> None:
        """Every field of every table sent along to whatever writes: nothing of it is written."""
        strange = {union: strange_fields(self.town, union) for union in (OWN, SIBLING)}
        for name, sent in filter(self._is_due, self.everything_sent()):
            if sent.method == "GET":
                continue
            extra = strange[OWN if name == "sibling officer" else SIBLING]
            plain, stuffed = self.ask(name, sent), self.ask(name, with_fields(sent, extra))
            if plain.status not in NOT_THERE:
                self.tally.opened.add("/" + resolve(sent.path).route)
            known = {sql for sql, _params in plain.writes}
            for sql, params in stuffed.writes:
                if sql not in known and plain.writes and not is_session(sql):
                    self.accuse(STUFFED, name, sent, f"writes besides: {sql[:120]}")
                if word := strange_in(params, extra, sent):
                    self.accuse(STUFFED, name, sent, f"writes {word}: {sql[:120]}")

    # == Lists that leave the house ==

    def exports(self) -> None:
        """Every list, by every officer, with all its columns, in both forms; what is in the files is read."""
        for name in (one for one in self.names if one.endswith(" officer")):
            for list_name in self.lists:
                for form in self._page(name, f"/desk/exports/new/{list_name}/").forms:
                    sent = form.sent()
                    if "columns" in dict(sent.form or []):
                        for kind in ("xlsx", "csv"):
                            said = [*sent.form, ("purpose", "activity"), ("format", kind)]
                            self._fetch(name, replace(sent, form=said))

    def _fetch(self, name: str, sent: Sent) -> None:
        """The file comes at once, so that what stands in it is held against the canaries."""
        answer = self.ask(name, sent)
        if "attachment" not in answer.headers:
            self.accuse(UNEXPECTED, name, sent, f"{answer.status}, and no file")
        elif self.town.words[name.split(maxsplit=1)[0]] in answer.in_clear:
            self.tally.files.add(sent.path)

    # == What another union does ==

    def counts(self) -> None:
        """A second life is lived in the sibling union: no page of ours says anything else."""
        with undone():
            before = dict(self._readings())
            with undone():
                theirs = self.town.worlds[SIBLING]
                live_again(theirs.union, theirs.officer)
                after = dict(self._readings())
            for key, answer in before.items():
                name, sent = key[0], Sent("GET", key[1])
                if answer != after[key] and self.ask(name, sent).seen() == answer:
                    self.accuse(COUNTS, name, sent, "changes with what the sibling does")

    def _readings(self) -> Iterator[tuple[tuple[str, str], tuple[object, ...]]]:
        for name in ("own officer", "own member", "own manager", "own key", "child officer"):
            for route in self.routes:
                if "GET" in route.methods:
                    path = route.path(self.town.worlds[name.split()[0]].ids)
                    yield (name, path), self.ask(name, Sent("GET", path)).seen()


def may_see(name: str, sent: Sent) -> set[str]:
    """The unions of which something may stand in the answer.

    Whoever composes a lecture may draw from the banks of the unions above, and reads their names.
    """
    seen = SEES.get(name, set())
    composing = sent.path.startswith("/desk/lectures/") and name.endswith("officer")
    return (
        seen | ABOVE[name.split(maxsplit=1)[0]]
        if composing and sent.path.endswith(COMPOSING)
        else seen
    )


def by_audience(sent: Sent) -> bool:
    """Whether the row itself says for whom it is, so that it is read before anybody can be refused.

    The number of a lecture, a contest or a giveaway then takes other statements than one that never was; all else
    is the same.
    """
    open_to_members = ("lectures/", "quiz/", "offers/")
    return "/desk/" not in sent.path and any(one in sent.path for one in open_to_members)


def asks_to_join(sent: Sent) -> bool:
    """Whether its number is that of a union which everybody finds by its name and may ask to join: no secret."""
    return sent.path == "/enrolment/new/"


def whole_or_plain(route: Route, method: str, known: Mapping[str, object]) -> Sent:
    if route.is_api:
        return whole(route, method, known)
    return Sent(method, route.path(known), form=[] if method == "POST" else None)


def unnamed_in(route: Route) -> list[str]:
    if not route.is_api:
        return []
    return [f"{method} {name}" for method in route.methods for name in unnamed(route, method)]


def wrong_hands(*names: str) -> list[tuple[str, str, str]]:
    """Who asks, where her own things are, and a union that she has nothing to do with; two for each."""
    found = []
    for name in names:
        home = name.split()[0] if name.split()[0] in UNIONS else OWN
        foreign = [one for one in (SIBLING, OWN, PARENT, CHILD) if one not in SEES.get(name, set())]
        found += [(name, home, union) for union in foreign[:2]]
    return found


def pairs(
    numbers: set[str], hands: list[tuple[str, str, str]]
) -> Iterator[tuple[str, tuple[str, str, str]]]:
    return ((number, hand) for number in sorted(numbers) for hand in hands)


def inner(sent: Sent, old: int, new: int) -> Sent:
    """One number another, everywhere but in the path."""
    return replace(sent.with_number(old, new), path=sent.path)


def linked(address: str) -> Sent:
    form = Page("", f'<form action="{address}" method="post"></form>').forms[0].sent()
    return Sent("GET", form.path, query=form.query)


def verbs(routes: list[Route], known: Mapping[str, object]) -> Iterator[Sent]:
    return (
        whole(route, method, known) for route in routes if route.is_api for method in route.methods
    )


def difference(theirs: Answer, none: Answer, *numbers: object) -> str:
    """The first thing that differs."""
    names = ("status", "headers", "text", "statements")
    pair = [(*one.seen(*numbers), one.shapes) for one in (theirs, none)]
    for name, one, other in zip(names, *pair, strict=True):
        if one != other:
            told = f"{one} ≠ {other}" if name == "status" else first_of(one, other)
            return f"{name} {told}"
    return "nothing any more"


def first_of(one: Any, other: Any) -> str:
    lines = (one, other) if isinstance(one, tuple) else (one.splitlines(), other.splitlines())
    for left, right in zip(*lines, strict=False):
        if left != right:
            return f"{left.strip()[:150]!r} ≠ {right.strip()[:150]!r}"
    return f"{len(lines[0])} ≠ {len(lines[1])} long"
