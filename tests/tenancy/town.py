"""Four unions and everybody who may ask: what the tenant matrix is held against.

    the city ── the group (parent) ┬ plant 7 (own) ── its workshop (child)
                                   └ harbour 2 (sibling)

Two kinds of canaries tell whose a thing is wherever it turns up. Every text that somebody typed bears the
union's *word*, which nobody can guess. Every row has a *number* of eight digits: each table counts from a start of
its own and each union's rows are made in one go, so that a number says of which table and of which union it is.
"""

from __future__ import annotations

import datetime as dt
import re
import secrets
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.db import connection
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Concat

from tests.people import a_login, a_member, a_phone
from tests.tenancy.canaries import sign_texts
from tests.world import SPARE, World, a_world, paper_of
from unionhall.base.chinese_ids import made_up_id
from unionhall.domain.quiz.models import QuestionVersion
from unionhall.domain.welfare import actions as welfare
from unionhall.people.accounts.models import User
from unionhall.people.members import actions as roll
from unionhall.people.members.models import BulkDeed, Member, Membership, RollImport
from unionhall.people.programs import actions as programs
from unionhall.people.programs.models import ProgramKey
from unionhall.people.unions import actions as tree
from unionhall.people.unions.models import Office, Union
from unionhall.people.unions.rules.roles import ADMINISTRATORS
from unionhall.people.webhooks.models import Event

OWN, SIBLING, CHILD, PARENT = UNIONS = ("own", "sibling", "child", "parent")
FIRST, ROOM = 31_000_000, 100_000  # no date looks like these; so many numbers each table has
NOBODYS = ROOM - 1  # the last number of a table is never given
NUMBER = re.compile(r"(?<!\d)3[1-9]\d{6}(?!\d)")
SHARED = {"unions_union", "auth_permission"}  # the tree is no secret


@dataclass
class Numbers:
    """Which table and which union a number belongs to."""

    tables: list[str]
    ends: dict[str, dict[str, int]] = field(default_factory=dict)  # union -> table -> next number

    @classmethod
    def laid_out(cls) -> Numbers:
        """Every table counts from a start of its own from now on."""
        tables = []
        with connection.cursor() as cursor:
            for model in apps.get_models():
                key = model._meta.pk
                if key is None or not key.get_internal_type().endswith("AutoField"):
                    continue
                cursor.execute(
                    "SELECT pg_get_serial_sequence(%s, %s)", [model._meta.db_table, key.column]
                )
                ((sequence,),) = cursor.fetchall()
                if sequence:
                    cursor.execute(
                        f"ALTER SEQUENCE {sequence} RESTART WITH {FIRST + len(tables) * ROOM}"
                    )
                    tables.append(model._meta.db_table)
        return cls(tables)

    def close(self, union: str) -> None:
        """What was made since the last call is this union's."""
        ends = {}
        with connection.cursor() as cursor:
            for nth, table in enumerate(self.tables):
                cursor.execute(
                    f'SELECT coalesce(max(id), %s) + 1 FROM "{table}"', [FIRST + nth * ROOM - 1]
                )
                ((ends[table],),) = cursor.fetchall()
        self.ends[union] = ends

    def starts(self) -> dict[str, int]:
        """Of each table, the first number of what was made since the last call of ``close``."""
        return next(reversed(self.ends.values()))

    def table(self, number: int) -> str:
        nth = (number - FIRST) // ROOM
        return self.tables[nth] if 0 <= nth < len(self.tables) else ""

    def owner(self, number: int) -> str:
        """The union whose row it is; ``""`` of nobody's."""
        table = self.table(number)
        if not table:
            return ""
        unions = list(self.ends)
        nth = bisect_right([self.ends[one][table] for one in unions], number)
        return unions[nth] if nth < len(unions) else ""

    def same_of(self, number: int, union: str) -> int | None:
        """The row of ``union`` that stands where this one stands in its own; ``None`` without one."""
        table, unions = self.table(number), list(self.ends)
        starts = [
            FIRST + self.tables.index(table) * ROOM,
            *(self.ends[one][table] for one in unions),
        ]
        here, there = unions.index(self.owner(number)), unions.index(union)
        size = starts[there + 1] - starts[there]
        return starts[there] + min(number - starts[here], size - 1) if size else None

    def nobodys(self, number: int) -> int:
        """A number of the same table that never was."""
        return number - (number - FIRST) % ROOM + NOBODYS


@dataclass
class Town:
    """The unions, their words and numbers, and who asks: logins and keys by name."""

    numbers: Numbers
    words: dict[str, str] = field(default_factory=dict)
    worlds: dict[str, World] = field(default_factory=dict)
    logins: dict[str, User] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)

    @cached_property
    def word(self) -> re.Pattern[str]:
        return re.compile("|".join(self.words.values()))

    @cached_property
    def union_of(self) -> dict[str, str]:
        return {word: union for union, word in self.words.items()}

    def same_of(self, number: int, union: str) -> int | None:
        """The row of ``union`` that stands where ``number`` stands in its own; ``None`` without one."""
        places = {world.union.pk for world in self.worlds.values()}
        if number in places:
            return self.worlds[union].union.pk
        return self.numbers.same_of(number, union) if self.numbers.owner(number) else None

    def shown_in(self, text: str) -> dict[str, str]:
        """The unions of which something stands in ``text`` -> what."""
        found = {self.union_of[word]: word for word in self.word.findall(text)}
        for number in set(NUMBER.findall(text)):
            owner = self.numbers.owner(int(number))
            if owner and self.numbers.table(int(number)) not in SHARED:
                found.setdefault(owner, f"{self.numbers.table(int(number))} {number}")
        return found


def a_town() -> Town:
    """Built in one go; takes some seconds, for files are read in processes of their own."""
    town = Town(Numbers.laid_out())
    city = tree.found("云桥市总工会", parent=None, level=Union.Level.DISTRICT)
    found = {PARENT: tree.found("云桥集团工会", parent=city, level=Union.Level.GRASSROOTS)}
    found[OWN] = tree.found("七号厂工会", parent=found[PARENT], level=Union.Level.GRASSROOTS)
    found[SIBLING] = tree.found("二号港工会", parent=found[PARENT], level=Union.Level.GRASSROOTS)
    found[CHILD] = tree.found("七号厂一车间分会", parent=found[OWN], level=Union.Level.BRANCH)
    town.logins |= {"eve": a_login("于冬至"), "stranger": a_login("无名氏")}
    User.objects.filter(pk=town.logins["eve"].pk).update(is_staff=True)
    town.logins["eve"].refresh_from_db()
    a_member("无名氏", city, user=town.logins["stranger"])
    for role in ADMINISTRATORS:
        town.logins[role] = a_login("管理员")
        tree.appoint(town.logins[role], union=city, role=role)
    town.numbers.close("")
    for name in UNIONS:
        settle(town, name, found[name])
    losing_rights(town)
    return town


def settle(town: Town, name: str, union: Union) -> World:
    """A union's life, and those of the cast who are its people."""
    word = town.words[name] = a_word()
    officer, user, clerk = (a_login(f"{word}{role}") for role in ("干事", "会员", "店员"))
    tree.appoint(officer, union=union, role=Office.Role.OFFICER)
    member = a_member(f"{word}会员", union, user=user)
    a_member(f"{word}同事", union)
    Union.objects.filter(pk=union.pk).update(
        employer=f"{word}厂", chair=f"{word}主席", remark=f"{word}备注", ownership=f"{word}制"
    )
    Membership.objects.filter(union=union).update(department=f"{word}部")
    Member.objects.filter(pk=member.pk).update(education=f"{word}"[:20], ethnicity=f"{word}"[:20])
    world = a_world(union, officer=officer, member=member, clerk=user_phone(clerk), word=word)
    QuestionVersion.objects.filter(question__bank__union=union).update(
        stem=Concat(Value(word), F("stem")), explanation=word
    )
    absent = absent_from_a_roll(world, word)
    town.worlds[name] = world
    town.logins |= {f"{name} officer": officer, f"{name} member": user, f"{name} manager": clerk}
    town.keys[f"{name} key"] = world.key
    world.ids = ids(world) | {
        "absent_roll_id": absent.pk,
        "absence_ids": list(absent.absences.values_list("pk", flat=True)),
    }
    sign_texts(word, town.numbers.starts())
    town.numbers.close(name)
    return world


def live_again(union: Union, officer: User) -> None:
    """A second life beside the first, by which other unions must notice nothing."""
    word, user = a_word(), a_login("第二个")
    member = a_member(f"{word}会员", union, user=user)
    a_world(union, officer=officer, member=member, clerk=a_phone(), word=word)


def a_word() -> str:
    """Five characters, so that it may stand in a name; nobody guesses it."""
    return "".join(chr(0x4E00 + secrets.randbelow(0x9FA5 - 0x4E00)) for _nth in range(5))


def user_phone(user: User) -> str:
    assert user.phone is not None
    return user.phone


def absent_from_a_roll(world: World, word: str) -> RollImport:
    """A roll that was taken in and does not name her; the push that waits is checked on the way."""
    number = made_up_id(born=dt.date(1991, 2, 3), sequence=int(a_phone()[-3:]) % 999)
    table = f"姓名,证件号码,手机号码,所属工会,部门\n{word}新人,{number},{a_phone()},{world.union.name},{word}部\n"
    sent = roll.receive_roll(
        table.encode(), name=f"{word}名册.csv", union=world.union, by=world.officer,
        as_of=dt.date(2026, 11, 20),
    )  # fmt: skip
    roll.check_waiting_rolls()
    sent.refresh_from_db()
    roll.confirm_roll(sent, by=world.officer)
    roll.take_in_confirmed_rolls()
    sent.refresh_from_db()
    return sent


def losing_rights(town: Town) -> None:
    """People of ours who have lost what they had; the matrix lets them ask once before, see ``lose``."""
    ours, word = town.worlds[OWN], town.words[OWN]
    for name in ("auditor", "ended", "disabled", "left", "stopped", "clerk", "dismissed"):
        town.logins[name] = a_login("从前的人")  # on her own page stands nothing but her own
    tree.appoint(town.logins["auditor"], union=ours.union, role=Office.Role.AUDITOR)
    for name in ("ended", "disabled"):
        tree.appoint(town.logins[name], union=ours.union, role=Office.Role.OFFICER)
    for name in ("left", "stopped"):
        a_member("从前的人", ours.union, user=town.logins[name])
    for name in ("clerk", "dismissed"):
        welfare.appoint_clerk(
            user_phone(town.logins[name]), merchant=ours.merchant, by=ours.officer, till=f"{word}台"
        )
    _key, town.keys["revoked key"] = programs.issue_key(
        ours.union, name=f"{word}旧系统", by=ours.officer, scopes=list(ProgramKey.Scope)
    )


def lose(town: Town) -> None:
    """Take the rights away; the sessions stay as they are."""
    ours = town.worlds[OWN]
    tree.dismiss(town.logins["ended"].offices.get(), by=ours.officer)
    welfare.dismiss_clerk(town.logins["dismissed"].clerks.get(), by=ours.officer)
    for name in ("disabled", "stopped"):
        User.objects.filter(pk=town.logins[name].pk).update(is_active=False)
    roll.leave(
        Member.objects.get(user=town.logins["left"]), by=ours.officer, why=Membership.Why.RESIGNED
    )
    key = ProgramKey.objects.filter(union=ours.union).latest("pk")
    programs.revoke_key(key, by=ours.officer)


def ids(world: World) -> dict[str, object]:
    """What stands for each parameter of a route in this union."""
    return {
        "union_id": world.union.pk, "office_id": world.officer.offices.get().pk, "member_id": world.member.pk,
        "lesson_id": world.lesson.pk, "bank_id": world.bank.pk, "question_id": first(world.bank.questions),
        "contest_id": world.contest.pk, "attempt_id": world.attempt.pk, "position": 1, "review_id": world.review.pk,
        "claim_id": world.attempt.prize_id, "merchant_id": world.merchant.pk, "clerk_id": world.clerk.pk,
        "redemption_id": world.redemption.pk, "series_id": world.series.pk, "phase_id": world.phase.pk,
        "message_id": world.message.pk, "roll_id": world.roll_import.pk, "import_id": world.roll_import.pk,
        "request_id": world.transfer.pk, "key_id": ProgramKey.objects.get(union=world.union, name=SPARE).pk,
        "list_id": world.union_list.pk, "bank_import_id": world.bank_import.pk, "nth": 1, "kind": "sms",
        "field": "phone", "device": "0123456789abcdef0123", "door_name": "wechat", "export_id": world.export.pk, "list_name": "members.roll",
        "passkey_id": first(Authenticator.objects.filter(user=world.officer, type="webauthn")),
        "receiver_id": first(world.union.receivers), "event_id": first(Event.objects.filter(receiver__union=world.union)),
        "identity_id": first(world.member.user.identities), "offer_id": world.giveaway.pk, "draft_id": world.draft.pk, "copy_id": first(world.member.user.copies),
        "draft_phase_id": first(world.draft.phases), "deed_id": world.reorganisation.pk, "filter_id": first(world.officer.member_filters),
        "thing_kind": "member", "thing_id": world.member.pk, "user_id": world.officer.pk,
        "bulk_id": first(BulkDeed.objects.filter(by=world.officer)),
        "login_id": world.officer.pk,
        "case_id": world.correction.case_id, "file_id": paper_of(world).pk, "what": "name", "officer_id": world.officer.pk,
        "application_id": world.application.pk, "change_id": world.change.pk, "situation": "courier", "into_id": world.union.pk,
        "application_ids": [world.application.pk],
    }  # fmt: skip


def others(known: Mapping[str, object]) -> dict[str, object]:
    """Second rows of some tables, in another state of their lives: a draft, a roll that was taken in."""
    return {
        **known, "series_id": known["draft_id"], "phase_id": known["draft_phase_id"],
        "roll_id": known["absent_roll_id"],
    }  # fmt: skip


def first(rows: QuerySet[Any]) -> int:
    return rows.order_by("pk").values_list("pk", flat=True)[0]
