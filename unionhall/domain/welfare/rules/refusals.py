"""Every no that a till or a desk can hear. Each carries the facts that its page draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from unionhall.base.errors import Refused
from unionhall.domain.welfare import rules
from unionhall.kernel.allotment.rules import to_the_second

if TYPE_CHECKING:
    import datetime as dt

    from unionhall.domain.welfare.models import Merchant, Redemption, VoucherOffer
    from unionhall.kernel.allotment.models import Claim


class Miswritten(Refused):
    """The check characters do not fit: no table was asked."""

    code = "miswritten"

    def __init__(self) -> None:
        super().__init__(
            _("抄错了一个字。"),
            why=_("券号自带校验，这一串对不上。"),
            next=_("对着券再看一遍，或者直接扫码。"),
        )


class UnknownNumber(Refused):
    """A number that was never given out."""

    code = "unknown"

    def __init__(self) -> None:
        super().__init__(
            _("没有这张券。"),
            why=_("这个号从来没有发出过。"),
            next=_("请顾客打开自己手机里的券包，当场出示；截图和抄来的号都可能是假的。"),
        )


class TooManyUnknown(Refused):
    """This clerk asked for many numbers that do not exist."""

    code = "too_many_unknown"

    def __init__(self) -> None:
        super().__init__(
            _("先停一停。"),
            why=_("15 分钟里有 {count} 个不存在的券号，工会能看到这件事。").format(
                count=rules.UNKNOWN_NUMBERS_ALLOWED
            ),
            next=_("过 15 分钟再试。顾客等着的话，打工会电话 12351，当场帮你核对。"),
        )


class Dismissed(Refused):
    """The clerk works here no longer."""

    code = "dismissed"

    def __init__(self) -> None:
        super().__init__(
            _("你不在这家店的店员名单里了。"),
            why=_("店员由工会登记，你的登记已经结束。"),
            next=_("要恢复，请店长联系工会。"),
        )


class ReplacedNumber(Refused):
    """The member lost her phone, and the voucher has another number now."""

    code = "replaced"

    def __init__(self, replaced_at: dt.datetime) -> None:
        self.replaced_at = replaced_at
        super().__init__(
            _("这个号作废了。"),
            why=_("{moment} 换了新号，多半是原来的手机丢了。").format(
                moment=to_the_second(replaced_at)
            ),
            next=_("请顾客登录自己的账号，出示新的券号。券本身还在。"),
        )


class AlreadyUsed(Refused):
    """It was redeemed before: when, where, at which till."""

    code = "already_used"

    def __init__(self, redemption: Redemption) -> None:
        self.redemption = redemption
        super().__init__(
            _("这张用过了。"),
            why=_("{moment} 在{merchant}核销，{till}。").format(
                moment=to_the_second(redemption.at),
                merchant=redemption.merchant,
                till=redemption.clerk,
            ),
            next=_("请不要再给一份。顾客说自己没用过，请打工会电话 12351。"),
        )


class AnotherShop(Refused):
    """A good voucher, at the wrong counter."""

    code = "another_shop"

    def __init__(self, offer: VoucherOffer) -> None:
        self.offer = offer
        merchant: Merchant = offer.merchant
        super().__init__(
            _("不是本店的券。"),
            why=_("它在{merchant}用：{address}。").format(
                merchant=merchant, address=merchant.address
            ),
            next=_("请顾客去那里。这次没有消耗它。"),
        )


class Lapsed(Refused):
    """The voucher was not used in time, or was given back."""

    code = "expired"

    def __init__(self, claim: Claim, offer: VoucherOffer) -> None:
        self.claim, self.offer = claim, offer
        super().__init__(
            _("这张过期了。") if claim.state != "released" else _("这张券退回了。"),
            why=_("{moment} 到期。").format(moment=to_the_second(claim.expires_at))
            if claim.expires_at and claim.state != "released"
            else "",
            next=_("请不要收。顾客有疑问，请打工会电话 12351。"),
        )


class CannotUndo(Refused):
    """Undoing is for mistakes noticed at once."""

    code = "cannot_undo"


class WorksElsewhere(Refused):
    """A login stands at one counter at a time."""

    code = "works_elsewhere"

    def __init__(self, merchant: Merchant) -> None:
        super().__init__(
            _("没登记上。"),
            why=_("这个手机号是{merchant}的店员。").format(merchant=merchant),
            next=_("先在那家店结束登记，或者换一个手机号。"),
        )


class NameTaken(Refused):
    """A union has one merchant of a name."""

    code = "name_taken"

    def __init__(self, name: str) -> None:
        super().__init__(
            _("没保存。"),
            why=_("“{name}”已经有了。").format(name=name),
            next=_("同一家的分店，名称里写上店名，比如“柳溪路店”。"),
        )
