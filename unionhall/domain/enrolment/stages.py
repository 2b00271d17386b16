"""The ways into a union, between unions, out of one, and into retirement.

Union Law art. 3: every worker has the right to join, and nobody may hinder her; art. 11 and the Beijing measures art. 11: where a
firm has no union, the one above helps to found it. Whoever works without an employer may join at the street where she works or lives
(全国总工会关于切实维护新就业形态劳动者劳动保障权益的意见, 总工发〔2021〕12号). Joining and leaving are hers to decide; members who retire
or lose their work keep their membership (Constitution of the Trade Unions, ch. 1).
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from unionhall.base.days import Term, Unit
from unionhall.kernel.casework.stages import Stage, Stages, Waits

A_DAY = Term(1, Unit.WORKING_DAYS, _("本平台的承诺：一个工作日答复"))
REPLY = Term(10, Unit.WORKING_DAYS, _("本平台的约定，过了也可以再提"))
FOUNDING = Term(
    1,
    Unit.MONTHS,
    "本平台的约定；北京市实施工会法办法第十一条：开业六个月还没有建会的，上级工会派人帮助",
)
LETTING_GO = Term(10, Unit.DAYS, _("本平台的约定：10 天没有答复，两边共同的上级可以答复"))
CHECKING = Term(5, Unit.WORKING_DAYS, _("本平台的承诺"))

JOINING = Stages(
    kind="enrolment.joining",
    name=_("入会申请"),
    page="enrolment:application",
    desk_page="enrolment_desk:application",
    stages=(
        Stage("asked", _("等工会答复"), _("工会在看你的申请"), Waits.UNION, to=("accepted", "sent_back", "founding", "declined", "withdrawn"), term=A_DAY),
        Stage("sent_back", _("等本人补充"), _("工会请你补一样东西"), Waits.APPLICANT, to=("asked", "declined", "withdrawn"), term=REPLY),
        Stage("founding", _("正在帮单位建会"), _("街道工会在帮你的单位建工会，建好就入会"), Waits.UNION, to=("accepted", "declined", "withdrawn"), term=FOUNDING),
        Stage("accepted", _("入会了"), _("你已经是工会会员"), Waits.NOBODY),
        Stage("declined", _("没有入会"), _("没有入会，原因写在下面"), Waits.NOBODY),
        Stage("withdrawn", _("撤回了"), _("你撤回了"), Waits.NOBODY),
    ),
)  # fmt: skip

# Behind "waiting" she stops, and does not withdraw: the old union's request has to end with it.
TRANSFER = Stages(
    kind="enrolment.transfer",
    name=_("转会"),
    page="enrolment:change",
    desk_page="enrolment_desk:change",
    stages=(
        Stage("asked", _("等新工会答复"), _("新工会在看"), Waits.UNION, to=("waiting", "declined", "withdrawn"), term=A_DAY),
        Stage("waiting", _("等原工会答复"), _("新工会同意了，在等原来的工会"), Waits.OTHERS, to=("done", "declined", "stopped"), term=LETTING_GO),
        Stage("done", _("转好了"), _("转好了，会龄接着算"), Waits.NOBODY),
        Stage("declined", _("没有转"), _("没有转，原因写在下面"), Waits.NOBODY),
        Stage("withdrawn", _("撤回了"), _("你撤回了"), Waits.NOBODY),
        Stage("stopped", _("撤回了，两边都停了"), _("你撤回了，会籍没有动"), Waits.NOBODY),
    ),
)  # fmt: skip

# Nobody may keep her: there is no way to "declined", and when its day has passed it is done by itself.
LEAVING = Stages(
    kind="enrolment.leaving",
    name=_("退会"),
    page="enrolment:change",
    desk_page="enrolment_desk:change",
    stages=(
        Stage("asked", _("等工会办"), _("工会在办，期限一过自动办好"), Waits.UNION, to=("done", "withdrawn"), term=A_DAY),
        Stage("done", _("退会了"), _("退会了，以后随时可以再申请"), Waits.NOBODY),
        Stage("withdrawn", _("撤回了"), _("你撤回了，会籍没有动"), Waits.NOBODY),
    ),
)  # fmt: skip

RETIREMENT = Stages(
    kind="enrolment.retirement",
    name=_("退休保留会籍"),
    page="enrolment:change",
    desk_page="enrolment_desk:change",
    stages=(
        Stage("asked", _("等工会核对"), _("工会在核对"), Waits.UNION, to=("done", "declined", "withdrawn"), term=CHECKING),
        Stage("done", _("会籍保留了"), _("会籍保留了，不用再交会费"), Waits.NOBODY),
        Stage("declined", _("没有改"), _("没有改，原因写在下面"), Waits.NOBODY),
        Stage("withdrawn", _("撤回了"), _("你撤回了"), Waits.NOBODY),
    ),
)  # fmt: skip

CHANGES = (TRANSFER, LEAVING, RETIREMENT)  # of a membership that there is
