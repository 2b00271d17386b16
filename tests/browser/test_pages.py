"""Every page of the product, as the cast sees it: usable by everybody, whole on every window, kept as a picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from django.urls import get_resolver, reverse

from tests.browser import world as worlds
from tests.browser.checks import keep_picture, sideways, violations
from tests.browser.conftest import DESK, PHONE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.urls import URLPattern, URLResolver
    from playwright.sync_api import Page
    from pytest_django.fixtures import SettingsWrapper

    from tests.browser.conftest import House
    from tests.browser.world import World

NARROW = {"width": 320, "height": 640}  # tried with the first mode: WCAG 1.4.10
MODES = {
    "390": (PHONE, False, "light"),
    "390-elder": (PHONE, True, "light"),
    "390-dark": (PHONE, False, "dark"),
    "1440": (DESK, False, "light"),
}


@dataclass(frozen=True)
class Sight:
    """One page as one of the cast sees it. ``ids`` name entries of the world, in the address's order."""

    name: str
    part: str
    route: str
    ids: tuple[str, ...] = ()
    query: str = ""


SIGHTS = [
    # before one is in
    Sight("sign-in", "", "sign_in"),
    Sight("privacy", "", "privacy"),
    Sight("parts", "", "ui"),
    Sight("cast", "", "demo"),
    Sight("texts", "", "demo_texts"),
    # the member
    Sight("home", "member", "home"),
    Sight("home-of-a-stranger", "stranger", "home"),
    Sight("lectures", "member", "lectures:index"),
    Sight("lecture-watched", "member", "lectures:phase", ("phase_id",)),
    Sight("lecture-to-watch", "winner", "lectures:phase", ("second",)),
    Sight("lecture-as-text", "winner", "lectures:text", ("second",)),
    Sight("quiz-before", "member", "quiz:contest", ("contest_id",)),
    Sight("question", "member", "quiz:question", ("running", "4")),
    Sight("question-answered", "member", "quiz:question", ("running", "1")),
    Sight("hand-in", "member", "quiz:hand_in", ("running",)),
    Sight("result-won", "member", "quiz:result", ("won",)),
    Sight("result-late", "elder", "quiz:result", ("late",)),
    Sight("result-failed", "elder", "quiz:result", ("failed",)),
    Sight("winners", "member", "quiz:winners", ("contest_id",)),
    Sight("winners-verify", "member", "quiz:verify"),
    Sight("vouchers", "member", "welfare:vouchers"),
    Sight("vouchers-none", "elder", "welfare:vouchers"),
    Sight("voucher", "member", "welfare:voucher", ("claim_id",)),
    Sight("voucher-used", "winner", "welfare:voucher", ("used_claim",)),
    Sight("inbox", "member", "notify:inbox"),
    Sight("me", "member", "me"),
    Sight("me-of-no-roll", "clerk", "me"),
    # the counter
    Sight("counter", "clerk", "welfare_merchant:redeem"),
    Sight("counter-today", "clerk", "welfare_merchant:today"),
    Sight("counter-redemption", "clerk", "welfare_merchant:redemption", ("redemption_id",)),
    Sight("counter-undo", "manager", "welfare_merchant:undo", ("redemption_id",)),
    # the desk
    Sight("desk", "officer", "desk:today"),
    Sight("desk-unions", "officer", "unions_desk:index"),
    Sight("desk-union", "officer", "unions_desk:union", ("union_id",)),
    Sight("desk-unions-import", "officer", "unions_desk:import"),
    Sight("desk-unions-sent-in", "officer", "unions_desk:list_import", ("list_id",)),
    Sight("desk-members", "officer", "members_desk:index"),
    Sight("desk-member", "officer", "members_desk:member", ("member_id",)),
    Sight("desk-roll-import", "officer", "members_desk:import"),
    Sight("desk-roll-sent-in", "officer", "members_desk:roll_import", ("roll_id",)),
    Sight("desk-lessons", "officer", "learning_desk:index"),
    Sight("desk-lesson-new", "officer", "learning_desk:new"),
    Sight("desk-lesson", "officer", "learning_desk:lesson", ("lesson_id",)),
    Sight("desk-banks", "officer", "quiz_desk:banks"),
    Sight("desk-bank", "officer", "quiz_desk:bank", ("bank_id",)),
    Sight("desk-bank-import", "officer", "quiz_desk:import"),
    Sight("desk-question", "officer", "quiz_desk:question", ("question_id",)),
    Sight("desk-reviews", "officer", "quiz_desk:reviews"),
    Sight("desk-review", "officer", "quiz_desk:review", ("review_id",)),
    Sight("desk-redemptions", "officer", "welfare_desk:redemptions"),
    Sight("desk-offers", "officer", "welfare_desk:offers"),
    Sight("desk-merchants", "officer", "welfare_desk:merchants"),
    Sight("desk-merchant-new", "officer", "welfare_desk:new_merchant"),
    Sight("desk-merchant", "officer", "welfare_desk:merchant", ("merchant_id",)),
    Sight("desk-vouchers", "officer", "welfare_desk:search"),
    Sight("desk-member-vouchers", "officer", "welfare_desk:member", ("member_id",)),
    Sight("desk-voucher", "officer", "welfare_desk:voucher", ("claim_id",)),
    Sight("desk-lectures", "officer", "lectures_desk:index"),
    Sight("desk-series", "officer", "lectures_desk:series", ("series_id",)),
    Sight("desk-compose", "officer", "lectures_desk:compose", ("draft",)),
    Sight("desk-publish", "officer", "lectures_desk:publish", ("draft",)),
    Sight("desk-preview", "officer", "lectures_desk:preview", ("phase_id",)),
    Sight("desk-live", "officer", "lectures_desk:live", ("phase_id",)),
    Sight("desk-waiting", "officer", "lectures_desk:waiting", ("second",)),
    Sight("desk-paper", "officer", "lectures_desk:paper", ("phase_id",)),
    Sight("desk-close", "officer", "lectures_desk:close", ("phase_id",)),
    Sight("desk-report", "officer", "lectures_desk:report", ("phase_id",)),
]
# Routes that show no page of their own: they take a form, send a file, a fragment or a redirect.
NO_PAGE = {
    "members_desk:confirmation",
    "members_desk:discard",
    "members_desk:export",
    "members_desk:report",
    "members_desk:unmask",
    "notify:message",
    "unions_desk:confirmation",
    "unions_desk:discard",
    "unions_desk:dismissal",
    "unions_desk:offices",
    "sign_in_again", "sign_out", "second_factor_renew", "me_text_size", "me_theme", "me_language", "me_more_time", "me_consent",
    "notify:read_all", "notify:read", "quiz:start", "quiz:attempt", "quiz:winners_csv", "quiz:review",
    "lectures:standing", "lectures:read", "lectures:quiz", "lectures:video", "lectures:captions",
    "learning_desk:video", "learning_desk:captions", "quiz_desk:bank_xlsx", "quiz_desk:run_import", "quiz_desk:retirement", "quiz_desk:trial",
    "welfare_merchant:settlement",
    "welfare_merchant:check", "welfare_merchant:redemptions",
    "welfare_desk:export", "welfare_desk:clerks", "welfare_desk:dismissal", "welfare_desk:shown", "welfare_desk:replacement",
    "lectures_desk:new", "lectures_desk:save", "lectures_desk:copy", "lectures_desk:trial", "lectures_desk:remind",
    "lectures_desk:waiting_xlsx", "lectures_desk:report_xlsx",
}  # fmt: skip
# Pages that only the journey reaches: they need a session that is half-way in.
ON_THE_WAY = {"sign_in_code", "second_factor", "second_factor_enrol"}


@pytest.fixture
def world(house: House, settings: SettingsWrapper) -> World:
    settings.DEMO = True  # its pages are looked at, too
    return worlds.build()


def test_every_page_is_looked_at() -> None:
    """A new page is listed above, or said to be none."""
    known = {sight.route for sight in SIGHTS} | NO_PAGE | ON_THE_WAY
    assert sorted(set(_routes(get_resolver())) ^ known) == []


def test_every_page_can_be_used_by_everybody(house: House, world: World) -> None:
    """WCAG 2.2 A and AA by axe-core, nothing wider than the window, a picture of each; in every mode."""
    troubles: dict[str, list[str]] = {}
    for mode, (size, elder, theme) in MODES.items():
        pages: dict[str, Page] = {}
        for sight in SIGHTS:
            if sight.part not in pages:
                user = world.users.get(sight.part)
                pages[sight.part] = house.open_as(user, size=size, elder=elder, theme=theme)
            found = _look(pages[sight.part], world, sight, mode)
            if found:
                troubles[f"{sight.name} ({mode})"] = found
        for page in pages.values():
            page.context.close()
    if troubles:
        pytest.fail(
            "\n".join(f"{where}: {line}" for where, found in troubles.items() for line in found)
        )


def _look(page: Page, world: World, sight: Sight, mode: str) -> list[str]:
    """What is wrong with the page, a line each."""
    page.set_viewport_size(MODES[mode][0])
    answer = page.goto(_address(world, sight))
    assert answer is not None
    keep_picture(page, f"{sight.name}-{mode}")
    if answer.status != 200 or not page.url.endswith(_address(world, sight)):
        return [f"answers {answer.status} at {page.url}"]
    found = violations(page)
    if mode == "390":
        page.set_viewport_size(NARROW)
    if wider := sideways(page):
        found.append(f"{wider} pixels wider than the window of {page.viewport_size}")
    return found


def _address(world: World, sight: Sight) -> str:
    ids = [int(one) if one.isdecimal() else world.ids[one] for one in sight.ids]
    return reverse(sight.route, args=ids) + sight.query


def _routes(resolver: URLResolver, space: str = "") -> Iterator[str]:
    for one in resolver.url_patterns:
        if hasattr(one, "url_patterns"):
            yield from _routes(one, f"{space}{one.namespace}:" if one.namespace else space)
        elif not space.startswith("api"):
            yield _name(one, space)


def _name(route: URLPattern, space: str) -> str:
    return f"{space}{route.name}"
