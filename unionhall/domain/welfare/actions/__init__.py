"""Every write of the chapter: at the till, about offers, about merchants."""

from unionhall.domain.welfare.actions.giveaways import (
    Claimed,
    claim_offer,
    close_giveaway,
    open_giveaway,
)
from unionhall.domain.welfare.actions.merchants import (
    appoint_clerk,
    dismiss_clerk,
    edit_merchant,
    export_redemptions,
    register_merchant,
)
from unionhall.domain.welfare.actions.till import check_voucher, redeem_voucher, undo_redemption
from unionhall.domain.welfare.actions.vouchers import (
    open_offer,
    remind_of_expiry,
    replace_voucher,
    show_voucher,
)

__all__ = [
    "Claimed",
    "appoint_clerk",
    "check_voucher",
    "claim_offer",
    "close_giveaway",
    "dismiss_clerk",
    "edit_merchant",
    "export_redemptions",
    "open_giveaway",
    "open_offer",
    "redeem_voucher",
    "register_merchant",
    "remind_of_expiry",
    "replace_voucher",
    "show_voucher",
    "undo_redemption",
]
