"""Every sight of the product: who looks at which page, and what she does there first."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from unionhall.base.chinese_ids import made_up_id
from unionhall.kernel.allotment.rules import new_number
from unionhall.people.accounts import actions as accounts
from unionhall.people.accounts.login import Outsider
from unionhall.people.accounts.sessions import SessionStore
from unionhall.site import demonstration

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.world import World

type_of_step = Callable[["Page", "World"], None]
CONFLICT, UNPROCESSABLE = 409, 422
TOO_MANY_FIELDS = 1001
FORM = """([address, fields]) => {
    const form = Object.assign(document.createElement('form'), { method: 'post', action: address });
    for (const [name, value] of Object.entries(fields))
        form.append(Object.assign(document.createElement('input'), { type: 'hidden', name, value }));
    document.body.append(form);
    form.submit();
}"""
phones = (f"1990000{number:04}" for number in itertools.count())  # a code a minute for each
NOBODYS = made_up_id(born=dt.date(1988, 8, 8), sequence=8)
banks = (f"第 {number} 个新题库" for number in itertools.count(1))


@dataclass(frozen=True)
class Sight:
    """One page as one of the cast sees it. ``ids`` name entries of the world, in the address's order.

    ``then`` is done on the page, and what it leads to is looked at: it ends with one more page.
    """

    name: str
    part: str
    route: str
    ids: tuple[str, ...] = ()
    then: type_of_step | None = None
    status: int = 200

    def address(self, world: World) -> str:
        """Where it stands."""
        return address_of(world, self.route, self.ids)


def address_of(world: World, route: str, ids: tuple[str, ...]) -> str:
    """``ids`` that the world does not know stand for themselves."""
    return reverse(route, args=[world.ids.get(one, one) for one in ids])


# == What is done on a page ==


def said(page: Page, text: str) -> str:
    """``text`` as it stands on the page, in the page's language."""
    with translation.override(page.locator("html").get_attribute("lang")):
        return translation.gettext(text)


def press(name: str) -> type_of_step:
    """The button of that name, or with it in its name: in English one may begin as another does."""

    def step(page: Page, _world: World) -> None:
        words = said(page, name)
        exact = page.get_by_role("button", name=words, exact=True)
        (exact if exact.count() else page.get_by_role("button", name=words)).click()

    return step


def narrow(query: str) -> type_of_step:
    """The same page with a filter."""
    return lambda page, _world: page.evaluate("query => { location.search = query }", query)


def send(route: str = "", ids: tuple[str, ...] = (), **fields: str) -> type_of_step:
    """A form with these fields, to another address or to this one: what no field would let through, too."""

    def step(page: Page, world: World) -> None:
        headers = json.loads(page.locator("body").get_attribute("hx-headers") or "{}")
        token = {"csrfmiddlewaretoken": headers["x-csrftoken"]}
        page.evaluate(FORM, [address_of(world, route, ids) if route else "", token | fields])

    return step


def ask_for_a_code(page: Page, _world: World) -> None:
    """Somebody new, who agrees to what she must."""
    page.get_by_label(said(page, "手机号"), exact=True).fill(next(phones))
    page.locator("input[name=privacy]").check()
    press("发验证码")(page, _world)


def came_from(door: str, route: str, phone: str = "") -> type_of_step:
    """Back from somebody else's page, with what it says of her."""

    def step(page: Page, _world: World) -> None:
        who = Outsider(door, f"{door}.example", f"{door}-0001", name="小满🌾", phone=phone)
        arrival = accounts.arrive(door, secrets.token_hex(24))
        accounts.sign_in_as(who, arrival)
        go_on(page, route, f"?with={arrival.pk}", arrival=arrival.pk)

    return step


def half_in(page: Page, world: World) -> None:
    """She has shown her password."""
    go_on(page, "sign_in_second", half_in={"user": world.users["officer"].pk, "at": time.time()})


def go_on(page: Page, route: str, query: str = "", /, **kept: object) -> None:
    """To another page, with something in the session of whoever is not in yet."""
    session = SessionStore()
    session.update(kept)
    session.save()
    address = {"url": urljoin(page.url, "/"), "name": settings.SESSION_COOKIE_NAME}
    page.context.add_cookies([{**address, "value": str(session.session_key)}])
    page.evaluate("address => { location.href = address }", reverse(route) + query)


def ask_after_the_cookie_is_gone(page: Page, world: World) -> None:
    """The form has stood open for too long."""
    page.context.clear_cookies(name=settings.CSRF_COOKIE_NAME)
    ask_for_a_code(page, world)


def say_who(name: str, number: str) -> type_of_step:
    """Name and number, held against the roll."""

    def step(page: Page, _world: World) -> None:
        page.locator("main input[name=name]").fill(name)
        page.locator("main input[name=id_number]").fill(number)
        page.locator("main form button.primary").click()

    return step


def say_who_is_on_the_roll(page: Page, world: World) -> None:
    """Those of somebody who is there with another phone, or who joins and has been a member all along."""
    hers = world.unbound()
    say_who(hers.name, hers.id_number)(page, world)


def check_number(number: str) -> type_of_step:
    """Type a number at the counter: one of the world's, or as it stands here."""

    def step(page: Page, world: World) -> None:
        page.get_by_label(said(page, "券号")).fill(world.numbers.get(number, number))
        press("查这张券")(page, world)

    return step


def settle_backwards(page: Page, _world: World) -> None:
    """A period that ends before it begins."""
    page.get_by_label(said(page, "从"), exact=True).fill("2026-11-20")
    page.get_by_label(said(page, "到"), exact=True).fill("2026-11-01")
    press("下载表格")(page, _world)


def say_a_rule(page: Page, _world: World) -> None:
    """Beside the plain numbers, and with room for the next."""
    page.locator("details[id$=-rules]").first.evaluate("fold => { fold.open = true }")
    page.get_by_label(said(page, "题型"), exact=True).first.select_option("single")
    page.get_by_label(said(page, "知识点"), exact=True).first.fill("用气安全")
    page.get_by_role("button", name=said(page, "再加一条")).first.click()


def check_questions(page: Page, _world: World) -> None:
    """Send a bank in, to see the verdict on every row."""
    page.get_by_label(said(page, "哪个工会的题库")).select_option(index=1)
    page.get_by_label(said(page, "题库名称")).fill(next(banks))
    page.locator("input[type=file]").set_input_files(demonstration.FILES / "questions_safety.xlsx")
    press("上传并检查")(page, _world)


def import_questions(page: Page, world: World) -> None:
    """Send a bank in, and take it."""
    with page.expect_navigation():
        check_questions(page, world)
    page.locator("form[action$='/confirmation/'] button").click()


def export_as_aiken(page: Page, _world: World) -> None:
    """A format that has no place for most questions says so first."""
    page.get_by_label(said(page, "导出成哪种格式")).select_option("aiken")
    press("导出题库")(page, _world)


def download_in_wechat(route: str, *ids: str) -> type_of_step:
    """A file, asked for by WeChat's webview."""

    def step(page: Page, world: World) -> None:
        address = address_of(world, route, ids)
        as_wechat = {"user-agent": "Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0.50"}
        page.route(
            f"**{address}",
            lambda asked: asked.continue_(headers=asked.request.headers | as_wechat),
            times=1,
        )
        page.evaluate("address => { location.href = address }", address)

    return step


SIGHTS: list[Sight] = [
    # before one is in
    Sight("welcome", "", "home"),
    Sight("sign-in", "", "sign_in"),
    Sight("sign-in-refused", "", "sign_in", then=send(phone="1990"), status=UNPROCESSABLE),
    Sight("sign-in-code", "", "sign_in", then=ask_for_a_code),
    Sight("sign-in-code-refused", "", "sign_in_code", then=send(code="12"), status=UNPROCESSABLE),
    Sight("sign-in-password", "", "sign_in_password"),
    Sight("sign-in-second", "", "sign_in_second", then=half_in),
    Sight("sign-in-from-wechat", "", "sign_in", then=came_from("wechat", "sign_in")),
    Sight("sign-in-agree", "", "sign_in_agree", then=came_from("city", "sign_in_agree", phone="19900000031")),
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
    Sight("offers", "member", "welfare:offers"),
    Sight("offer", "member", "welfare:offer", ("offer_id",)),
    Sight("offer-soon", "member", "welfare:offer", ("offer_soon",)),
    Sight("offer-gone", "member", "welfare:offer", ("offer_gone",)),
    Sight("offer-hers", "member", "welfare:offer", ("offer_hers",)),
    Sight("offer-others", "member", "welfare:offer", ("offer_others",)),
    Sight("offer-closed", "member", "welfare:offer", ("offer_closed",)),
    Sight("voucher-used", "winner", "welfare:voucher", ("used_claim",)),
    Sight("search", "member", "search", then=narrow("?q=安全")),
    Sight("search-nothing", "member", "search", then=narrow("?q=火星&kind=lecture")),
    Sight("search-desk", "officer", "desk:search", then=narrow("?q=厂")),
    Sight("inbox", "member", "notify:inbox"),
    Sight("inbox-settings", "member", "notify:settings"),
    Sight("me", "member", "me"),
    Sight("me-records", "member", "me_records"),
    Sight("me-copies", "member", "me_copies"),
    Sight("me-close", "member", "me_close"),
    Sight("me-of-no-roll", "clerk", "me"),
    Sight("devices", "member", "me_devices"),
    Sight("way-in", "member", "me_way", ("identity_id",)),
    Sight("proof", "member", "me_proof"),
    Sight("proof-mistyped", "member", "me_proof", then=send(code="12"), status=UNPROCESSABLE),
    Sight("cases", "member", "casework:index"),
    Sight("cases-none", "winner", "casework:index"),
    Sight("case-note-refused", "member", "casework:index", then=send("casework:note", ("case_id",)), status=UNPROCESSABLE),
    Sight("who", "cinema", "corrections:who"),
    Sight("who-refused", "cinema", "corrections:who", then=send(name="丁", id_number="123"), status=UNPROCESSABLE),
    Sight("who-nobody", "clerk", "corrections:who", then=say_who("丁霜降", NOBODYS)),
    Sight("who-other-phone", "cinema", "corrections:who", then=say_who_is_on_the_roll),
    Sight("correction-new", "member", "corrections:new", ("phone",)),
    Sight("correction", "member", "corrections:correction", ("case_id",)),
    Sight("correction-sent-back", "member", "corrections:correction", ("case_back",)),
    Sight("join", "newcomer", "enrolment:new"),
    Sight("join-where", "newcomer", "enrolment:where", ("courier",)),
    Sight("join-nothing-found", "newcomer", "enrolment:where", ("union",), then=narrow("?q=没有的")),
    Sight("join-who", "newcomer", "enrolment:who", ("courier", "union_id")),
    Sight("join-refused", "newcomer", "enrolment:who", ("none", "union_id"), then=send(name="丁", id_number="123"), status=UNPROCESSABLE),
    Sight("join-on-the-roll", "newcomer", "enrolment:who", ("courier", "union_id"), then=say_who_is_on_the_roll, status=CONFLICT),
    Sight("application", "manager", "enrolment:application", ("application_back",)),
    Sight("transfer", "member", "enrolment:transfer"),
    Sight("leave", "member", "enrolment:leave"),
    Sight("retirement", "member", "enrolment:retirement"),
    Sight("change", "stranger", "enrolment:change", ("change_id",)),
    Sight("second-factor", "officer", "second_factor"),
    Sight("passkeys", "officer", "passkeys"),
    Sight("password", "officer", "password"),
    Sight("second-factor-enrol", "officer", "second_factor_enrol"),
    Sight("recovery-codes", "officer", "me", then=press("重发备用码")),
    # the counter
    Sight("counter", "clerk", "welfare_merchant:redeem"),
    Sight("counter-good", "clerk", "welfare_merchant:redeem", then=check_number("good")),
    Sight("counter-used", "clerk", "welfare_merchant:redeem", then=check_number("used"), status=CONFLICT),
    Sight("counter-another-shop", "cinema", "welfare_merchant:redeem", then=check_number("good"), status=CONFLICT),
    Sight("counter-unknown", "clerk", "welfare_merchant:redeem", then=check_number(new_number()), status=CONFLICT),
    Sight("counter-miswritten", "clerk", "welfare_merchant:redeem", then=check_number("ABCD"), status=UNPROCESSABLE),
    Sight("counter-today", "clerk", "welfare_merchant:today"),
    Sight("counter-redemption", "clerk", "welfare_merchant:redemption", ("redemption_id",)),
    Sight("counter-undo", "manager", "welfare_merchant:undo", ("redemption_id",)),
    Sight("counter-period", "manager", "welfare_merchant:today", then=settle_backwards, status=UNPROCESSABLE),
    # the desk
    Sight("desk", "officer", "desk:today"),
    Sight("desk-unions", "officer", "unions_desk:index"),
    Sight("desk-union", "officer", "unions_desk:union", ("union_id",)),
    Sight("desk-union-move", "officer", "desk:union_move", ("below_id",)),
    Sight("desk-union-merge", "officer", "desk:union_merge", ("below_id",)),
    Sight("desk-union-split", "officer", "desk:union_split", ("below_id",)),
    Sight("desk-union-split-refused", "officer", "desk:union_split", ("below_id",), then=send(), status=UNPROCESSABLE),
    Sight("desk-union-close", "officer", "desk:union_close", ("below_id",)),
    Sight("desk-union-closed", "officer", "unions_desk:union", ("closed_id",)),
    Sight("desk-reorganisations", "officer", "desk:reorganisations"),
    Sight("desk-reorganisation", "officer", "desk:reorganisation", ("deed_id",)),
    Sight("desk-reorganisation-undo", "officer", "desk:reorganisation_undo", ("deed_id",)),
    Sight("desk-staff", "officer", "unions_desk:staff"),
    Sight("desk-handover", "officer", "desk:handover", ("below_office",)),
    Sight("desk-terms", "officer", "unions_desk:terms"),
    Sight("desk-unions-import", "officer", "unions_desk:import"),
    Sight("desk-unions-sent-in", "officer", "unions_desk:list_import", ("list_id",)),
    Sight("desk-unions-taken-in", "officer", "unions_desk:list_import", ("list_done",)),
    Sight("desk-unions-again", "officer", "unions_desk:list_import", ("list_again",)),
    Sight("desk-unions-unreadable", "officer", "unions_desk:list_import", ("list_unreadable",)),
    Sight("desk-unions-absent", "officer", "unions_desk:absent", ("list_again",)),
    Sight("desk-unions-undo", "officer", "unions_desk:undo", ("list_done",)),
    Sight("desk-unions-undo-not", "officer", "unions_desk:undo", ("list_again",)),
    Sight("desk-unions-undo-refused", "officer", "unions_desk:undo", ("list_done",), then=send(reason=""), status=UNPROCESSABLE),
    Sight("desk-members", "officer", "members_desk:index"),
    Sight("desk-members-narrowed", "officer", "members_desk:index", then=narrow("?standing=current~retained&age=25to34~35to44")),
    Sight("desk-member-filters", "officer", "members_desk:filters", then=narrow("?standing=current&age=35to44")),
    Sight("desk-bulk", "officer", "members_desk:bulk"),
    Sight("desk-bulk-chosen", "officer", "members_desk:index", then=send("members_desk:bulk", who="all")),
    Sight("desk-bulk-done", "officer", "members_desk:bulk_deed", ("bulk_id",)),
    Sight("desk-member", "officer", "members_desk:member", ("member_id",)),
    Sight("desk-member-number", "officer", "members_desk:member", ("member_id",), then=send("members_desk:unmask", ("member_id", "phone"))),
    Sight("desk-cases", "officer", "casework_desk:index"),
    Sight("desk-cases-done", "officer", "casework_desk:index", then=narrow("?state=closed")),
    Sight("desk-case-handler", "officer", "casework_desk:handler", ("case_id",)),
    Sight("desk-case-move", "officer", "casework_desk:move", ("case_id",)),
    Sight("desk-correction", "officer", "corrections_desk:correction", ("case_id",)),
    Sight("desk-correction-who", "officer", "corrections_desk:correction", ("case_who",)),
    Sight("desk-login-phone", "officer", "corrections_desk:login", ("member_id",)),
    Sight("desk-correction-new", "officer", "corrections_desk:new", ("member_id", "id_number")),
    Sight("desk-applications", "officer", "enrolment_desk:index"),
    Sight("desk-application", "officer", "enrolment_desk:application", ("application_id",)),
    Sight("desk-invitation", "officer", "enrolment_desk:invitation", ("union_id",)),
    Sight("desk-change", "officer", "enrolment_desk:change", ("change_id",)),
    Sight("desk-roll-import", "officer", "members_desk:import"),
    Sight("desk-roll-sent-in", "officer", "members_desk:roll_import", ("roll_id",)),
    Sight("desk-roll-taken-in", "officer", "members_desk:roll_import", ("roll_done",)),
    Sight("desk-roll-again", "officer", "members_desk:roll_import", ("roll_again",)),
    Sight("desk-roll-absent", "officer", "members_desk:absent", ("roll_again",)),
    Sight("desk-roll-absent-decided", "officer", "members_desk:absent", ("roll_again",), then=narrow("?of=decided")),
    Sight("desk-roll-absent-refused", "officer", "members_desk:absent", ("roll_again",), then=send(who="all"), status=UNPROCESSABLE),
    Sight("desk-roll-undo", "officer", "members_desk:undo", ("roll_again",)),
    Sight("desk-roll-undo-not", "officer", "members_desk:undo", ("roll_id",)),
    Sight("desk-transfers", "officer", "members_desk:transfers"),
    Sight("desk-transfer", "officer", "members_desk:transfer", ("request_id",)),
    Sight("desk-transfer-refused", "officer", "members_desk:transfer", ("request_id",), then=send(answer="refuse"), status=UNPROCESSABLE),
    Sight("desk-keys", "officer", "programs_desk:index"),
    Sight("desk-key-new", "officer", "programs_desk:new"),
    Sight("desk-key-new-refused", "officer", "programs_desk:new", then=send(days="0"), status=UNPROCESSABLE),
    Sight("desk-key-revoke", "officer", "programs_desk:revocation", ("key",)),
    Sight("desk-receivers", "officer", "webhooks_desk:index"),
    Sight("desk-receiver-new", "officer", "webhooks_desk:new"),
    Sight("desk-receiver-new-refused", "officer", "webhooks_desk:new", then=send(name="", url="http://example.org/"), status=UNPROCESSABLE),
    Sight("desk-receiver", "officer", "webhooks_desk:receiver", ("receiver",)),
    Sight("desk-receiver-stop", "officer", "webhooks_desk:stop", ("receiver",)),
    Sight("desk-receiver-secret", "officer", "webhooks_desk:receiver", ("receiver",), then=press("换签名的密钥")),
    Sight("desk-key-rotated", "officer", "programs_desk:index", then=press("换一把")),
    Sight("desk-key-issued", "officer", "programs_desk:new", then=send(name="人事系统", days="365", scopes="rolls:write")),
    Sight("desk-figures", "officer", "members_desk:figures", then=narrow("?beside=2026-11-01")),
    Sight("desk-standing", "officer", "members_desk:standing", ("member_id",)),
    Sight("desk-roll-unreadable", "officer", "members_desk:roll_import", ("roll_unreadable",)),
    Sight("desk-lessons", "officer", "learning_desk:index"),
    Sight("desk-lesson-new", "officer", "learning_desk:new"),
    Sight("desk-lesson-refused", "officer", "learning_desk:new", then=send(), status=UNPROCESSABLE),
    Sight("desk-lesson", "officer", "learning_desk:lesson", ("lesson_id",)),
    Sight("desk-banks", "officer", "quiz_desk:banks"),
    Sight("desk-bank", "officer", "quiz_desk:bank", ("bank_id",)),
    Sight("desk-statistics", "officer", "quiz_desk:statistics", ("bank_id",)),
    Sight("desk-bank-import", "officer", "quiz_desk:import"),
    Sight("desk-bank-checked", "officer", "quiz_desk:import", then=check_questions),
    Sight("desk-bank-imported", "officer", "quiz_desk:import", then=import_questions),
    Sight("desk-bank-import-report", "officer", "quiz_desk:bank_import", ("bank_import",)),
    Sight("desk-bank-import-undo", "officer", "quiz_desk:undo", ("bank_import",)),
    Sight("desk-bank-export-short", "officer", "quiz_desk:bank", ("bank_id",), then=export_as_aiken),
    Sight("desk-question", "officer", "quiz_desk:question", ("question_id",)),
    Sight("desk-reviews", "officer", "quiz_desk:reviews"),
    Sight("desk-review", "officer", "quiz_desk:review", ("review_id",)),
    Sight("desk-redemptions", "officer", "welfare_desk:redemptions"),
    Sight("desk-offers", "officer", "welfare_desk:offers"),
    Sight("desk-merchants", "officer", "welfare_desk:merchants"),
    Sight("desk-merchant-new", "officer", "welfare_desk:new_merchant"),
    Sight("desk-merchant-refused", "officer", "welfare_desk:new_merchant", then=send(), status=UNPROCESSABLE),
    Sight("desk-merchant", "officer", "welfare_desk:merchant", ("merchant_id",)),
    Sight("desk-giveaways", "officer", "welfare_desk:giveaways"),
    Sight("desk-giveaway-new", "officer", "welfare_desk:new_giveaway"),
    Sight("desk-giveaway", "officer", "welfare_desk:giveaway", ("offer_id",)),
    Sight("desk-giveaway-close", "officer", "welfare_desk:giveaway_close", ("offer_id",)),
    Sight("desk-vouchers", "officer", "welfare_desk:search"),
    Sight("desk-member-vouchers", "officer", "welfare_desk:member", ("member_id",)),
    Sight("desk-voucher", "officer", "welfare_desk:voucher", ("claim_id",)),
    Sight("desk-lectures", "officer", "lectures_desk:index"),
    Sight("desk-series", "officer", "lectures_desk:series", ("series_id",)),
    Sight("desk-compose", "officer", "lectures_desk:compose", ("draft",)),
    Sight("desk-compose-rules", "officer", "lectures_desk:compose", ("draft",), then=say_a_rule),
    Sight("desk-publish", "officer", "lectures_desk:publish", ("draft",)),
    Sight("desk-preview", "officer", "lectures_desk:preview", ("phase_id",)),
    Sight("desk-live", "officer", "lectures_desk:live", ("phase_id",)),
    Sight("desk-waiting", "officer", "lectures_desk:waiting", ("second",)),
    Sight("desk-paper", "officer", "lectures_desk:paper", ("phase_id",)),
    Sight("desk-places", "officer", "lectures_desk:places", ("phase_id",)),
    Sight("desk-close", "officer", "lectures_desk:close", ("phase_id",)),
    Sight("desk-report", "officer", "lectures_desk:report", ("phase_id",)),
    Sight("desk-to-sign", "officer", "lectures_desk:to_sign", ("phase_id",)),
    Sight("desk-ledger", "officer", "desk:ledger", ("member", "member_id")),
    Sight("desk-ledger-proved", "officer", "desk:ledger", ("union", "union_id"), then=narrow("?proof=1")),
    Sight("desk-exports", "officer", "desk:exports"),
    Sight("desk-export-new", "officer", "desk:export_new", ("members.roll",)),
    Sight("desk-export-refused", "officer", "desk:export_new", ("members.roll",), then=send(), status=UNPROCESSABLE),
    Sight("desk-export", "officer", "desk:export", ("export_id",)),
    Sight("desk-export-waiting", "officer", "desk:export", ("export_waiting",)),
    Sight("desk-export-failed", "officer", "desk:export", ("export_failed",)),
    Sight("desk-export-broken", "officer", "desk:export", ("export_broken",)),
    Sight("desk-export-expired", "officer", "desk:export", ("export_expired",)),
    # the three administrators
    Sight("operator-system", "system", "operator:system"),
    Sight("operator-security", "security", "operator:security"),
    Sight("operator-audit", "audit", "operator:audit"),
    # a no
    Sight("no-file-in-wechat", "member", "quiz:winners", ("contest_id",), then=download_in_wechat("quiz:winners_csv", "contest_id")),
    Sight("no-more-for-now", "member", "often", status=429),
    Sight("no-form-without-its-token", "", "sign_in", then=ask_after_the_cookie_is_gone, status=403),
    Sight("no-such-form", "member", "me", then=send(**dict.fromkeys(map(str, range(TOO_MANY_FIELDS)), "")), status=400),
    Sight("no-right", "member", "desk:today", status=403),
    Sight("no-such-page", "member", "quiz:result", ("0",), status=404),
    Sight("no-button-pressed", "member", "me_theme", status=405),
    Sight("no-by-a-rule", "winner", "quiz:contest", ("second_contest",), then=send("quiz:start", ("second_contest",)), status=CONFLICT),
    Sight("no-by-mistake", "member", "broken", status=500),
    Sight("no-while-busy", "member", "busy", status=503),
    Sight("no-while-full", "member", "full", status=503),
]  # fmt: skip
# Routes that show no page of their own: they take a form, send a file, a fragment or a redirect. What they answer a
# form with is a sight, too: of the page that sends it.
NO_PAGE = {
    "casework:note", "casework:paper", "casework:withdrawal", "casework_desk:note", "casework_desk:paper",
    "corrections:found",  # where "who" leads to
    "corrections:answer", "corrections_desk:acceptance", "corrections_desk:refusal", "corrections_desk:unmasked",
    "me_copy_file",
    "members_desk:confirmation",
    "members_desk:filter_removal", "members_desk:bulk_undo",
    "members_desk:discard",
    "members_desk:report",
    "members_desk:annotated",
    "members_desk:move",
    "members_desk:unmask",
    "notify:message",
    "unions_desk:annotated",
    "unions_desk:confirmation",
    "unions_desk:discard",
    "unions_desk:report",
    "unions_desk:dismissal",
    "unions_desk:offices", "desk:look", "operator:sign_out",
    "sign_in_again", "sign_in_with", "sign_in_back", "sign_in_alone", "sign_in_passkey", "passkey_to_sign", "passkey_to_make", "passkey_drop", "sign_out", "me_device_end", "me_devices_end", "me_unbind", "second_factor_renew", "me_text_size", "me_theme", "me_language", "me_more_time", "me_consent",
    "unions_desk:renewal",
    "enrolment:answer", "enrolment:stop", "enrolment_desk:acceptances", "enrolment_desk:acceptance", "enrolment_desk:refusal", "enrolment_desk:unmasked",
    "enrolment_desk:change_acceptance", "enrolment_desk:change_refusal",
    "notify:read_all", "notify:read", "quiz:start", "quiz:attempt", "quiz:winners_csv", "quiz:review",
    "lectures:standing", "lectures:read", "lectures:quiz", "lectures:video", "lectures:captions",
    "learning_desk:video", "learning_desk:captions", "quiz_desk:export", "quiz_desk:picture", "quiz:picture", "quiz_desk:confirmation", "quiz_desk:discard", "quiz_desk:report", "quiz_desk:annotated", "quiz_desk:retirement", "quiz_desk:trial",
    "welfare:claim", "welfare:standing", "quiz:standing",
    "welfare_merchant:settlement",
    "welfare_merchant:check", "welfare_merchant:redemptions",
    "welfare_desk:clerks", "welfare_desk:dismissal", "welfare_desk:shown", "welfare_desk:replacement",
    "lectures_desk:new", "lectures_desk:save", "lectures_desk:copy", "lectures_desk:trial", "lectures_desk:remind",
    "desk:records", "desk:ledger_of",  # leads to a ledger; the same page as a thing's
    "desk:export_file", "desk:export_again",
    "webhooks_desk:secret", "webhooks_desk:again", "programs_desk:rotation",
    "healthz", "readyz", "metrics",
}  # fmt: skip
