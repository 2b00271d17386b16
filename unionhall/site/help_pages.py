"""What there is to do and to set, by the words in which it is looked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from unionhall.site.templatetags.ui import nav_url

if TYPE_CHECKING:
    from django.utils.functional import Promise


@dataclass(frozen=True)
class HelpPage:
    """A page, what it is for, and other words for the same thing. ``route`` may have a place on its page."""

    title: str | Promise
    note: str | Promise
    words: str | Promise
    route: str
    place: str = ""

    @property
    def url(self) -> str:
        """Empty where there is no such page in this house."""
        url: str = nav_url(self.route)
        return f"{url}{self.place}" if url else ""


PAGES = (
    HelpPage(_("听讲座、答题"), _("能参加的讲座，和它们的题"), _("课程 学习 考试 竞赛 奖品"), "lectures:index"),
    HelpPage(_("领券"), _("现在能领的和快开始的"), _("福利 抢券 优惠 礼品"), "welfare:offers"),
    HelpPage(_("我的券"), _("还能用的、用过的、过期的"), _("券包 优惠券 核销 出示 到期"), "welfare:vouchers"),
    HelpPage(_("消息"), _("工会告诉过你的"), _("通知 提醒 短信 未读"), "notify:inbox"),
    HelpPage(_("消息怎么收"), _("哪些事在站内收、哪些发短信"), _("通知设置 免打扰 关闭提醒 退订"), "notify:settings"),
    HelpPage(_("我的资料"), _("工会知道你什么，从哪里来"), _("姓名 手机号 证件 会籍 改错"), "me"),
    HelpPage(_("谁看过我的资料"), _("谁在什么时候看过、改过"), _("隐私 查看记录 修改记录"), "me_records"),
    HelpPage(_("下载我的资料"), _("一份能读的网页和一份给程序的"), _("导出 副本 个人信息 压缩包"), "me_copies"),
    HelpPage(_("注销账号"), _("先等几天，期间可以反悔"), _("删除 销户 退出 清除"), "me_close"),
    HelpPage(_("同意和撤回"), _("隐私说明、核对名册、短信、公示"), _("授权 个人信息 公示名单"), "me", "#decide"),
    HelpPage(_("字大一点"), _("关怀版：字大、按钮大"), _("老人 长辈 放大 看不清 字号"), "me", "#look"),
    HelpPage(_("深色和浅色"), _("颜色，也可以跟随手机"), _("夜间 主题 黑色 护眼"), "me", "#look"),
    HelpPage(_("中文和英文"), _("换一种语言"), _("语言 英语 翻译 外语"), "me", "#look"),
    HelpPage(_("答题要更多时间"), _("谁要都给，不用说原因"), _("时间不够 慢 延长"), "me", "#decide"),
    HelpPage(_("打电话问：12351"), _("职工服务热线，也可以到工会办公室"), _("人工 客服 投诉 求助 帮助"), "home", "#help"),
    HelpPage(_("隐私说明"), _("存什么、为什么、存多久"), _("个人信息 条款 协议"), "privacy"),
)  # fmt: skip


def pages_of_the_house() -> list[HelpPage]:
    """Those that there are; the same for everybody who is signed in."""
    return [page for page in PAGES if page.url]
