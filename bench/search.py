"""The search among 100,000 documents, beside the bare question to the same index.

The floor is one statement by a bare cursor: the tokens, the order, the first page; it asks nobody who
she is. Ours, told who she is and where as every page is, finds out first in which circles she is, and
asks for theirs alone. Half the documents are
for other unions. Among them lies a planted list that she must find whole, and its twin that she must not.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection

from bench._harness import Figure, database, medians, seconds
from tests.cast import a_login, a_member
from unionhall.kernel.audience.rules import EVERYBODY, Audience
from unionhall.kernel.search import actions, rules
from unionhall.kernel.search.models import Circle, Document
from unionhall.kernel.search.queries import found_in, visible_to
from unionhall.people.members.models import Member
from unionhall.people.unions import actions as tree
from unionhall.people.unions.models import Union

DOCUMENTS, TITLES, PLANTED, PAGE = 100_000, 5_000, 400, 20
STREETS, FIRMS, WORDS, TURNS = 20, 10, 3_000, 3
RATIO, MS_MORE = 1.5, 5.0
RARE = "𠮷㛃䶮𪚥𬱖漷"
BARE = """
    SELECT id, kind, key, title, text, at FROM search_document
    WHERE tokens @@ %s::tsquery ORDER BY at DESC, id DESC LIMIT 20
"""
NOW = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)


@dataclass(frozen=True)
class House:
    """A member, the circles that have her and those that have not, and the words of all documents."""

    member: Member
    union: Union
    hers: list[Circle]
    others: list[Circle]
    words: list[str]


def figures(rounds: int) -> Iterator[Figure]:
    """Milliseconds of each way to ask; then what of the planted list was found, of hers and of others."""
    with database("bench_search"):
        drawn = random.Random(20261123)  # noqa: S311 — the same house each time
        house = _built(drawn)
        took = seconds(lambda: _fill(house, drawn))
        yield Figure(f"{DOCUMENTS} documents made", took, "s")
        mine, foreign = _planted(house, drawn)
        _analyze()
        for name, asked in _questions(house, drawn).items():
            told = medians(rounds, lambda asked=asked: _measured(house, asked))
            ours, floor = told["ours"] * 1000, told["floor"] * 1000
            yield Figure(f"search, {name}", ours, "ms", floor, RATIO, slack=MS_MORE)
        found = sum(_finds(house, wanted, key) for wanted, key in mine)
        yield Figure(f"found of {len(mine)} planted", found, "", at_least=len(mine))
        seen = sum(_finds(house, wanted, key) for wanted, key in foreign)
        yield Figure(f"found of {len(foreign)} not hers", seen, "", goal=0)
        yield Figure("a control: not hers, asked bare", _asked_bare(foreign), "", at_least=1)


# == The house ==
def _built(drawn: random.Random) -> House:
    """A federation of 20 streets with 10 firms each; of each union the members, the women, the front line."""
    top = tree.found("云桥区总工会", parent=None, level=Union.Level.DISTRICT)
    unions = [top]
    for street in range(STREETS):
        above = tree.found(f"{street}号街道工会", parent=top, level=Union.Level.STREET)
        unions.append(above)
        for firm in range(FIRMS):
            name = f"{street}之{firm}厂工会"
            unions.append(tree.found(name, parent=above, level=Union.Level.GRASSROOTS))
    member = a_member("苏惊蛰", unions[-1], user=a_login("苏惊蛰"))
    audiences = [EVERYBODY]
    for union in unions:
        audiences += [
            Audience(under_union=union.pk),
            Audience(under_union=union.pk, sexes=("f",)),
            Audience(under_union=union.pk, sexes=("m",), front_line=True),
        ]
    circles = [actions.circle_of(one) for one in audiences]
    visible = set(visible_circles(member, unions[-1]))
    signs = [chr(code) for code in range(0x4E00, 0x4E00 + 1200)]
    words = ["".join(drawn.sample(signs, 2)) for _word in range(WORDS)]
    hers = [one for one in circles if one.pk in visible]
    return House(member, unions[-1], hers, [one for one in circles if one.pk not in visible], words)


def visible_circles(member: Member, union: Union) -> list[int]:
    """By the way of one document in each, as a member would meet them."""
    for nth, circle in enumerate(Circle.objects.order_by("pk"), start=1):
        actions.put(actions.Found("trial", nth, "试", "", NOW, circle.audience))
    documents = visible_to(member, union)
    pks = list(documents.values_list("circle", flat=True))
    Document.objects.filter(kind="trial").delete()
    return pks


def _fill(house: House, drawn: random.Random) -> None:
    """Half for her, half for others; of the words a few stand in many documents, and most in few."""
    weights = [1 / (nth + 10) for nth in range(WORDS)]
    titles = ["".join(drawn.choices(house.words, weights, k=4)) for _title in range(TITLES)]
    spelled = {title: rules.tokens_of(title, title) for title in titles}
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE said (key bigint, title text, text text, tokens text[], circle bigint)"
        )
        with cursor.copy("COPY said FROM STDIN") as copy:
            for key in range(1, DOCUMENTS + 1):
                words = drawn.choices(house.words, weights, k=34)
                text = "，".join(words[4:])
                title = drawn.choice(titles)
                circle = drawn.choice(house.hers if key % 2 else house.others)
                tokens = sorted({*spelled[title], *rules.tokens_of("", text)})
                copy.write_row((key, title, f"{title}\n{text}", tokens, circle.pk))
        cursor.execute(
            """
            INSERT INTO search_document (kind, key, title, text, tokens, at, circle_id)
            SELECT 'lecture', key, title, text, array_to_tsvector(tokens),
                %s + key * interval '1 s', circle FROM said
            """,
            [NOW],
        )


def _put(key: int, title: str, text: str, circle: Circle) -> None:
    at = NOW + dt.timedelta(seconds=key)
    actions.put(actions.Found("lecture", key, title, text, at, circle.audience))


Planted = list[tuple[str, int]]  # what is looked for, and the document that has it


def _planted(house: House, drawn: random.Random) -> tuple[Planted, Planted]:
    """Each has a word that stands nowhere else: asked whole, in part, by a rare sign, by pinyin, in English."""
    lists: tuple[Planted, Planted] = ([], [])
    for nth in range(2 * PLANTED):
        whose = nth % 2
        circle = drawn.choice(house.others if whose else house.hers)
        key = DOCUMENTS + 1 + nth
        word = "".join(chr(0x6000 + (nth // 40) * 2 + at) + chr(0x7000 + nth) for at in range(2))
        rare, english = RARE[nth % len(RARE)], f"Plan{nth}b"
        title = f"{drawn.choice(house.words)}{word}{rare}{chr(0x8000 + nth)} {english}"
        text = "".join(drawn.choices(house.words, k=20))
        _put(key, title, text, circle)
        syllables = rules.syllables_of(word)
        asked = [
            word[:2], word[1:4], word[1:3], rare + chr(0x8000 + nth), english.lower(),
            f"{''.join(syllables)} {english}",
        ]  # fmt: skip
        lists[whose].append((asked[nth // 2 % len(asked)], key))
    return lists


def _analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE search_document")
        cursor.execute("ANALYZE")


# == Asking ==
def _questions(house: House, drawn: random.Random) -> dict[str, list[str]]:
    """Common and rare words of two characters; parts that reach over the border of two words; more."""
    titles = list(Document.objects.order_by("key").values_list("title", flat=True)[:20_000:400])
    return {
        "two characters": [*house.words[:10], *drawn.sample(house.words[10:], 20)],
        "a part of a word": [title[1:4] for title in titles[:15]] + [t[3:7] for t in titles[15:30]],
        "two words": [f"{title[:2]} {title[4:6]}" for title in titles[:20]],
        "pinyin initials": [
            "".join(one[0] for one in rules.syllables_of(title))[:5] for title in titles[:20]
        ],
    }


def _measured(house: House, asked: list[str]) -> dict[str, float]:
    """Seconds for one question, in the mean of them all; by turns."""

    def ours() -> None:
        for wanted in asked:
            first_page(house.member, house.union, wanted)

    def floor() -> None:
        for wanted in asked:
            bare(wanted)

    told = medians(TURNS, lambda: {"floor": seconds(floor), "ours": seconds(ours)})
    return {name: took / len(asked) for name, took in told.items()}


def first_page(member: Member, union: Union, wanted: str) -> list[Document]:
    """As the page of a kind shows it, of whoever signed in with a membership."""
    documents = visible_to(member, union).filter(kind="lecture")
    return list(found_in(documents, rules.pieces_of(wanted))[:PAGE])


def bare(wanted: str) -> list[tuple[object, ...]]:
    """The index, and nothing beside it."""
    with connection.cursor() as cursor:
        cursor.execute(BARE, [rules.asked_as(rules.pieces_of(wanted))])
        rows: list[tuple[object, ...]] = cursor.fetchall()
        return rows


def _finds(house: House, wanted: str, key: int) -> bool:
    return key in {one.key for one in first_page(house.member, house.union, wanted)}


def _asked_bare(foreign: Planted) -> int:
    """What she would see if nobody asked who she is: the planted ones are there to be found."""
    return sum(key in {row[2] for row in bare(wanted)} for wanted, key in foreign)
