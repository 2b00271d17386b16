import threading

import pytest
from django.db import connection, transaction
from django.utils import timezone

from unionhall.base.replay import actions
from unionhall.base.replay.actions import KEPT, forget_old_keys, is_replay
from unionhall.base.replay.invariants import INVARIANTS
from unionhall.base.replay.models import Seen
from unionhall.base.replay.rules import (
    KeyMiswritten,
    KeyReused,
    StillRunning,
    TooManyKeys,
    deed_of,
    new_key,
)

DEED, OTHER = deed_of("test.deed", "7"), deed_of("test.deed", "8")


@pytest.mark.django_db
def test_a_key_is_new_once_and_a_replay_from_then_on():
    key = new_key()
    assert [is_replay(key, user_id=1, deed=DEED) for _time in range(3)] == [False, True, True]


@pytest.mark.django_db
def test_a_key_is_somebodys():
    assert not is_replay("k", user_id=1, deed=DEED)
    assert not is_replay("k", user_id=2, deed=OTHER)


@pytest.mark.django_db
def test_the_same_key_for_another_deed_is_refused():
    is_replay("k", user_id=1, deed=DEED)
    with pytest.raises(KeyReused):
        is_replay("k", user_id=1, deed=OTHER)


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", " ", "x" * 65, "a\x00b", "券", "a\nb"])
def test_what_no_header_can_carry_is_no_key(key):
    with pytest.raises(KeyMiswritten):
        is_replay(key, user_id=1, deed=DEED)


@pytest.mark.django_db(transaction=True)
def test_a_deed_that_broke_leaves_its_key_free():
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        is_replay("k", user_id=1, deed=DEED)
        raise ZeroDivisionError
    assert not is_replay("k", user_id=1, deed=DEED)


@pytest.mark.django_db(transaction=True)
def test_a_twin_is_told_at_once_that_the_first_still_runs():
    """It hears so while the first holds its transaction open: nobody waits."""
    heard = []

    def twin():
        try:
            with transaction.atomic():
                heard.append(is_replay("k", user_id=1, deed=DEED))
        except StillRunning as no:
            heard.append(no)
        finally:
            connection.close()

    with transaction.atomic():
        is_replay("k", user_id=1, deed=DEED)
        thread = threading.Thread(target=twin)
        thread.start()
        thread.join(timeout=30)
        assert isinstance(heard[0], StillRunning)
    assert is_replay("k", user_id=1, deed=DEED)


@pytest.mark.django_db
def test_old_keys_are_forgotten_however_many_and_young_ones_kept():
    old = timezone.now() - KEPT * 2
    for number in range(7):
        is_replay(f"old-{number}", user_id=1, deed=DEED)
    Seen.objects.update(at=old)
    is_replay("young", user_id=1, deed=DEED)
    assert forget_old_keys(at_once=3) == 7
    assert list(Seen.objects.values_list("key", flat=True)) == ["young"]


@pytest.mark.django_db
def test_one_caller_keeps_a_bounded_number_of_keys_and_others_are_not_touched(monkeypatch):
    monkeypatch.setattr(actions, "MOST", 3)
    for number in range(3):
        assert not is_replay(f"k{number}", user_id=1, deed=DEED)
    with pytest.raises(TooManyKeys):
        is_replay("k3", user_id=1, deed=DEED)
    assert is_replay("k0", user_id=1, deed=DEED)  # what is known is still answered
    with pytest.raises(KeyReused):
        is_replay("k0", user_id=1, deed=OTHER)
    assert not is_replay("k3", user_id=2, deed=DEED)
    assert Seen.objects.filter(user_id=1).count() == 3


@pytest.mark.django_db
def test_the_audit_finds_a_key_that_was_kept_too_long():
    is_replay("k", user_id=1, deed=DEED)
    (kept,) = INVARIANTS
    assert not list(kept.offenders())
    Seen.objects.update(at=timezone.now() - KEPT * 2)
    assert list(kept.offenders())
