"""What is entered at the desk while a phase runs: people on paper."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from unionhall.base.errors import Refused
from unionhall.domain.lectures.models import Phase
from unionhall.domain.quiz import actions as quiz
from unionhall.domain.quiz.models import Attempt
from unionhall.people.accounts.models import User
from unionhall.people.members.models import Member


@transaction.atomic
def enter_on_paper(phase: Phase, *, member: Member, score: int, by: User) -> Attempt:
    """Enter somebody who took part on paper: she stands in line with the others as of now."""
    if phase.contest is None or phase.closed_at:
        raise Refused(
            _("没有登记上。"),
            why=_("这一期已经结束，或者还没发布。"),
            next=_("纸质试卷要在结束以前登记。"),
            code="not_running",
        )
    return quiz.enter_on_paper(phase.contest, member, score=score, by=by)
