"""Load the demonstration: a district from real-shaped files, and a lecture hall in two phases."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from unionhall.base.chinese_ids import made_up_id
from unionhall.base.clock import now_in_database
from unionhall.domain.corrections import actions as corrections
from unionhall.domain.enrolment import actions as enrolment
from unionhall.domain.enrolment.models import Application
from unionhall.domain.learning import actions as learning
from unionhall.domain.learning.models import Lesson
from unionhall.domain.lectures import actions as lectures
from unionhall.domain.lectures.forms import MOMENT, new_draft, terms_of
from unionhall.domain.lectures.models import Phase
from unionhall.domain.quiz import actions as quiz
from unionhall.domain.quiz.models import Bank
from unionhall.domain.welfare import actions as welfare
from unionhall.domain.welfare.models import Merchant
from unionhall.people.accounts import actions as accounts
from unionhall.people.accounts.models import Consent, User
from unionhall.people.members import actions as members
from unionhall.people.members.models import Member
from unionhall.people.members.queries import with_phone
from unionhall.people.unions import actions as unions
from unionhall.people.unions.models import Office, Union
from unionhall.site import cast

FILES = settings.ROOT / "demo/data"
ROLL, UNION_LIST = "roster_towns.xlsx", "unions.xlsx"
PAPERS = 12
Situation = Application.Situation
TODAY = dt.date(2026, 11, 20)  # the day the files speak of
LECTURES = [
    # title, speaker, files' stem, bank, prize, face value in cents, merchant
    (
        "冬季用气安全",
        "何立夏",
        "gas_safety",
        ("安全知识题库", "questions_safety.xlsx"),
        "蛋糕券",
        8000,
        "云杉面包坊",
    ),
    (
        "心里有事，怎么说",
        "苏芒种",
        "mind_health",
        ("心理健康题库", "questions_mind.xlsx"),
        "观影券",
        5000,
        "星河影院",
    ),
]


def is_loaded() -> bool:
    """Whether there is a federation already."""
    return Union.objects.exists()


@transaction.atomic
def load() -> None:
    """All of it or nothing: a start that was killed begins anew."""
    unions.take_in_file((FILES / UNION_LIST).read_bytes(), name=UNION_LIST)
    officer = _staff()
    _roll(officer)
    _members()
    _lecture_hall(officer)
    _matters(officer)


def _union(name: str) -> Union:
    return Union.objects.get(name=name)


def _staff() -> User:
    """Officers and the operator, with the second factor that the cast's page shows."""
    for part, union in (("officer", cast.TOWN), ("other_officer", cast.OTHER_TOWN)):
        unions.appoint(_login(part), union=_union(union), role=Office.Role.OFFICER)
    operator = _login("operator")
    User.objects.filter(pk=operator.pk).update(is_staff=True)
    return User.objects.with_phone(cast.player("officer").phone).get()


def _login(part: str) -> User:
    player = cast.player(part)
    user = User.objects.create_user(player.phone, name=player.name)
    if player.has_totp:
        accounts.enrol_totp_for_demo(user, cast.TOTP_SECRET)
    return user


def _roll(officer: User) -> None:
    """The towns' roll, by the same steps as on the desk."""
    roll = members.receive_roll(
        (FILES / ROLL).read_bytes(), name=ROLL, union=_union(cast.DISTRICT), by=None, as_of=TODAY
    )
    members.check_roll(roll.pk)
    roll.refresh_from_db()
    members.confirm_roll(roll, by=officer)
    while members.take_in_next(roll.pk):
        pass


def _members() -> None:
    parts = [
        ("member", cast.PLANT, 101),
        ("elder", cast.PLANT, 102),
        ("stranger", cast.OTHER_PLANT, 103),
    ]
    for part, union, sequence in parts:
        player = cast.player(part)
        born = dt.date(1958, 4, 5) if part == "elder" else dt.date(1990, 3, 5)
        members.admit(
            player.name,
            union=_union(union),
            id_kind=Member.IdKind.RESIDENT,
            id_number=made_up_id(born=born, sequence=sequence),
            phone=player.phone,
            born_on=born,
        )


def _lecture_hall(officer: User) -> None:
    town = _union(cast.TOWN)
    shops = _merchants(town, officer)
    series = lectures.compose(town, by=officer, draft=_draft(town, LECTURES[0], shops, officer))
    lectures.add_phase(series, by=officer)
    phases = list(series.phases.order_by("number"))
    drafts = {
        phase.pk: _draft(town, lecture, shops, officer)
        for phase, lecture in zip(phases, LECTURES, strict=True)
    }
    lectures.save_draft(series, fields={"title": "柳泉镇职工大讲堂"}, phases=drafts)
    series = lectures.publish(series, read=terms_of, by=officer)
    _papers(series.phases.select_related("series", "contest").get(number=2), officer)


def _papers(phase: Phase, officer: User) -> None:
    """Some took the second quiz on paper; the first is left to whoever tries the demonstration.

    Most of them agreed to stand on the list of winners, some did not.
    """
    roll = Member.objects.filter(memberships__union__name=cast.PLANT, memberships__left_on=None)
    people = roll.filter(user=None).exclude(phone=None).exclude(pk__in=_cast()).order_by("pk")
    for nth, member in enumerate(people[:PAPERS]):
        user = User.objects.create_user(str(member.phone), name=member.name)
        bound = members.bind_login(user)
        if bound is None:  # somebody else has the same number
            continue
        if nth % 4:
            accounts.give_consent(user, Consent.Kind.WINNERS)
        lectures.enter_on_paper(phase, member=bound, score=100 + nth * 3, by=officer)


def _cast() -> list[int]:
    """Members who sign in as new ones when somebody plays them."""
    found = (with_phone(one.phone).values_list("pk", flat=True) for one in cast.PLAYERS)
    return [pk for pks in found for pk in pks]


def _matters(officer: User) -> None:
    """Two who want to join, and a correction that was asked for at the desk: something for the officer to answer."""
    _login("newcomer")
    asking = (
        ("许立秋", "19900990011", cast.TOWN, Situation.NEW_FORM, "rider"),
        ("孟寒露", "19900990012", cast.PLANT, Situation.UNION, ""),
    )
    for nth, (name, phone, union, situation, occupation) in enumerate(asking):
        number = made_up_id(born=dt.date(1993, 8, 7), sequence=201 + nth)
        enrolment.apply_to_join(
            User.objects.create_user(phone, name=name),
            union=_union(union),
            situation=situation,
            occupation=occupation,
            said={"name": name, "id_kind": Member.IdKind.RESIDENT, "id_number": number},
        )
    (elder,) = with_phone(cast.player("elder").phone)
    corrections.ask_correction(
        elder, what="department", said={"department": "油漆车间"}, by=officer
    )


def _merchants(town: Union, officer: User) -> dict[str, Merchant]:
    bakery = welfare.register_merchant(
        union=town, name="云杉面包坊", address="柳泉镇柳溪路 8 号", phone="010-00001234", by=officer
    )
    cinema = welfare.register_merchant(
        union=town, name="星河影院", address="柳泉镇东桥街 1 号", phone="010-00005678", by=officer
    )
    for part, merchant, till in (
        ("clerk", bakery, "1 号台"),
        ("manager", bakery, "店长台"),
        ("cinema", cinema, "售票处"),
    ):
        welfare.appoint_clerk(
            _login(part).phone,
            merchant=merchant,
            by=officer,
            till=till,
            is_manager=part == "manager",
        )
    return {merchant.name: merchant for merchant in (bakery, cinema)}


def _draft(
    town: Union, lecture: tuple, shops: dict[str, Merchant], officer: User
) -> dict[str, str]:
    title, speaker, stem, (bank_name, bank_file), prize, cents, merchant = lecture
    now = timezone.localtime(now_in_database())
    return new_draft(town, now) | {
        "title": title,
        "lesson": str(_lesson(town, title, speaker, stem, officer).pk),
        "bank": str(_bank(town, bank_name, bank_file, officer).pk),
        "opens_at": (now - dt.timedelta(minutes=5)).strftime(MOMENT),
        "closes_at": (now + dt.timedelta(days=20)).strftime(MOMENT),
        "prize_title": prize,
        "face_value": str(cents // 100),
        "merchant": str(shops[merchant].pk),
    }


def _lesson(town: Union, title: str, speaker: str, stem: str, officer: User) -> Lesson:
    known = Lesson.objects.filter(union=town, title=title).first()
    return known or learning.publish_lesson(
        union=town,
        title=title,
        speaker=speaker,
        video=ContentFile((FILES / f"{stem}.mp4").read_bytes(), name=f"{stem}.mp4"),
        script=(FILES / f"{stem}.md").read_text(encoding="utf-8"),
        by=officer,
    )


def _bank(town: Union, name: str, file: str, officer: User) -> Bank:
    known = Bank.objects.filter(union=town, name=name).first()
    if known is None:
        content = (FILES / file).read_bytes()
        quiz.import_questions(
            content, name=file, union=town, bank_name=name, by=officer, as_of=TODAY
        )
    return known or Bank.objects.get(union=town, name=name)
