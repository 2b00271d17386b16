"""Every list of the house leaves it by an export, or says why not."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from tests.architecture.house import PACKAGE
from unionhall.site.export_lists import LISTS

# The page of a list -> the exports that it offers.
EXPORTS = {
    "casework_desk:index": {"casework.cases"},
    "enrolment_desk:index": {"enrolment.applications"},
    "lectures_desk:index": {"lectures.series"},
    "lectures_desk:report": {"lectures.unions", "lectures.people"},
    "lectures_desk:to_sign": {"lectures.winners_to_sign"},
    "lectures_desk:waiting": {"lectures.not_started"},
    "desk:reorganisations": {"members.reorganisations"},
    "learning_desk:index": {"learning.lessons"},
    "desk:ledger": {"ledger.thing"},
    "members_desk:absent": {"members.absent"},
    "members_desk:import": {"members.rolls"},
    "members_desk:figures": {"members.figures"},
    "members_desk:index": {"members.roll"},
    "members_desk:roll_import": {"members.roll_rows"},
    "members_desk:transfers": {"members.transfers"},
    "programs_desk:index": {"programs.keys"},
    "quiz_desk:bank_import": {"quiz.import_rows"},
    "quiz_desk:import": {"quiz.imports"},
    "quiz_desk:banks": {"quiz.banks"},
    "quiz_desk:reviews": {"quiz.reviews"},
    "quiz_desk:statistics": {"quiz.figures"},
    "unions_desk:absent": {"unions.absent"},
    "unions_desk:import": {"unions.lists"},
    "unions_desk:index": {"unions.tree"},
    "unions_desk:list_import": {"unions.list_rows"},
    "unions_desk:staff": {"unions.offices"},
    "unions_desk:terms": {"unions.terms"},
    "unions_desk:union": {"unions.tree", "unions.offices"},
    "webhooks_desk:index": {"webhooks.receivers"},
    "webhooks_desk:receiver": {"webhooks.events"},
    "welfare_desk:giveaways": {"welfare.giveaways"},
    "welfare_desk:merchant": {"welfare.clerks"},
    "welfare_desk:merchants": {"welfare.merchants"},
    "welfare_desk:offers": {"welfare.offers", "welfare.vouchers"},
    "welfare_desk:redemptions": {"welfare.redemptions"},
}
# Pages of lists without one, each with its reason.
WITHOUT = {
    "desk:ledger_of": "what one officer did is read where it stands; the lists of things leave with their own",
    "casework:index": "what she herself asked for, a few",
    "desk:exports": "what was exported; the ledger keeps it for good",
    "operator:audit": "read where it lies; bin/manage audit and the anchor prove it elsewhere",
    "operator:security": "an administrator takes nobody along; officers have the list of offices",
    "notify:inbox": "a member's own, in her own hands; each message says where the facts stand",
    "desk:search": "leads to the lists, which have theirs; a search is no list",
    "me_records": "her own; her copy holds it",
    "search": "a member's own, in her own hands",
    "quiz:winners": "public: it has a csv of its own, to check the draw with",
    "quiz_desk:bank": "has formats of its own that import back",
    "welfare_desk:search": "finds one member in front of the desk; a search is no list",
    "welfare_merchant:today": "the shop's settlement is its workbook",
}


def named(resolver: URLResolver | None = None, space: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from named(entry, f"{entry.namespace}:" if entry.namespace else space)
        elif entry.name:
            yield space + entry.name, entry


def pages_through(view: Callable[..., Any]) -> bool:
    """Whether a view, or a function of its module that it calls, shows a list page by page."""
    view = inspect.unwrap(view)
    if not view.__module__.startswith("unionhall."):
        return False
    tree = ast.parse(inspect.getsource(inspect.getmodule(view)))  # type: ignore[arg-type]
    calls = {
        node.name: {
            inner.func.id
            for inner in ast.walk(node)
            if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name)
        }
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
    }
    reached = {view.__name__}
    while more := set().union(*(calls.get(name, set()) for name in reached)) - reached:
        reached |= more
    return "page_of" in reached


def of_programs(entry: URLPattern) -> bool:
    return entry.callback.__module__.startswith("ninja.")


def offered(folder: Path) -> set[str]:
    """The lists that templates link to."""
    found = re.compile(r"'desk:export_new' '([a-z_.]+)'")
    return {name for page in folder.rglob("*.html") for name in found.findall(page.read_text())}


def test_every_page_of_a_list_has_an_export_or_a_reason():
    paged = {
        name for name, entry in named() if not of_programs(entry) and pages_through(entry.callback)
    }
    assert len(paged) > 15, "or nothing was looked at"
    assert paged - set(EXPORTS) - set(WITHOUT) == set()
    assert set(WITHOUT) - paged == set(), "a reason for what is no list any longer"
    assert set(EXPORTS) & set(WITHOUT) == set()
    assert set(EXPORTS) <= {name for name, _entry in named()}


def test_every_export_is_offered_by_a_page_and_every_offer_is_kept():
    promised = set().union(*EXPORTS.values())
    assert promised == set(LISTS)
    assert offered(PACKAGE) == set(LISTS)


def test_a_page_without_an_export_would_be_seen():
    from unionhall.people.members.desk import people, rolls, transfers

    assert pages_through(people.index)
    assert pages_through(rolls.roll), "by a function that it calls"
    assert not pages_through(transfers.transfer)
