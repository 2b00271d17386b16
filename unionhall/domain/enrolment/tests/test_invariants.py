from __future__ import annotations

from tests.cast import a_login
from unionhall.domain.enrolment import actions as enrolment
from unionhall.domain.enrolment.invariants import INVARIANTS
from unionhall.domain.enrolment.models import Application
from unionhall.domain.enrolment.tests.test_joining import ask
from unionhall.people.members import actions as roll
from unionhall.people.members.models import TransferRequest


def broken():
    return [one.sentence for one in INVARIANTS if list(one.offenders())]


def test_an_offence_is_found(plant7, harbour2, ann, bo, cai):
    application = ask(a_login("丁霜降"), plant7)
    enrolment.accept(application, by=bo)
    transfer = enrolment.ask_transfer(ann, union=harbour2, by=ann.user)
    enrolment.accept_transfer(transfer, by=cai)
    roll.agree_transfer(transfer.request, by=bo)
    enrolment.follow_transfers()
    assert broken() == []
    Application.objects.update(member=None)
    assert broken() == [INVARIANTS[0].sentence]
    TransferRequest.objects.update(state=TransferRequest.State.REFUSED)
    assert broken() == [one.sentence for one in INVARIANTS]
