"""The way of a correction: she says what is wrong, her union makes sure, and answers within five working days.

PIPL art. 46: whoever finds what is kept of her wrong may ask for its correction, and it has to be looked into without delay.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from unionhall.base.days import Term, Unit
from unionhall.kernel.casework.stages import Stage, Stages, Waits

ANSWER = Term(5, Unit.WORKING_DAYS, _("个人信息保护法第四十六条；5 个工作日是本平台的承诺"))
REPLY = Term(10, Unit.WORKING_DAYS, _("本平台的约定，过了也可以再提"))

CORRECTION = Stages(
    kind="corrections.correction",
    name=_("更正资料"),
    page="corrections:correction",
    desk_page="corrections_desk:correction",
    stages=(
        Stage("asked", _("等工会核对"), _("工会在核对"), Waits.UNION, to=("done", "declined", "sent_back", "withdrawn"), term=ANSWER),
        Stage("sent_back", _("等本人补材料"), _("工会请你补一样东西"), Waits.APPLICANT, to=("asked", "declined", "withdrawn"), term=REPLY),
        Stage("done", _("改好了"), _("改好了"), Waits.NOBODY),
        Stage("declined", _("没有改"), _("没有改，原因写在下面"), Waits.NOBODY),
        Stage("withdrawn", _("撤回了"), _("你撤回了"), Waits.NOBODY),
    ),
)  # fmt: skip
