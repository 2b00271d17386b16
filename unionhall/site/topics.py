"""What the house tells its members about, and what of it they may choose not to hear.

Every wording of a message has its line here (a test holds the two together). What concerns somebody's rights, her
membership or something of hers cannot be switched off in the inbox; text messages always can.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from unionhall.kernel.notify.rules import WITH_TEXT, Topic

LECTURES, QUIZ, VOUCHERS, MEMBERSHIP = _("讲座"), _("答题"), _("券"), _("会籍")
MATTERS = _("办的事")

TOPICS = (
    Topic("lectures/not_started", _("有讲座，你还没开始"), LECTURES, channels=WITH_TEXT),
    Topic("lectures/closed_early", _("你参加的讲座提前结束了"), LECTURES, _("不说，你会白等"), WITH_TEXT),
    Topic("quiz/prize_won", _("你得了奖"), QUIZ, _("不说，券会白白过期"), WITH_TEXT),
    Topic("quiz/review_answered", _("你申请的复核有了答复"), QUIZ, _("你问的，要答你")),
    Topic("welfare/voucher_expiring", _("券快到期了"), VOUCHERS, channels=WITH_TEXT),
    Topic("welfare/voucher_redeemed", _("券用掉了"), VOUCHERS, _("不是你用的，你要马上知道"), WITH_TEXT),
    Topic("welfare/voucher_replaced", _("券换了号"), VOUCHERS, _("不是你要换的，你要马上知道"), WITH_TEXT),
    Topic("welfare/redemption_undone", _("核销撤销了，券又能用"), VOUCHERS, _("是你的券"), WITH_TEXT),
    Topic("members/from_officer", _("工会给你的话"), MEMBERSHIP),
    Topic("members/moved", _("会籍转了"), MEMBERSHIP, _("是你的会籍")),
    Topic("members/union_changed", _("你的工会合并、分立、撤销或恢复了"), MEMBERSHIP, _("是你的会籍")),
    Topic("members/transfer_asked", _("有工会要接转你管的会员"), MEMBERSHIP, _("要你答复，有期限")),
    Topic("members/transfer_agreed", _("接转同意了"), MEMBERSHIP, _("是你提出的")),
    Topic("members/transfer_refused", _("接转没同意"), MEMBERSHIP, _("是你提出的")),
    Topic("members/transfer_withdrawn", _("接转撤回了"), MEMBERSHIP, _("不用你再答复了")),
    Topic("unions/term_ending", _("你管的工会该换届了"), MEMBERSHIP, _("过了期限，工会就没有人能代表会员")),
    Topic("corrections/login_asked", _("有人请求用别的手机以你的身份登录"), MEMBERSHIP, _("不是你，你要马上知道"), WITH_TEXT),
    Topic("casework/advanced", _("你办的事有了进展"), MATTERS, _("是你提出的"), WITH_TEXT),
    Topic("casework/due_soon", _("要你办的事快到期了"), MATTERS, _("不说，会误了期限"), WITH_TEXT),
    Topic("casework/late", _("要你办的事过期了"), MATTERS, _("有人在等"), WITH_TEXT),
)  # fmt: skip
