"""One union's whole life in one call: a lecture published, watched, answered, won, redeemed, asked about.

Every text that somebody of the union typed bears ``word``, so that a test can look for it where it must not be.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from dataclasses import dataclass, field

from django.conf import settings
from django.core.files.base import ContentFile
from django.utils import timezone

from tests.passkey import Passkey
from unionhall.base.chinese_ids import made_up_id
from unionhall.base.clock import now_in_database
from unionhall.base.encryption import blind_index
from unionhall.base.exports import actions as exports
from unionhall.base.exports.models import Export
from unionhall.domain.corrections import actions as corrections
from unionhall.domain.corrections.models import Correction
from unionhall.domain.enrolment import actions as enrolment
from unionhall.domain.enrolment.models import Application
from unionhall.domain.enrolment.stages import JOINING
from unionhall.domain.learning import actions as learning
from unionhall.domain.learning.models import Lesson
from unionhall.domain.lectures import actions as lectures
from unionhall.domain.lectures.forms import MOMENT, new_draft, terms_of
from unionhall.domain.lectures.models import Phase, Series
from unionhall.domain.quiz import actions as quiz
from unionhall.domain.quiz.models import (
    Attempt,
    Bank,
    BankImport,
    Contest,
    QuestionVersion,
    Review,
)
from unionhall.domain.welfare import actions as welfare
from unionhall.domain.welfare.models import Clerk, Merchant, Redemption, VoucherOffer
from unionhall.kernel.audience.rules import Audience
from unionhall.kernel.casework import actions as casework
from unionhall.kernel.casework.models import Case, CaseFile
from unionhall.kernel.notify.models import Message
from unionhall.people.accounts import actions as accounts
from unionhall.people.accounts.login import Outsider
from unionhall.people.accounts.models import IDENTITY, User
from unionhall.people.members import actions as roll
from unionhall.people.members.models import (
    ID_NUMBER,
    BulkDeed,
    Member,
    Reorganisation,
    RollImport,
    TransferRequest,
)
from unionhall.people.members.rules import Conditions
from unionhall.people.personal import actions as personal
from unionhall.people.programs import actions as programs
from unionhall.people.programs.models import ProgramKey
from unionhall.people.unions import actions as tree
from unionhall.people.unions.models import ListImport, Union
from unionhall.people.webhooks.models import Event, Receiver
from unionhall.people.webhooks.rules import new_secret
from unionhall.site.bulk_deeds import carry_out_bulk_deeds
from unionhall.site.export_lists import LISTS, scope_of, who_asked

SPARE = "备用的系统"  # its key may be revoked by whoever may, and the other still works
QUESTIONS = settings.ROOT / "demo/data/questions_safety.xlsx"


@dataclass
class World:
    """What one union has."""

    union: Union
    officer: User
    member: Member
    lesson: Lesson
    bank: Bank
    merchant: Merchant
    clerk: Clerk
    draft: Series
    series: Series
    phase: Phase
    contest: Contest
    attempt: Attempt
    redemption: Redemption
    giveaway: VoucherOffer
    review: Review
    message: Message
    roll_import: RollImport
    union_list: ListImport
    bank_import: BankImport
    transfer: TransferRequest
    reorganisation: Reorganisation
    correction: Correction
    application: Application
    change: Case
    export: Export
    key: str  # the secret of a program
    ids: dict[str, object] = field(default_factory=dict)  # of a route's parameters, once asked for


def a_world(union: Union, *, officer: User, member: Member, clerk: str, word: str = "") -> World:
    """Everything of ``union``: made by its ``officer``, lived by its ``member``, redeemed by the phone ``clerk``."""
    ways_in(officer, member, word)
    lesson = learning.publish_lesson(
        union=union,
        title=f"{word}用气安全",
        speaker=f"{word}讲师",
        script=f"# {word}\n\n关阀门。",
        by=officer,
    )
    bank = a_bank(union, officer, name=f"{word}题库")
    merchant = welfare.register_merchant(
        union=union, name=f"{word}面包坊", address=f"{word}路 8 号", phone="", by=officer
    )
    till = welfare.appoint_clerk(
        clerk, merchant=merchant, by=officer, till=f"{word}台", is_manager=True
    )
    series = a_lecture(
        union, officer=officer, lesson=lesson, bank=bank, merchant=merchant, word=word
    )
    draft = lectures.copy_series(series, by=officer)
    phase = Phase.objects.select_related("contest").get(series=series)
    attempt = a_full_score(phase.contest, member)
    redemption = welfare.redeem_voucher(attempt.prize.number, clerk=till)
    giveaway = a_giveaway(union, officer=officer, merchant=merchant, word=word)
    review = quiz.ask_review(attempt, text=f"{word}我觉得时间不对")
    key, secret = programs.issue_key(
        union, name=f"{word}系统", by=officer, scopes=list(ProgramKey.Scope)
    )
    programs.issue_key(union, name=SPARE, by=officer)
    a_receiver(union, officer=officer, word=word)
    if member.user:
        subject = f"of {member.pk}"
        known_by = blind_index(subject, purpose=IDENTITY)
        member.user.identities.create(
            door="wechat", issuer="wechat", subject=subject, subject_index=known_by
        )
    sent = a_push(union, officer=officer, key=key, word=word)
    table = f"工会名称,上级工会,组织级别\n{word}分会,{union.name},分会\n"
    union_list = tree.receive_list(table.encode(), name=f"{word}台账.csv", by=officer)
    tree.check_list(union_list.pk)
    questions = quiz.receive_bank(
        f"{word}的题{{T}}\n\n{word}少一半{{=".encode(),
        name=f"{word}题.txt",
        union=union,
        bank_name=f"{word}新题",
        by=officer,
    )
    quiz.check_waiting_banks()
    said = {"q": f"{word}会员", "standing": "current"}
    roll.save_filter(union, by=officer, name=f"{word}常用", said=said, shared=True)
    a_bulk_deed(union, officer=officer, member=member, word=word)
    above = Union.objects.get_parent(union)
    asked = roll.ask_transfer(member, union=above, by=officer)
    split = roll.split_union(
        union,
        name=f"{union.name}新分会 {Union.objects.count()}",
        departments=[f"{word}没有的部门"],
        by=officer,
        reason=f"{word}批复",
    )
    if member.user:
        a_copy(member.user)
    correction = a_correction(member, officer=officer, word=word)
    application = an_application(member, word=word)
    change = enrolment.ask_retirement(member, by=officer, text=f"{word}退休")
    return World(
        union, officer, member, lesson, bank, merchant, till, draft, series, phase, phase.contest, attempt, redemption, giveaway,
        review, Message.objects.filter(member=member).latest("pk"), sent, union_list, questions, asked, split, correction, application, change, an_export(officer), secret,
    )  # fmt: skip


def a_bulk_deed(union: Union, *, officer: User, member: Member, word: str) -> BulkDeed:
    """All who have her name have another department now, which bears the word."""
    hers = Conditions(query=member.name)
    bulk = roll.choose_people(union, hers, by=officer, told=f"{word}全部")
    roll.order_bulk(bulk, by=officer, deed=BulkDeed.Deed.DEPARTMENT, words=f"{word}部")
    carry_out_bulk_deeds()
    return bulk


def ways_in(officer: User, member: Member, word: str) -> None:
    """A passkey of the officer, a WeChat of the member."""
    site = accounts.Site("testserver", "http://testserver")
    asked, state = accounts.ask_to_make(officer, site)
    made = json.loads(Passkey().made(asked))
    accounts.keep_passkey(officer, made, state=state, site=site, name=f"{word}的电脑")
    if member.user:
        who = Outsider("wechat", "open.weixin.qq.com", f"of {member.pk}", name=f"{word}微信")
        accounts.bind(member.user, who)


def a_correction(member: Member, *, officer: User, word: str = "") -> Correction:
    """She says that her department is another one, with a paper; her union's officer noted something."""
    assert member.user is not None, "has a login"
    asked = corrections.ask_correction(
        member,
        what="department",
        said={"department": f"{word}总装"},
        by=member.user,
        text=f"{word}上月调的",
    )
    paper = casework.Paper(ContentFile(b"%PDF-1.4"), f"{word}调令.pdf", "application/pdf")
    casework.add_note(asked.case, text=f"{word}调令", by=member.user, papers=[paper], is_shown=True)
    casework.add_note(asked.case, text=f"{word}问过车间", by=officer)
    return asked


def an_application(member: Member, *, word: str = "") -> Application:
    """As if she had asked to join before she was entered by a roll: nobody has answered it."""
    union = Union.objects.get(memberships__member=member, memberships__left_on=None)
    assert member.user is not None, "has a login"
    title = f"{word}{member.name}申请入会"
    case = casework.open_case(
        JOINING, title=title, union=union, by=member.user, applicant=member.user
    )
    number = made_up_id(born=dt.date(1989, 7, 7), sequence=member.pk % 1000)
    return Application.objects.create(
        case=case,
        situation=Application.Situation.UNION,
        employer=f"{word}厂",
        name=f"{word}{member.name}",
        id_kind=member.id_kind,
        id_number=number,
        id_index=blind_index(number, purpose=ID_NUMBER),
    )


def paper_of(world: World) -> CaseFile:
    """The one paper of her correction."""
    return CaseFile.objects.get(case=world.correction.case)


def a_push(union: Union, *, officer: User, key: ProgramKey, word: str) -> RollImport:
    """A roll that a program sent, and that waits to be checked."""
    sent = roll.open_push(union, name=word, by=officer, as_of=dt.date(2026, 11, 20), key=key)
    person = {"姓名": "谷小满", "证件号码": "1", "所属工会": union.name, "部门": word}
    roll.add_page(sent, number=1, rows=[person])
    return roll.finish_push(sent, pages=1)


def a_receiver(union: Union, *, officer: User, word: str) -> Receiver:
    """A partner's system, and an event that it did not hear; its address is of those that are nobody's (RFC 5737)."""
    receiver = Receiver.objects.create(
        union=union, name=f"{word}平台", url="https://192.0.2.1/", kinds=["welfare.voucher_redeemed"],
        secret=new_secret(), after_entry=0, issued_by=officer,
    )  # fmt: skip
    now = now_in_database()
    event = Event.objects.create(
        receiver=receiver, entry_id=1, kind="welfare.voucher_redeemed", body="{}", key=uuid.uuid4(),
        state=Event.State.GIVEN_UP, due_at=now, settled_at=now, tries=10,
    )  # fmt: skip
    event.attempts.create(at=now, status=0, problem="ConnectTimeout", ms=8000)
    return receiver


def a_copy(user: User) -> None:
    """Of what is held of her, written and not yet fetched."""
    copy = personal.ask_copy(user)
    personal.write_copy(copy.pk, lambda one: f"PK {one}".encode())


def an_export(officer: User) -> Export:
    """Her roll, written and not yet fetched."""
    listed = LISTS["members.roll"]
    export = exports.ask_for(
        listed,
        listed.find(officer, {}),
        by=officer,
        filters={},
        columns=["name", "union"],
        purpose="activity",
        file_format="csv",
    )
    exports.write(export.pk, LISTS, scope_of, who_asked)
    return export


def a_bank(union: Union, officer: User, *, name: str = "题库") -> Bank:
    quiz.import_questions(
        QUESTIONS.read_bytes(),
        name=QUESTIONS.name,
        union=union,
        bank_name=name,
        by=officer,
    )
    return Bank.objects.get(union=union, name=name)


def a_lecture(
    union: Union,
    *,
    officer: User,
    lesson: Lesson,
    bank: Bank,
    merchant: Merchant,
    word: str = "",
    **sentence: str,
) -> Series:
    """A published series of one phase, open now; ``sentence`` overrides words of its draft."""
    now = timezone.localtime(now_in_database())
    draft = new_draft(union, now) | {
        "title": f"{word}第一期", "lesson": str(lesson.pk), "bank": str(bank.pk), "merchant": str(merchant.pk),
        "prize_title": f"{word}蛋糕券", "face_value": "80",
        "opens_at": (now - dt.timedelta(minutes=5)).strftime(MOMENT), "closes_at": (now + dt.timedelta(days=5)).strftime(MOMENT),
    } | sentence  # fmt: skip
    series = lectures.compose(union, by=officer, draft=draft)
    phases = {phase.pk: draft for phase in series.phases.all()}
    series = lectures.save_draft(series, fields={"title": f"{word}大讲堂"}, phases=phases)
    return lectures.publish(series, read=terms_of, by=officer)


def a_giveaway(
    union: Union, *, officer: User, merchant: Merchant, word: str = "", **terms: object
) -> VoucherOffer:
    """Ten vouchers for the members of ``union``, to be claimed from five minutes ago on; ``terms`` overrides."""
    now = now_in_database()
    usual = {
        "title": f"{word}电影券", "face_value": 4500, "terms": f"{word}任意场次", "capacity": 10, "valid_days": 30,
        "opens_at": now - dt.timedelta(minutes=5), "closes_at": now + dt.timedelta(days=5),
        "audience": Audience(under_union=union.pk),
    }  # fmt: skip
    return welfare.open_giveaway(by=officer, union=union, merchant=merchant, **(usual | terms))


def a_full_score(contest: Contest, member: Member) -> Attempt:
    """Admitted, started, every question answered right, handed in."""
    quiz.admit(contest, member, because="test")
    attempt = quiz.start_attempt(contest, member)
    for position, given in enumerate(right_answers(attempt), start=1):
        quiz.save_answer(attempt, position, given, seq=0)
    quiz.hand_in(attempt)
    return Attempt.objects.select_related("prize", "contest").get(pk=attempt.pk)


def right_answers(attempt: Attempt) -> list[list[str]]:
    """What to give to each question of this paper, in the letters that are shown on it."""
    versions = QuestionVersion.objects.in_bulk(
        [version for version, _order, _points in attempt.paper]
    )
    return [_right(versions[version], order) for version, order, _points in attempt.paper]


def _right(version: QuestionVersion, order: list[int]) -> list[str]:
    if version.kind == QuestionVersion.Kind.JUDGE:
        return [str(version.answer[0]).lower()]
    if version.kind == QuestionVersion.Kind.FILL:
        return [accepted[0] for accepted in version.answer]
    right = {"ABCDEFGH".index(letter) for letter in version.answer}
    return ["ABCDEFGH"[shown] for shown, option in enumerate(order) if option in right]
