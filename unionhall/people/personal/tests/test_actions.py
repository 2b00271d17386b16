from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError, transaction

from unionhall.base.clock import now_in_database
from unionhall.base.errors import Refused
from unionhall.base.ledger.queries import entries_of
from unionhall.people.accounts.models import User
from unionhall.people.personal import actions, invariants
from unionhall.people.personal.models import Closing, Copy
from unionhall.people.personal.queries import copy_of, newest_copy, open_closing

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _all_is_well_in_the_end() -> Iterator[None]:
    yield
    assert [one.sentence for one in invariants.INVARIANTS if list(one.offenders())] == []


def told(user: User) -> list[str]:
    return list(entries_of(user).order_by("pk").values_list("action", flat=True))


def a_zip(user: User) -> bytes:
    return b"PK of " + str(user.pk).encode()


# == The copy ==
def test_a_copy_is_asked_for_written_and_fetched_by_herself_alone(dee: User, eve: User) -> None:
    copy = actions.ask_copy(dee)
    assert actions.ask_copy(dee) == copy  # while it is at work, the same
    with pytest.raises(Refused):
        actions.fetch_copy(copy, by=dee)
    assert actions.write_copies(a_zip) == 1
    assert actions.fetch_copy(copy, by=dee) == a_zip(dee)
    with pytest.raises(Refused):
        actions.fetch_copy(copy, by=eve)
    with pytest.raises(Copy.DoesNotExist):
        copy_of(eve, copy.pk)
    assert told(dee) == ["personal.copy_asked", "personal.copy_fetched"]


def test_a_worker_that_dies_is_followed_by_another_and_not_for_ever(dee: User) -> None:
    copy = actions.ask_copy(dee)
    for turn in range(1, actions.TURNS + 1):
        Copy.objects.filter(pk=copy.pk).update(
            state=Copy.State.RUNNING, turn=turn - 1, leased_until=now_in_database() - DAY
        )
        if turn < actions.TURNS:
            continue
        assert actions.write_copies(a_zip) == 1
    assert actions.fetch_copy(copy, by=dee) == a_zip(dee)
    Copy.objects.filter(pk=copy.pk).update(
        state=Copy.State.RUNNING, turn=actions.TURNS, leased_until=now_in_database() - DAY
    )
    actions.write_copies(a_zip)
    copy.refresh_from_db()
    assert copy.state == Copy.State.FAILED


def test_who_was_overtaken_throws_away_what_he_wrote(dee: User) -> None:
    copy = actions.ask_copy(dee)

    def slow(user: User) -> bytes:
        Copy.objects.filter(pk=copy.pk).update(turn=2)  # another took it up meanwhile
        return a_zip(user)

    assert actions.write_copies(slow) == 0
    copy.refresh_from_db()
    assert (copy.state, copy.content) == (Copy.State.RUNNING, None)


def test_one_that_cannot_be_written_says_so(dee: User) -> None:
    copy = actions.ask_copy(dee)

    def broken(_user: User) -> bytes:
        raise RuntimeError

    actions.write_copies(broken)
    copy.refresh_from_db()
    assert copy.state == Copy.State.FAILED
    assert actions.ask_copy(dee) != copy


def test_after_a_week_it_is_gone(dee: User) -> None:
    actions.ask_copy(dee)
    actions.write_copies(a_zip)
    assert actions.forget_old_copies() == 0
    Copy.objects.update(asked_at=now_in_database() - actions.KEPT - 2 * DAY)
    assert [one.sentence for one in invariants.INVARIANTS if list(one.offenders())]
    assert actions.forget_old_copies() == 1
    assert newest_copy(dee) is None


# == The account ==
def over(user: User) -> None:
    """Her days are over."""
    Closing.objects.filter(user=user).update(
        asked_at=now_in_database() - 9 * DAY, due_at=now_in_database() - DAY / 2
    )


def test_the_days_to_think_are_no_more_than_the_standard_allows(dee: User) -> None:
    assert actions.DAYS_TO_THINK <= 15 * DAY  # fifteen working days are more than that
    closing = actions.ask_closing(dee)
    assert actions.ask_closing(dee) == closing
    assert closing.due_at - closing.asked_at == actions.DAYS_TO_THINK
    assert told(dee) == ["personal.closing_asked"]


def test_until_its_day_nothing_is_closed_and_she_may_take_it_back(dee: User) -> None:
    erased: list[User] = []
    actions.ask_closing(dee)
    assert actions.close_due(erased.append, may=lambda _user: True) == 0
    actions.take_closing_back(dee)
    assert open_closing(dee) is None
    with pytest.raises(Refused):
        actions.take_closing_back(dee)
    over(dee)
    assert actions.close_due(erased.append, may=lambda _user: True) == 0
    assert erased == []


def test_on_its_day_the_login_is_emptied_once(dee: User) -> None:
    erased: list[User] = []
    phone, before = dee.phone, dee.phone_index
    actions.ask_closing(dee)
    actions.ask_copy(dee)
    over(dee)
    assert actions.close_due(erased.append, may=lambda _user: False) == 0  # she took up an office
    assert actions.close_due(erased.append, may=lambda _user: True) == 1
    assert actions.close_due(erased.append, may=lambda _user: True) == 0
    dee.refresh_from_db()
    assert erased == [dee]
    assert (dee.name, dee.is_active) == ("", False)
    assert phone not in dee.phone
    assert dee.phone_index != before
    assert not User.objects.with_phone(phone).exists()
    assert not Copy.objects.exists()
    assert told(dee)[-1] == "personal.account_erased"
    assert User.objects.create_user(phone)  # whoever has the number now may sign in


def test_an_erasure_that_fails_leaves_all_as_it_was(dee: User) -> None:
    actions.ask_closing(dee)
    over(dee)

    def broken(_user: User) -> None:
        raise RuntimeError

    actions.close_due(broken, may=lambda _user: True)
    dee.refresh_from_db()
    assert dee.is_active
    assert open_closing(dee)


def test_the_rows_refuse_two_closings_and_an_early_end(dee: User) -> None:
    closing = actions.ask_closing(dee)
    now = now_in_database()
    for change in ({"done_at": now}, {"done_at": now + 30 * DAY, "taken_back_at": now}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Closing.objects.filter(pk=closing.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        Closing.objects.create(user=dee, asked_at=now, due_at=now)


def test_the_audit_sees_who_is_still_there(dee: User) -> None:
    actions.ask_closing(dee)
    _copies, closings = invariants.INVARIANTS
    Closing.objects.update(due_at=now_in_database() - 2 * DAY, asked_at=now_in_database() - 9 * DAY)
    assert list(closings.offenders())
    Closing.objects.update(done_at=now_in_database())
    assert list(closings.offenders())
    User.objects.filter(pk=dee.pk).update(name="", is_active=False)
    assert not list(closings.offenders())
