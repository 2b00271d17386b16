"""What the house holds of somebody, table by table: shown on her page, written into her copy, looked through at a closing.

A test holds this list against the tables: whatever has a key to a login or to somebody on the roll stands here. What
she did for others, as an officer or at a till, is not hers to take along, and told as a number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db.models import Count, Value
from django.utils.translation import gettext_lazy as _

from unionhall.kernel.notify.wording import as_plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from django.db.models import Manager, Model, QuerySet
    from django.utils.functional import Promise

    from unionhall.people.accounts.models import User
    from unionhall.people.members.models import Member

# Why something is kept though the account is closed.
ROLL = _("会员名册是工会依法登记的（工会法、会籍管理办法），注销登录不等于退会")
MONEY = _("券花的是工会的钱，账要留着备查（会计档案管理办法）")
FAIR = _("谁得奖要能核对，别人的名次也靠它")
PROOF = _("证明你同意过、撤回过（个人信息保护法第十四条）")
LEDGER = _("谁做过什么的记录不能改；里面只有编号，没有你的姓名和号码")
ANSWERED = _("工会答复过什么要查得到；材料和写的话办完半年后就删（个人信息保护法第十九条）")
GONE = ""  # erased


@dataclass(frozen=True)
class Holding:
    """Rows of one table that are hers: by ``whose``, a way to her login or to her on the roll.

    ``kept``: why they stay when the account is closed; empty where they are erased.
    """

    model: str
    whose: str
    title: str | Promise
    why: str | Promise
    kept: str | Promise
    columns: str = ""
    tell: Callable[[Any], str] | None = None

    def rows(self, user: User, member: Member | None) -> QuerySet[Model]:
        """Hers, the newest first."""
        table: Manager[Model] = apps.get_model(self.model).objects  # type: ignore[attr-defined]
        end = self.whose.rsplit("__", maxsplit=1)[-1]
        if end == "member":
            hers = table.filter(**{self.whose: member}) if member else table.none()
        else:
            hers = table.filter(**{self.whose: user.pk})
        return hers.order_by("-pk")

    def told(self, row: Model) -> dict[str, str]:
        """The columns of a row by what they are called, as text; what is empty is left out."""
        said = {}
        for name in self.columns.split():
            field = row._meta.get_field(name)
            shown = getattr(row, f"get_{name}_display", None)
            value = shown() if shown else getattr(row, name)
            if value not in (None, ""):
                called = getattr(field, "verbose_name", name)
                said[str(called)] = str(value)
        if self.tell:
            said[str(_("内容"))] = self.tell(row)
        return said


HOLDINGS = (
    Holding("accounts.User", "pk", _("登录"), _("用来登录，和记住你怎么看得舒服"), GONE, "name phone text_size theme language more_time created_at last_login"),
    Holding("accounts.Session", "user", _("登录过的设备"), _("让你看到哪里登录着，能一键退出"), GONE, "device place began_at used_at"),
    Holding("accounts.Identity", "user", _("别处的账号"), _("用微信或城市账号登录"), GONE, "door shown_as bound_at used_at"),
    Holding("accounts.SecondFactorGuard", "user", _("验证器的次数"), _("防止别人猜验证码"), GONE, "tries_left"),
    Holding("mfa.Authenticator", "user", _("验证器"), _("进工作台要用"), GONE, "type created_at last_used_at"),
    Holding("account.EmailAddress", "user", _("邮箱"), _("现在不用"), GONE, "email"),
    Holding("accounts.Consent", "user", _("同意和撤回"), _("每一项都单独问过你"), PROOF, "kind version given_at withdrawn_at"),
    Holding("personal.Copy", "user", _("要过的资料副本"), _("7 天后自动删"), GONE, "asked_at state written_at"),
    Holding("personal.Closing", "user", _("注销申请"), _("记着什么时候申请、什么时候办完"), LEDGER, "asked_at due_at taken_back_at done_at"),
    Holding("exports.Export", "by_id", _("导出过的名单"), _("工作台里的导出，7 天后自动删"), GONE, "title purpose asked_at rows"),
    Holding("exports.ColumnsChosen", "by_id", _("上次导出选的列"), _("下次不用再选"), GONE, "list_name"),
    Holding("unions.Office", "user", _("担任过的职务"), _("谁管过哪个工会，要查得到"), LEDGER, "union role since_on until_on"),
    Holding("welfare.Clerk", "user", _("收银的岗位"), _("谁核销过券，要查得到"), MONEY, "merchant till appointed_at dismissed_at"),
    Holding("members.Member", "user", _("名册上的你"), _("工会登记的，用来确认是你本人"), ROLL, "name id_kind id_number phone sex born_on ethnicity education skill_grade front_line employment"),
    Holding("members.Membership", "member", _("会籍"), _("决定你能参加哪些活动"), ROLL, "union standing department joined_on left_on"),
    Holding("enrolment.Application", "member", _("入会申请"), _("你申请入会时写的，办完以后作凭据"), ROLL, "situation occupation employer name id_kind id_number"),
    Holding("members.Change", "member", _("名册改过什么"), _("改错了能放回去"), ROLL, "column at"),
    Holding("members.TransferRequest", "member", _("会籍接转"), _("两边工会答复的经过"), ROLL, "department asked_at state decided_at reason"),
    Holding("members.RollRow", "member", _("名册文件里的一行"), _("单位交来的名册里写着你"), ROLL, "sheet row verdict"),
    Holding("notify.Message", "member", _("消息"), _("告诉过你的事"), GONE, "shown_at read_at", tell=as_plain),
    Holding("notify.SwitchedOff", "member", _("不想收的消息"), _("你自己选的"), GONE, "topic channel since_at"),
    Holding("casework.Case", "applicant", _("办的事"), _("你提的更正和申请，办到了哪一步"), ANSWERED, "title opened_at closed_at"),
    Holding("casework.Case", "member", _("关于你的事"), _("你的，或者工会替你提的"), ANSWERED, "title opened_at closed_at"),
    Holding("learning.Watching", "member", _("看过的讲座"), _("看完了才能答题；不记学了多少分钟"), FAIR, "lesson done_at"),
    Holding("quiz.Admission", "member", _("准入"), _("当时可以答哪份题"), FAIR, "contest"),
    Holding("quiz.Attempt", "member", _("答题"), _("你的卷子、得分和名次"), FAIR, "contest started_at handed_in_at score passed_as"),
    Holding("quiz.Answer", "attempt__member", _("答案"), _("每道题你答了什么"), FAIR, "position given"),
    Holding("quiz.Review", "attempt__member", _("复核"), _("你提的和工会答的"), FAIR, "text asked_at answer answered_at"),
    Holding("allotment.Claim", "member", _("领到的"), _("券和名额"), MONEY, "pool number state claimed_at expires_at used_at"),
    Holding("welfare.Redemption", "claim__member", _("用过的券"), _("在哪家店、什么时候用的"), MONEY, "merchant at undone_at undo_reason"),
    Holding("welfare.Replacement", "claim__member", _("换过的券号"), _("旧号不能再用"), MONEY, "former_number at"),
)  # fmt: skip

# What she did for others: table -> the column that names her.
DEEDS = (
    "unions.ListImport by", "unions.Office given_by", "programs.ProgramKey issued_by", "programs.ProgramKey revoked_by",
    "members.SavedFilter by", "members.BulkDeed by", "webhooks.Receiver issued_by", "members.Reorganisation by", "members.Reorganisation undone_by", "members.TransferRequest asked_by", "members.TransferRequest decided_by", "members.RollImport by",
    "allotment.Claim used_by", "learning.Lesson created_by", "quiz.QuestionVersion by",
    "quiz.BankImport by", "quiz.Attempt trial_by", "quiz.Attempt on_paper_by", "quiz.Review answered_by",
    "welfare.Redemption undone_by", "welfare.Replacement by", "lectures.Series created_by",
    "casework.Case handler", "casework.Event by", "casework.Event given_to", "lectures.Series saved_by", "lectures.PlacesChange by", "lectures.Mailing by",
)  # fmt: skip


def deeds_of(user: User) -> int:
    """How many things bear her number because she did them for others."""
    return sum(counts_of([_done_by(user, *line.split()) for line in DEEDS]))


def _done_by(user: User, model: str, column: str) -> QuerySet[Model]:
    table: Manager[Model] = apps.get_model(model).objects  # type: ignore[attr-defined]
    return table.filter(**{column: user.pk})


def counts_of(tables: Sequence[QuerySet[Model]]) -> list[int]:
    """How many rows each has, by one statement for all."""
    counts = [
        rows.order_by().values(which_=Value(nth)).annotate(many_=Count("*"))
        for nth, rows in enumerate(tables)
    ]
    rows = counts[0].union(*counts[1:], all=True)
    found = {row["which_"]: row["many_"] for row in rows}
    return [found.get(nth, 0) for nth in range(len(tables))]


@dataclass(frozen=True)
class Held:
    """A holding with how many rows there are."""

    holding: Holding
    count: int


def held_of(user: User, member: Member | None) -> Iterator[Held]:
    """All that there is of her."""
    counts = counts_of([holding.rows(user, member) for holding in HOLDINGS])
    for holding, count in zip(HOLDINGS, counts, strict=True):
        if count:
            yield Held(holding, count)
