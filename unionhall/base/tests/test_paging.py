"""Pages of long lists: each begins where the one before ended, whatever happens in between."""

from __future__ import annotations

import re

import pytest
from django.db.models import F, QuerySet
from django.template.loader import render_to_string
from django.test import RequestFactory

from unionhall.base import paging
from unionhall.base.ledger.models import Entry
from unionhall.base.paging import Total, page_of

pytestmark = pytest.mark.django_db
UNIONS = [None, 3, 1, None, 2, 3, 1, 1, None, 2, 3]  # with ties and without a value
ORDERS = [
    ("id",),
    ("-id",),
    ("union_id",),
    ("-union_id",),
    ("-union_id", "by_id"),
    ("action", "-union_id"),
    (F("union_id").asc(nulls_first=True),),
    (F("union_id").desc(nulls_last=True), "-pk"),
    (F("union_id") * -1, "pk"),
    (),
]


@pytest.fixture
def entries() -> QuerySet[Entry]:
    made = [
        Entry(
            action="ab"[nth % 2], subject_type="t", subject_id=nth, union_id=union, by_id=nth // 3
        )
        for nth, union in enumerate(UNIONS)
    ]
    Entry.objects.bulk_create(made)
    return Entry.objects.filter(subject_type="t")


def page(rows, asked: object = "", size: int = 2) -> paging.RowsPage:
    return page_of(RequestFactory().get("/", {"page": str(asked)}), rows, size)


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_from_page_to_page_each_row_is_shown_once_and_back_again(entries, order):
    rows = entries.order_by(*order)
    whole = [one.pk for one in page(rows, size=len(UNIONS))]
    shown, asked = [page(rows)], []
    while shown[-1].has_next():
        asked.append(shown[-1].next_page_number())
        shown.append(page(rows, asked[-1]))
    assert [one.pk for each in shown for one in each] == whole
    assert sorted(whole) == sorted(entries.values_list("pk", flat=True))
    back = [shown[-1]]
    while back[-1].has_previous():
        back.append(page(rows, back[-1].previous_page_number()))
    assert [list(one) for one in reversed(back)] == [list(one) for one in shown]


def test_who_comes_in_meanwhile_moves_nobody_onto_the_next_page(entries):
    rows = entries.order_by("-id")
    first = page(rows)
    Entry.objects.create(action="a", subject_type="t", subject_id=99)
    second = page(rows, first.next_page_number())
    assert not set(first) & set(second)
    assert (second.start_index(), second.end_index()) == (3, 4)


def test_a_row_that_is_not_in_the_list_is_no_place_in_it(entries):
    foreign = Entry.objects.create(action="a", subject_type="other", subject_id=1)
    first = list(page(entries.order_by("id")))
    for asked in (f"2a{foreign.pk}", f"3b{foreign.pk}", "2a9999999", "2a" + "9" * 18, "7x", "-1"):
        assert list(page(entries.order_by("id"), asked)) == first


def test_a_page_by_its_number_alone_is_the_nearest_there_is(entries):
    assert page(entries, "99").number == 6
    assert page(entries, "0").number == 1
    assert page(Entry.objects.none(), "3").number == 1
    assert not page(Entry.objects.none(), "3").has_other_pages()


def test_of_a_long_list_no_more_is_counted_than_is_told(entries, monkeypatch):
    monkeypatch.setattr(paging, "COUNTED", 4)
    shown = page(entries)
    assert (shown.paginator.count, str(shown.paginator.count)) == (5, "4+")
    assert page(entries, "99").number == 2  # nor are more than these skipped


def test_a_list_whose_rows_are_dear_to_count_tells_fewer(entries):
    total = paging.counted(entries, most=2)
    assert (total, str(total), f"{total:,}") == (3, "2+", "2+")
    assert str(paging.counted(entries, most=len(UNIONS))) == str(len(UNIONS))


def test_a_page_of_a_long_list_counts_and_reads_by_one_statement_each(
    entries, django_assert_num_queries
):
    with django_assert_num_queries(1):
        assert page(entries, size=50).paginator.count == len(UNIONS)
    with django_assert_num_queries(1):
        first = page(entries)
    with django_assert_num_queries(2):
        page(entries, first.next_page_number())
    with django_assert_num_queries(1):
        assert first.paginator.count == len(UNIONS)


def test_a_total_reads_as_a_number_and_beyond_the_cap_as_more():
    assert [str(Total(n)) for n in (214, 10_000, 10_001)] == ["214", "10000", "10,000+"]
    assert [f"{Total(n):,}" for n in (214, 10_000, 10_001)] == ["214", "10,000", "10,000+"]


def test_the_pager_names_rows_by_their_key_alone(entries):
    rows = entries.order_by("action", "pk")
    request = RequestFactory().get("/?q=x&page=1")
    html = render_to_string("ui/pager.html", {"page": page(rows), "request": request}, request)
    last = list(page(rows))[-1]
    assert re.findall(r'rel="next" href="([^"]+)"', html) == [f"?q=x&amp;page=2a{last.pk}"]
    assert "共 11" in html
