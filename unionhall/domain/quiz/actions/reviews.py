"""A member asks for a second look; an officer answers."""

from __future__ import annotations

import datetime as dt

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from unionhall.base.clock import now_in_database
from unionhall.base.errors import Refused
from unionhall.base.ledger import actions as ledger
from unionhall.domain.quiz.models import Attempt, Review
from unionhall.domain.quiz.queries.results import review_until
from unionhall.kernel.notify import actions as notify
from unionhall.people.accounts.models import User

ANSWER_WITHIN = dt.timedelta(days=3)
LONGEST = 1000


@transaction.atomic
def ask_review(attempt: Attempt, *, text: str) -> Review:
    """Ask that a result be looked at again, once, before the deadline; raises ``Refused``."""
    until, now = review_until(attempt), now_in_database()
    if until is None or attempt.member is None or now > until:
        raise Refused(
            _("没有提交。"),
            why=_("复核到 %(at)s 为止。") % {"at": date_format(localtime(until), "m-d H:i")}
            if until
            else "",
            next=_("有别的疑问，请直接找工会干事。"),
            code="review_too_late",
        )
    try:
        with transaction.atomic():
            review = Review.objects.create(
                attempt=attempt,
                text=text.strip()[:LONGEST],
                asked_at=now,
                due_at=now + ANSWER_WITHIN,
            )
    except IntegrityError:  # pressed twice: the one that is there
        return Review.objects.get(attempt=attempt)
    ledger.record(
        "quiz.review_asked", review, by=attempt.member.user_id, union_id=attempt.contest.union_id
    )
    return review


@transaction.atomic
def answer_review(review: Review, *, text: str, by: User) -> Review:
    """Answer it, once; the member is told. Raises ``Refused`` when it was answered already."""
    review = (
        Review.objects.select_for_update(of=("self",))
        .select_related("attempt__contest", "attempt__member")
        .get(pk=review.pk)
    )
    if review.answered_at is not None:
        raise Refused(
            _("没有保存。"),
            why=_("这份复核已经答复过了。"),
            next=_("看一眼已有的答复。"),
            code="already_answered",
        )
    review.answer, review.answered_at, review.answered_by = (
        text.strip()[:LONGEST],
        now_in_database(),
        by,
    )
    review.save(update_fields=["answer", "answered_at", "answered_by"])
    ledger.record("quiz.review_answered", review, by=by, union_id=review.attempt.contest.union_id)
    assert review.attempt.member is not None, "a trial is not reviewed"  # noqa: S101
    url = reverse("quiz:result", args=[review.attempt_id])
    notify.send(
        review.attempt.member, "quiz/review_answered", contest=review.attempt.contest.title, url=url
    )
    return review
