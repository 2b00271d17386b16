from __future__ import annotations

import pytest

from tests.cast import a_member
from unionhall.kernel.notify.models import Message
from unionhall.kernel.notify.wording import in_inbox
from unionhall.people.members import actions as members
from unionhall.people.members.models import TransferRequest
from unionhall.people.members.rules.transfers import WAIT
from unionhall.site.transfer_notices import tell_of_transfers


@pytest.fixture
def asked(ann, plant7, harbour2, bo, cai) -> TransferRequest:
    for officer, union in ((bo, plant7), (cai, harbour2)):
        a_member(officer.name, union, user=officer)
    return members.ask_transfer(ann, union=harbour2, by=cai)


def inbox_of(user) -> list[str]:
    return [in_inbox(one) for one in Message.objects.filter(member__user=user).order_by("pk")]


def test_the_old_side_hears_of_a_request_once(asked, ann, bo, cai):
    assert tell_of_transfers() == 1
    assert tell_of_transfers() == 0
    told = inbox_of(bo)[0]
    assert ann.name in told
    assert "二号港工会" in told
    assert inbox_of(cai) == []


def test_whoever_asked_and_she_herself_hear_of_a_yes(asked, ann, bo, cai):
    members.agree_transfer(asked, by=bo)
    assert tell_of_transfers() == 2
    assert "转过来了" in inbox_of(cai)[0]
    assert "七号厂" not in inbox_of(cai)[0]
    assert "你的会籍转到了二号港工会" in inbox_of(ann.user)[0]


def test_whoever_asked_hears_of_a_no(asked, bo, cai):
    members.refuse_transfer(asked, by=bo, reason="还在这里")
    assert tell_of_transfers() == 1
    assert "没有同意" in inbox_of(cai)[0]


def test_nobody_waits_for_an_answer_that_is_not_wanted_any_more(asked, bo, cai):
    tell_of_transfers()
    members.withdraw_transfer(asked, by=cai)
    assert tell_of_transfers() == 1
    assert "撤回了" in inbox_of(bo)[1]


def test_where_nobody_of_the_old_side_is_in_office_those_above_hear(asked, plant7, fu, district):
    from unionhall.people.unions import actions as tree

    a_member(fu.name, district, user=fu)
    tree.dismiss(plant7.offices.get(), by=None)
    assert tell_of_transfers() == 1
    assert len(inbox_of(fu)) == 1


def test_whom_another_union_asked_first_hears_of_those_that_still_ask(
    asked, ann, district, bo, cai, fu
):
    from unionhall.people.unions import actions as tree

    third = tree.found("三号仓工会", parent=district, level=3)
    other = members.ask_transfer(ann, union=third, by=fu)
    tell_of_transfers()
    long_ago = other.asked_at - WAIT
    TransferRequest.objects.update(asked_at=long_ago)
    asked.refresh_from_db()
    members.agree_transfer(asked, by=bo)
    tell_of_transfers()
    assert "三号仓工会" in inbox_of(cai)[-1]
    assert "等你答复" in inbox_of(cai)[-1]
    other.refresh_from_db()
    assert other.asked_at > long_ago  # the new side has its days, too
    assert tell_of_transfers() == 0
    assert len([one for one in inbox_of(bo) if "等你答复" in one]) == 2
