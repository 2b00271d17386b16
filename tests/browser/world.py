"""The demonstration with things in every state, so that every page has something to show."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from tests.shared_files import shared_file
from tests.world import a_correction, a_giveaway, a_receiver
from unionhall.base.clock import now_in_database
from unionhall.base.exports import actions as exports
from unionhall.base.exports.models import Export
from unionhall.domain.corrections import actions as corrections
from unionhall.domain.enrolment import actions as enrolment
from unionhall.domain.enrolment.models import Application
from unionhall.domain.learning.models import Lesson
from unionhall.domain.lectures import actions as lectures
from unionhall.domain.lectures.models import Phase, Series
from unionhall.domain.quiz import actions as quiz
from unionhall.domain.quiz.models import Attempt, BankImport, Question
from unionhall.domain.quiz.queries.attempts import versions_on
from unionhall.domain.quiz.rules.papers import shown_letters
from unionhall.domain.welfare import actions as welfare
from unionhall.domain.welfare.models import Clerk, Merchant
from unionhall.kernel.allotment import actions as allotment
from unionhall.kernel.audience.rules import Audience
from unionhall.kernel.casework.models import CaseFile
from unionhall.kernel.notify import actions as notify
from unionhall.kernel.notify.models import Message
from unionhall.people.accounts import actions as accounts
from unionhall.people.accounts.login import Outsider
from unionhall.people.accounts.models import Identity, User
from unionhall.people.members import actions as roll
from unionhall.people.members.models import BulkDeed, Member, Membership, RollImport
from unionhall.people.members.queries import member_of, open_absences
from unionhall.people.members.rules import Conditions
from unionhall.people.programs import actions as programs
from unionhall.people.unions import actions as tree
from unionhall.people.unions.models import ListImport, Union
from unionhall.site import cast, demonstration
from unionhall.site.bulk_deeds import carry_out_bulk_deeds
from unionhall.site.export_lists import LISTS, scope_of, who_asked

BEFORE_HER = 16  # papers that were handed in before the member's
WINNERS = 80


@dataclass
class World:
    """Logins by their part; the ids that addresses ask for, by the parameter's name or what they are."""

    users: dict[str, User] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)  # of vouchers, by what they are

    def member(self, part: str) -> Member:
        """The person on the roll who plays ``part``."""
        member = member_of(self.users[part])
        assert member is not None, f"{part} is on no roll"
        return member

    def unbound(self) -> Member:
        """Somebody on a roll whose login nobody has."""
        return Member.objects.filter(user=None, memberships__left_on=None).latest("pk")


def build() -> World:
    """Load the demonstration and live through its first phase; the second has just begun."""
    demonstration.load()
    world = World({player.part: _login(player.phone, player.name) for player in cast.PLAYERS})
    officer = world.users["officer"]
    series = Series.objects.get()
    first, second = series.phases.order_by("number")
    crowd = _crowd(first)
    for member in crowd[:BEFORE_HER]:
        lectures.enter_on_paper(first, member=member, score=120, by=officer)
    won = sit(first, world.member("member"), right=True)
    for member in crowd[BEFORE_HER : WINNERS - 1]:
        lectures.enter_on_paper(first, member=member, score=110, by=officer)
    late = sit(first, world.member("elder"), right=True)
    failed = sit(second, world.member("elder"), right=False)
    quiz.admit(second.contest, world.member("member"), because="watched")
    running = quiz.start_attempt(second.contest, world.member("member"))
    answer(running, right=True, upto=3)
    review = quiz.ask_review(late, text="我 10 点整就交了，请查一下。")
    _use_vouchers(world, crowd)
    _giveaways(world, crowd, first.offer.merchant)
    notify.deliver_due()
    _draft(world, series)
    _sent_in(world)
    _exported(world)
    _reorganised(world)
    _corrections(world)
    _enrolment(world)
    world.ids |= {
        "series_id": series.pk,
        "phase_id": first.pk,
        "second": second.pk,
        "second_contest": second.contest_id,
        "contest_id": first.contest_id,
        "won": won.pk,
        "late": late.pk,
        "failed": failed.pk,
        "running": running.pk,
        "review_id": review.pk,
        "claim_id": won.prize_id,
        "lesson_id": Lesson.objects.earliest("pk").pk,
        "bank_id": first.contest.bank_id,
        "question_id": Question.objects.filter(bank=first.contest.bank).earliest("pk").pk,
        "merchant_id": first.offer.merchant_id,
        "member_id": world.member("member").pk,
        "identity_id": _way_in(world).pk,
        "union_id": Union.objects.get(name=cast.TOWN).pk,
        "message_id": Message.objects.filter(member=world.member("member")).earliest("pk").pk,
    }
    world.numbers["good"] = won.prize.number
    return world


def sit(phase: Phase, member: Member, *, right: bool) -> Attempt:
    """Watch, answer everything, hand in."""
    quiz.admit(phase.contest, member, because="watched")
    attempt = quiz.start_attempt(phase.contest, member)
    answer(attempt, right=right)
    return quiz.hand_in(attempt)


def answer(attempt: Attempt, *, right: bool, upto: int | None = None) -> None:
    """Save an answer to each question up to that position."""
    for position in range(1, len(attempt.paper[:upto]) + 1):
        given = right_answer(attempt, position) if right else _wrong_answer(attempt, position)
        quiz.save_answer(attempt, position, given, seq=0)


def right_answer(attempt: Attempt, position: int) -> list[str]:
    """What earns the points, in the letters that this paper shows."""
    slot = attempt.slots[position - 1]
    version = versions_on(attempt)[slot.version_id]
    if version.kind == "fill":
        return [blank[0] for blank in version.answer]
    if version.kind == "judge":
        return ["true" if version.answer[0] else "false"]
    return shown_letters(slot, version.answer)


def _wrong_answer(attempt: Attempt, position: int) -> list[str]:
    given = right_answer(attempt, position)
    if given[0] in {"true", "false"}:
        return ["false" if given == ["true"] else "true"]
    if all(len(one) == 1 and one in "ABCDEFGH" for one in given):
        return ["A" if given != ["A"] else "B"]
    return ["不知道"] * len(given)


def _login(phone: str, name: str) -> User:
    """Whoever has no login yet gets one, bound to the person on the roll with that phone."""
    known = User.objects.with_phone(phone).first()
    user = known or User.objects.create_user(phone, name=name)
    roll.bind_login(user)
    return user


def _crowd(phase: Phase) -> list[Member]:
    """Members of the town's unions who have no login of their own."""
    under = Member.objects.filter(
        user=None,
        memberships__left_on=None,
        memberships__union__path__startswith=phase.series.union.path,
    )
    return list(under.order_by("pk")[:WINNERS])


def _way_in(world: World) -> Identity:
    """A WeChat of the member."""
    who = Outsider("wechat", "wechat.example", "wechat-member", name="小满🌾")
    return accounts.bind(world.users["member"], who)


def _use_vouchers(world: World, crowd: list[Member]) -> None:
    """One is used; one was used by mistake and is usable again."""
    clerk = Clerk.objects.get(user=world.users["clerk"])
    used, undone = (
        welfare.redeem_voucher(member.claims.get().number, clerk=clerk) for member in crowd[:2]
    )
    welfare.undo_redemption(
        undone, by=world.users["manager"], reason="顾客改了主意，没有拿走蛋糕。"
    )
    world.numbers["used"] = used.claim.number
    world.ids |= {"redemption_id": used.pk, "clerk_id": clerk.pk}
    winner = crowd[0]
    world.users["winner"] = User.objects.create_user(
        cast.player("member").phone[:-2] + "77", name=winner.name
    )
    Member.objects.filter(pk=winner.pk).update(user=world.users["winner"])
    world.ids["used_claim"] = winner.claims.get().pk


def _giveaways(world: World, crowd: list[Member], merchant: Merchant) -> None:
    """One that can be claimed, one that comes, one that is gone, one that she has, one that is for others."""
    town, officer = Union.objects.get(name=cast.TOWN), world.users["officer"]
    men = Audience(under_union=town.pk, sexes=("m" if world.member("member").sex == "f" else "f",))
    now = now_in_database()
    offers = {
        "offer_id": a_giveaway(
            town, officer=officer, merchant=merchant, title="中秋月饼券", capacity=80
        ),
        "offer_soon": a_giveaway(
            town,
            officer=officer,
            merchant=merchant,
            title="电影券",
            opens_at=now + dt.timedelta(hours=2),
        ),
        "offer_gone": a_giveaway(
            town, officer=officer, merchant=merchant, title="游泳券", capacity=3
        ),
        "offer_hers": a_giveaway(town, officer=officer, merchant=merchant, title="书店券"),
        "offer_others": a_giveaway(
            town, officer=officer, merchant=merchant, title="体检券", audience=men
        ),
        "offer_closed": a_giveaway(town, officer=officer, merchant=merchant, title="早餐券"),
    }
    for member in crowd[:25]:
        allotment.claim(offers["offer_id"].pool_id, member=member)
    for member in crowd[:3]:
        allotment.claim(offers["offer_gone"].pool_id, member=member)
    allotment.claim(offers["offer_hers"].pool_id, member=world.member("member"))
    welfare.close_giveaway(offers["offer_closed"], by=officer, because="店里停电了，改到下周。")
    world.ids |= {name: offer.pk for name, offer in offers.items()}


def _draft(world: World, series: Series) -> None:
    draft = lectures.copy_series(series, by=world.users["officer"])
    world.ids |= {"draft": draft.pk, "draft_phase": draft.phases.earliest("number").pk}


def _bulk_deed(officer: User, union: Union) -> BulkDeed:
    """Some people of a union have another department now."""
    conditions = Conditions(query="王")
    bulk = roll.choose_people(union, conditions, by=officer, told=f"{union.name}，王")
    roll.order_bulk(bulk, by=officer, deed=BulkDeed.Deed.DEPARTMENT, words="装配车间")
    carry_out_bulk_deeds()
    return bulk


def _sent_in(world: World) -> None:
    """Rolls in every state that stays, and a list of unions that waits for a yes."""
    officer = world.users["officer"]
    file = demonstration.FILES / demonstration.ROLL
    world.ids["roll_id"] = _roll(world, file.name, file.read_bytes()).pk
    done = _roll(world, "small.xlsx", shared_file("roster_small.xlsx").read_bytes())
    roll.confirm_roll(done, by=officer)
    while roll.take_in_next(done.pk):
        pass
    world.ids["roll_done"] = done.pk
    world.ids["roll_again"] = _next_year(world).pk
    world.ids["key"] = programs.issue_key(done.union, name="人事系统", by=officer).key.pk
    world.ids["receiver"] = a_receiver(done.union, officer=officer, word="区数据").pk
    world.ids["roll_unreadable"] = _roll(world, "photo.xlsx", b"no table at all").pk
    world.ids["bank_import"] = _questions(world).pk
    world.ids["bulk_id"] = _bulk_deed(officer, done.union).pk
    file = demonstration.FILES / demonstration.UNION_LIST
    world.ids["list_id"] = _list(officer, file.name, file.read_bytes()).pk
    town = Union.objects.get(name=cast.TOWN)
    done = _list(officer, "new.csv", f"{LIST}新材料厂工会,{town.name},3,,80\n".encode())
    tree.confirm_list(done, by=officer)
    tree.take_in_confirmed_lists()
    world.ids["list_done"] = done.pk
    world.ids["list_again"] = _list_again(officer, town).pk
    world.ids["list_unreadable"] = _list(officer, "photo.xlsx", b"no table at all").pk


def _reorganised(world: World) -> None:
    """A small union was merged into another; one with departments stands there to be reorganised."""
    officer, town = world.users["officer"], Union.objects.get(name=cast.TOWN)
    level = Union.Level.GRASSROOTS
    old = tree.found("老印刷厂工会", parent=town, level=level, by=officer)
    tree.found("老印刷厂装订分会", parent=old, level=Union.Level.BRANCH, by=officer)
    tree.appoint(world.users["elder"], union=old, role="chair")
    into = Union.objects.get_children(town).filter(level=level).exclude(pk=old.pk).earliest("path")
    for role in ("system", "security", "audit"):
        world.users[role] = User.objects.create_user(f"199000{len(role):03}88", name="管理员")
        tree.appoint(world.users[role], union=Union.objects.get(depth=1), role=role)
    deed = roll.merge_unions(
        old, into=into, by=officer, reason="两家厂合并了，会员大会 11 月 18 日通过"
    )
    below = tree.appoint(world.users["elder"], union=into, role="officer")
    there = Membership.objects.filter(left_on=None, union__path__startswith=town.path)
    busy = there.exclude(department="").exclude(union=town).latest("pk").union_id
    world.ids |= {"closed_id": old.pk, "deed_id": deed.pk, "below_id": busy}
    world.ids["below_office"] = below.pk


def _questions(world: World) -> BankImport:
    """The dirty bank, taken in as far as it goes."""
    content = shared_file("questions_dirty.xlsx").read_bytes()
    town = Union.objects.get(name=cast.TOWN)
    return quiz.import_questions(
        content,
        name="questions_dirty.xlsx",
        union=town,
        bank_name="脏题库",
        by=world.users["officer"],
    )


LIST = "工会名称,上级工会,组织级别,统一社会信用代码,职工人数\n"


def _list(officer: User, name: str, content: bytes) -> ListImport:
    sent = tree.receive_list(content, name=name, by=officer)
    tree.check_list(sent.pk)
    sent.refresh_from_db()
    return sent


def _list_again(officer: User, town: Union) -> ListImport:
    """A list that comes again: one union is renamed, one stands elsewhere, one is wrong, most are left out."""
    coded = Union.objects.get_children(town).exclude(uscc="").order_by("path")
    renamed, moved = coded[0], coded[1]
    rows = [
        f"新{renamed.name},{town.name},3,{renamed.uscc},321",
        f"{moved.name},新{renamed.name},3,{moved.uscc},20",
        "八号厂工会,没有的工会,3,,",
    ]
    return _list(officer, "next-year.csv", (LIST + "\n".join(rows) + "\n").encode())


def _next_year(world: World) -> RollImport:
    """A roll that comes again: somebody changed, the others are not in it; taken in."""
    officer, town = world.users["officer"], Union.objects.get(name=cast.TOWN)
    staying = Membership.objects.filter(left_on=None, union__path__startswith=town.path)
    one = staying.select_related("member", "union").latest("pk")
    cells = (one.member.name, one.member.id_number, one.union.name, "19900005555", "新部门")
    table = "姓名,证件号码,所属工会,手机号码,部门\n" + ",".join(cells)
    again = _roll(world, "next-year.csv", table.encode())
    roll.confirm_roll(again, by=officer)
    while roll.take_in_next(again.pk):
        pass
    some = open_absences(again, officer).values_list("pk", flat=True)[:2]
    roll.decide_absent(again, why="keep", by=officer, only=list(some), note="产假")
    to = Union.objects.filter(path__startswith=town.path, level=Union.Level.GRASSROOTS)
    asked = roll.ask_transfer(
        one.member, union=to.exclude(pk=one.union_id).earliest("pk"), by=officer
    )
    world.ids["request_id"] = asked.pk
    return again


def _roll(world: World, name: str, content: bytes) -> RollImport:
    """Sent in and checked."""
    town = Union.objects.get(name=cast.TOWN)
    sent = roll.receive_roll(content, name=name, union=town, by=world.users["officer"])
    roll.check_roll(sent.pk)
    sent.refresh_from_db()
    return sent


def _corrections(world: World) -> None:
    """One that waits for her union, one that waits for her, and somebody who says that she is on a roll."""
    member, officer = world.member("member"), world.users["officer"]
    asked = a_correction(member, officer=officer)
    back = corrections.ask_correction(
        member,
        what="name",
        said={"name": "苏驚蛰"},
        by=world.users["member"],
        text="证件上是这个字",
    )
    corrections.send_back(back, by=officer, text="请拍一张证件，看清楚是哪个字。")
    said = {"name": "谷小满", "id_kind": "resident", "id_number": "990000199005200018"}
    found = corrections.ask_to_be_found(
        world.users["clerk"], union=Union.objects.get(name=cast.TOWN), said=said
    )
    world.ids |= {
        "case_id": asked.case_id,
        "case_back": back.case_id,
        "case_who": found.case_id,
        "file_id": CaseFile.objects.get(case=asked.case).pk,
    }


def _enrolment(world: World) -> None:
    """A courier who waits, somebody who has to add something, and a transfer that waits for the new union."""
    said = {"name": "于立冬", "id_kind": "resident", "id_number": "990000199005200018"}
    town = Union.objects.get(name=cast.TOWN)
    back = enrolment.apply_to_join(
        world.users["manager"], union=town, situation="none", employer="云杉面包坊", said=said
    )
    enrolment.send_back(back, by=world.users["officer"], text="证件上的名字看不清，请再写一遍。")
    transfer = enrolment.ask_transfer(
        world.member("stranger"),
        union=Union.objects.get(name=cast.PLANT),
        by=world.users["stranger"],
    )
    world.ids |= {
        "application_id": Application.objects.earliest("pk").pk,
        "application_back": back.pk,
        "change_id": transfer.pk,
    }


def _exported(world: World) -> None:
    """Lists that were taken along: written, waiting, broken, gone, and one that she may not have any more."""
    becomes: dict[str, dict[str, str]] = {
        "export_id": {},
        "export_waiting": {},
        "export_failed": {"state": "failed", "problem": "not_allowed"},
        "export_broken": {"state": "failed", "problem": "failed"},
        "export_expired": {"state": "expired"},
    }
    for name, columns in becomes.items():
        export = _export(world.users["officer"])
        if name == "export_id":
            exports.write(export.pk, LISTS, scope_of, who_asked)
        elif columns:
            Export.objects.filter(pk=export.pk).update(**columns)
        world.ids[name] = export.pk


def _export(officer: User) -> Export:
    listed = LISTS["members.roll"]
    return exports.ask_for(
        listed,
        listed.find(officer, {}),
        by=officer,
        filters={},
        columns=["name", "union"],
        purpose="activity",
        file_format="xlsx",
    )
