"""A city's federation with so many members, made by a few statements.

In proportion to its members: unions, logins, attempts, vouchers, redemptions, messages, imports,
transfers, lectures. One union's whole life (``tests.world``) lies in the midst of it, so that
every route of the site has an object to show. Made once a run, and kept until its server goes.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from django.db import connection
from django.utils import timezone

from bench._harness import MIGRATED, seconds
from tests.cast import a_login, a_member
from tests.world import World, a_world
from unionhall.base.encryption import seal
from unionhall.people.accounts.models import User
from unionhall.people.members.models import Member
from unionhall.people.unions import actions as tree
from unionhall.people.unions.models import Edge, Union

STREETS = 20  # below the top
PEOPLE_OF_A_UNION = 300
TWO_PAGES = 120  # that a list fills in every house, so that full pages are compared with full pages
MESSAGES_OF_ONE = 60  # hers are as many, however large the house
SECTIONS, HOLDINGS = "CGHI", ("state", "private", "foreign")  # of grassroots unions, in turn
FAMILY = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
TERMS = "立春 雨水 惊蛰 春分 清明 谷雨 立夏 小满 芒种 夏至 小暑 大暑 立秋 处暑 白露 秋分 寒露 霜降 立冬 小雪 大雪 冬至 小寒 大寒"
SEALED = {  # one for all: it is opened like any other
    "phone": ("19900000000", "members_member.phone"),
    "id_number": ("990000199005200018", "members_member.id_number"),
    "login": ("19900000000", "accounts_user.phone"),
    "context": ("{}", "notify_message.context"),
    "filters": ("{}", "exports_export.filters"),
    "review": ("请再看一遍。", "quiz_review.text"),
}

# Each takes what is in ``Crowd.given``. ``people`` numbers those that are made here, from 1.
STATEMENTS = (
    # Foreign keys come back at the end, checked by one look at all rows instead of one at each.
    "SET CONSTRAINTS ALL IMMEDIATE",
    """
    CREATE TEMP TABLE keys AS SELECT conrelid::regclass AS of_table, conname AS name,
        pg_get_constraintdef(oid) AS said FROM pg_constraint
        WHERE contype = 'f' AND connamespace = 'public'::regnamespace
    """,
    """
    DO $$ DECLARE key record; BEGIN FOR key IN SELECT * FROM keys LOOP
        EXECUTE format('ALTER TABLE %%s DROP CONSTRAINT %%I', key.of_table, key.name);
    END LOOP; END $$
    """,
    """
    CREATE TEMP TABLE nth_union AS SELECT row_number() OVER (ORDER BY path) - 1 AS nth, id
    FROM unions_union WHERE level >= 3
    """,
    """
    INSERT INTO members_member (id, name, id_kind, id_number, id_index, phone, phone_index,
        phone_tail_index, sex, born_on, ethnicity, education, skill_grade, front_line, employment)
    SELECT %(first)s + n, substr(%(family)s, 1 + n %% length(%(family)s), 1)
            || (%(terms)s::text[])[1 + (n / 7) %% 24]
            || CASE WHEN n %% 3 = 0 THEN substr(%(family)s, 1 + (n / 11) %% 32, 1) ELSE '' END,
        'resident', %(id_number)s, 'c:' || n, %(phone)s, 'c:' || n, 'c:' || n %% 10000,
        CASE n %% 2 WHEN 0 THEN 'f' ELSE 'm' END, date '1970-01-01' + n %% 12000, '汉族', '',
        CASE WHEN n %% 4 = 0 THEN 1 + n %% 8 END, n %% 3 = 0,
        CASE n %% 5 WHEN 0 THEN 'new_form' ELSE 'regular' END
    FROM generate_series(1, %(people)s) AS n
    """,
    """
    INSERT INTO members_membership (member_id, union_id, standing, department, joined_on)
    SELECT %(first)s + n, nth_union.id, CASE WHEN n %% 50 = 0 THEN 'retained' ELSE 'current' END,
        '车间' || n %% 9, date '2000-01-01' + n %% 9000
    FROM generate_series(1, %(people)s) AS n
    JOIN nth_union ON nth_union.nth = (n * 7919::bigint) %% %(unions)s
    """,
    """
    INSERT INTO accounts_user (id, password, is_superuser, name, phone, phone_index, is_active,
        is_staff, text_size, theme, language, more_time, created_at, session_round)
    SELECT %(first)s + n, '!', false, '', %(login)s, 'c:' || n, true, false, '', '', '', false, now(), 0
    FROM generate_series(1, %(people)s / 5) AS n
    """,
    "UPDATE members_member SET user_id = id WHERE id BETWEEN %(first)s + 1 AND %(first)s + %(people)s / 5",
    """
    INSERT INTO quiz_attempt (id, contest_id, member_id, nth, paper, state, started_at, due_at,
        handed_in_at, score, passed_as, prize_refusal, salt)
    SELECT %(first)s + n, %(contest)s, %(first)s + n, 1, '[]', 'handed_in', now() - interval '4 min',
        now() + interval '1 hour', now() - interval '3 min', 150 - n %% 2 * 150,
        CASE n %% 2 WHEN 0 THEN 1 + n / 2 END, CASE n %% 2 WHEN 0 THEN 'sold_out' ELSE '' END, 's'
    FROM generate_series(1, %(per_50)s) AS n
    """,
    """
    INSERT INTO allotment_claim (id, pool_id, family, member_id, place, state, number, claimed_at,
        used_at, used_by_id)
    SELECT %(first)s + n, %(pool)s, %(pool_family)s, %(first)s + n, 1 + n, 'used', 'c' || n,
        now() - interval '3 min', now(), %(clerk_user)s
    FROM generate_series(1, %(per_100)s) AS n
    """,
    """
    UPDATE quiz_attempt SET prize_id = %(first)s + (id - %(first)s) / 2, prize_refusal = ''
    WHERE id > %(first)s AND passed_as IS NOT NULL
    """,
    "UPDATE quiz_contest SET passed = 1 + %(per_100)s WHERE id = %(contest)s",
    """
    UPDATE allotment_pool SET capacity = 10 + %(per_100)s, taken = 1 + %(per_100)s,
        handed_out = 1 + %(per_100)s WHERE id = %(pool)s
    """,
    """
    INSERT INTO welfare_redemption (claim_id, merchant_id, clerk_id, at, undo_reason)
    SELECT %(first)s + n, %(merchant)s, %(clerk)s, now() - n * interval '7 min', ''
    FROM generate_series(1, %(per_100)s) AS n
    """,
    """
    INSERT INTO quiz_review (attempt_id, text, asked_at, due_at)
    SELECT %(first)s + n, %(review)s, now(), now() + interval '3 days'
    FROM generate_series(1, %(per_1000)s) AS n
    """,
    """
    INSERT INTO notify_message (member_id, topic, context, created_at, shown_at, read_at)
    SELECT CASE WHEN n <= %(hers)s THEN %(member)s ELSE %(first)s + n END,
        'lectures/not_started', %(context)s, now(), now() - n * interval '1 second', NULL
    FROM generate_series(1, %(people)s) AS n
    """,
    """
    INSERT INTO ledger_entry (action, subject_type, subject_id, by_id, union_id, detail)
    SELECT 'members.member_admitted', 'members.member', %(first)s + n, NULL, NULL, '{}'
    FROM generate_series(1, %(people)s) AS n
    """,
    """
    INSERT INTO members_transfer_request (member_id, from_union_id, to_union_id, department,
        asked_at, state, decided_at, reason, told)
    SELECT %(first)s + n, %(one)s, %(other)s, '', now(),
        CASE n %% 4 WHEN 0 THEN 'asked' ELSE 'agreed' END,
        CASE n %% 4 WHEN 0 THEN NULL ELSE now() END, '', ''
    FROM generate_series(1, %(per_100)s) AS n
    """,
    """
    INSERT INTO members_roll_import (union_id, by_id, file_name, fingerprint, as_of, state, problem,
        created_at, rows, next_place, counts, undone_because)
    SELECT %(one)s, %(officer)s, '名册 ' || n || '.xlsx', '', current_date, 'done', '', now(), 0, 0,
        '{}', ''
    FROM generate_series(1, %(per_200)s) AS n
    """,
    """
    INSERT INTO members_roll_row (roll_import_id, place, sheet, row, verdict, reason_codes,
        normalisations, warnings, effect)
    SELECT %(roll)s, 100 + n, '', n, 'accepted', '[]', '[]', '[]', 'unchanged'
    FROM generate_series(1, %(people)s / 20) AS n
    """,
    """
    INSERT INTO members_absence (roll_import_id, membership_id, decision, reason)
    SELECT %(roll)s, id, '', '' FROM members_membership WHERE member_id > %(first)s AND member_id %% 20 = 0
    """,
    """
    INSERT INTO exports_export (by_id, list_name, title, purpose, format, columns, filters,
        language, asked_at, rows, written, state, problem, turn, scope)
    SELECT %(officer)s, 'members.roll', '会员名册', 'gifts', 'xlsx', '[]', %(filters)s, 'zh-hans',
        now(), 1, 1, 'expired', '', 1, ''
    FROM generate_series(1, %(per_1000)s) AS n
    """,
    """
    INSERT INTO welfare_merchant (id, union_id, name, address, phone)
    SELECT %(first)s + n, %(one)s, '面包坊 ' || n, '云桥路', '' FROM generate_series(1, %(per_500)s) AS n
    """,
    """
    INSERT INTO learning_lesson SELECT (jsonb_populate_record(lesson,
        jsonb_build_object('id', %(first)s + n, 'title', '讲座 ' || n))).*
    FROM learning_lesson AS lesson, generate_series(1, %(per_1000)s) AS n WHERE lesson.id = %(lesson)s
    """,
    """
    INSERT INTO lectures_series SELECT (jsonb_populate_record(series,
        jsonb_build_object('id', %(first)s + n, 'title', '大讲堂 ' || n))).*
    FROM lectures_series AS series, generate_series(1, %(per_1000)s) AS n WHERE series.id = %(series)s
    """,
    """
    INSERT INTO allotment_pool SELECT (jsonb_populate_record(pool,
        jsonb_build_object('id', %(first)s + n, 'capacity', 80, 'taken', 0, 'handed_out', 0))).*
    FROM allotment_pool AS pool, generate_series(1, %(per_1000)s) AS n WHERE pool.id = %(pool)s
    """,
    """
    INSERT INTO welfare_voucher_offer SELECT (jsonb_populate_record(offer,
        jsonb_build_object('id', %(first)s + n, 'pool_id', %(first)s + n))).*
    FROM welfare_voucher_offer AS offer, generate_series(1, %(per_1000)s) AS n WHERE offer.id = %(offer)s
    """,
    """
    INSERT INTO quiz_contest SELECT (jsonb_populate_record(contest,
        jsonb_build_object('id', %(first)s + n, 'prizes_id', %(first)s + n, 'passed', 0, 'state', 'closed',
        'closes_at', now() - interval '1 year', 'closed_at', now() - interval '1 year'))).*
    FROM quiz_contest AS contest, generate_series(1, %(per_1000)s) AS n WHERE contest.id = %(contest)s
    """,
    """
    INSERT INTO lectures_phase SELECT (jsonb_populate_record(phase,
        jsonb_build_object('id', %(first)s + n, 'series_id', %(first)s + n, 'contest_id', %(first)s + n,
        'offer_id', %(first)s + n))).*
    FROM lectures_phase AS phase, generate_series(1, %(per_1000)s) AS n WHERE phase.id = %(phase)s
    """,
    """
    DO $$ DECLARE key record; BEGIN FOR key IN SELECT * FROM keys LOOP
        EXECUTE format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', key.of_table, key.name, key.said);
    END LOOP; END $$
    """,
)


@dataclass
class Crowd:
    """What a bench needs to know of the house it measures."""

    top: Union
    world: World  # of the top's officer; ``ids`` are those of the routes' parameters
    plants: list[Union]
    took: float = 0  # seconds to make it
    size: int = 0  # bytes on disk


_made: dict[tuple[int, int], Crowd] = {}


@contextmanager
def crowd(people: int, *, unions: int = 0) -> Iterator[Crowd]:
    """Django uses the house with so many members inside the block; it is made when first asked for.

    It has as many grassroots ``unions``, else as many as so many people have.
    """
    size = (people, unions)
    name, before = f"crowd_{people}_{unions}", connection.settings_dict["NAME"]
    connection.close()
    if size not in _made:
        with psycopg.connect(
            os.environ["DATABASE_URL"], dbname="postgres", autocommit=True
        ) as server:
            server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{MIGRATED}"')
    connection.settings_dict["NAME"] = name
    try:
        yield _made.get(size) or _made.setdefault(size, _make(people, unions))
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before


def _make(people: int, unions: int) -> Crowd:
    made: list[Crowd] = []
    took = seconds(lambda: made.append(house_with(people, unions)))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("SELECT pg_database_size(current_database())")
        ((size,),) = cursor.fetchall()
    (house,) = made
    house.took, house.size = took, size
    return house


def house_with(people: int, unions: int = 0) -> Crowd:
    """A city with so many people."""
    house = a_city(people, unions)
    settle(house, people, least=TWO_PAGES)
    return house


def a_city(people: int, unions: int = 0) -> Crowd:
    """The tree of unions for so many, and the one life, without the many."""
    above = tree.found("云桥省总工会", parent=None, level=Union.Level.DISTRICT)
    top = tree.found("云桥市总工会", parent=above, level=Union.Level.DISTRICT)
    officer = a_login("周白露")
    tree.appoint(officer, union=top, role="officer")
    plants = _branches(top, unions or max(TWO_PAGES, people // PEOPLE_OF_A_UNION))
    member = a_member("苏惊蛰", plants[0], user=a_login("苏惊蛰"))
    world = a_world(top, officer=officer, member=member, clerk=a_login("丁霜降").phone)
    return Crowd(top, world, plants)


def settle(house: Crowd, people: int, *, least: int = 0) -> None:
    """So many people with all that is theirs; of each kind of thing at least ``least``."""
    given = _given(people, house.world, house.plants) | _numbers(people, least)
    with connection.cursor() as cursor:
        for statement in STATEMENTS:
            cursor.execute(statement, given)


def _branches(top: Union, unions: int) -> list[Union]:
    """Streets below the top, and grassroots unions below the streets; by two statements."""
    streets = _children([top] * STREETS, Union.Level.STREET, "街道总工会")
    shared = [streets[n % STREETS] for n in range(unions)]
    return _children(shared, Union.Level.GRASSROOTS, "厂工会")


def _children(parents: list[Union], level: Union.Level, name: str) -> list[Union]:
    children = []
    for nth, parent in enumerate(parents, start=1):
        parent.numchild += 1
        path = Union._get_path(  # noqa: SLF001 — treebeard's own way would ask row by row
            parent.path, parent.depth + 1, parent.numchild
        )
        children.append(
            Union(
                name=f"{nth} 号{name}",
                level=level,
                path=path,
                depth=parent.depth + 1,
                industry_section=SECTIONS[nth // STREETS % len(SECTIONS)],
                holding=HOLDINGS[nth // STREETS % len(HOLDINGS)],
            )
        )
    Union.objects.bulk_update(set(parents), ["numchild"])
    made: list[Union] = Union.objects.bulk_create(children)
    since = timezone.localdate() - dt.timedelta(days=3000)
    Edge.objects.bulk_create(
        Edge(union=child, parent=parent, since_on=since)
        for child, parent in zip(made, parents, strict=True)
    )
    return made


def _numbers(people: int, least: int) -> dict[str, int]:
    """``per_50`` is one for each fifty people; half of those who sit a quiz win, a thousand fit on a sheet."""
    sat = max(40 * least, people // 50)
    rest = {f"per_{each}": max(least, people // each) for each in (200, 500, 1000)}
    return {"per_50": sat, "per_100": sat // 2} | rest


def _given(people: int, world: World, plants: list[Union]) -> dict[str, object]:
    pool = world.attempt.prize.pool
    return {
        "people": people, "first": Member.objects.latest("pk").pk + User.objects.latest("pk").pk + 1000,
        "unions": Union.objects.filter(level__gte=Union.Level.GRASSROOTS).count(),
        "family": FAMILY, "terms": TERMS.split(), "hers": min(MESSAGES_OF_ONE, people),
        "contest": world.contest.pk, "pool": pool.pk, "pool_family": pool.family_key,
        "merchant": world.merchant.pk, "clerk": world.clerk.pk, "clerk_user": world.clerk.user_id,
        "member": world.member.pk, "one": plants[0].pk, "other": plants[1].pk,
        "officer": world.officer.pk, "roll": world.roll_import.pk, "lesson": world.lesson.pk,
        "series": world.series.pk, "offer": world.phase.offer_id, "phase": world.phase.pk,
    } | {name: seal(text, purpose=purpose) for name, (text, purpose) in SEALED.items()}  # fmt: skip
