"""The first hour at the desk: from a union that was just made to its first published lecture, step by step.

A step is ticked by what is there, whoever made it and however: nothing is to be ticked by hand.
"""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from unionhall.domain.learning.models import Lesson
from unionhall.domain.lectures.models import Series
from unionhall.domain.quiz.models import Bank
from unionhall.domain.welfare.models import Merchant
from unionhall.people.accounts.models import User
from unionhall.people.members.models import Membership
from unionhall.people.unions.models import Office, Union


class Step(NamedTuple):
    """One step: where it is done, and whether it is."""

    icon: str
    title: str
    note: str
    url: str
    done: bool


def first_steps(user: User, top: Union) -> list[Step]:
    """In the order in which one thing needs the other. One statement."""
    there = Union.objects.filter(pk=top.pk).annotate(**_made_below(user, top)).values(*MADE).get()
    of_union = reverse("unions_desk:union", args=[top.pk])
    told = (
        ("building", _("工会"), top.name, of_union, True),
        ("shield", _("动态验证码"), _("没有它进不了工作台"), reverse("second_factor"), True),
        (
            "upload",
            _("导入工会台账"),
            _("下级工会都在一张表里；没有下级就跳过"),
            reverse("unions_desk:import"),
            there["below"],
        ),
        (
            "people",
            _("任命同事"),
            _("她先登录一次，你再打开她要管的工会，任命她"),
            reverse("unions_desk:index"),  # her own union's page would not do: an officer appoints below it
            there["staff"],
        ),
        ("upload", _("导入名册"), _("谁是会员，在哪个工会"), reverse("members_desk:import"), there["roll"]),
        ("book", _("导入题库"), _("一张题目表，抽题用"), reverse("quiz_desk:import"), there["bank"]),
        ("play", _("讲座视频和讲稿"), _("一个视频，或者只要文字"), reverse("learning_desk:index"), there["lesson"]),
        ("shop", _("商户"), _("有奖品才要：哪家店收券，谁来核销"), reverse("welfare_desk:merchants"), there["shop"]),
        ("gift", _("办讲座"), _("填完一句话，检查，发布"), reverse("lectures_desk:index"), there["lecture"]),
    )  # fmt: skip
    return [Step(*one) for one in told]


MADE = ("below", "staff", "roll", "bank", "lesson", "shop", "lecture")


def _made_below(user: User, top: Union) -> dict[str, Exists]:
    """Whether there is one of each in this part of the tree."""
    here = {"union__path__startswith": top.path}
    published = Series.objects.exclude(state=Series.State.DRAFT)
    staff = Office.objects.filter(until_on=None, **here).exclude(user=user)
    found: dict[str, QuerySet[Union] | QuerySet[Office]] = {
        "below": Union.objects.filter(path__startswith=OuterRef("path"), depth__gt=top.depth),
        "staff": staff,
    }
    made = {name: Exists(rows) for name, rows in found.items()}
    for name, rows in (
        ("roll", Membership.objects.filter(left_on=None, **here)),
        ("bank", Bank.objects.filter(**here)),
        ("lesson", Lesson.objects.filter(**here)),
        ("shop", Merchant.objects.filter(**here)),
        ("lecture", published.filter(**here)),
    ):
        made[name] = Exists(rows)  # type: ignore[arg-type]  # of whatever model
    return made
