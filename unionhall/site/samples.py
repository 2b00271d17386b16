"""The sample page ``/ui/``: every shared part in every state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django import forms
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.core.paginator import Paginator
from django.shortcuts import render
from django.template import Engine
from django.utils.translation import gettext_lazy as _

from unionhall.base.access import public
from unionhall.base.errors import Refused
from unionhall.site.icons import icons

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django_stubs_ext import StrPromise


class SampleForm(forms.Form):
    """One field of each shape."""

    phone = forms.CharField(
        label=_("手机号"),
        help_text=_("用来登录和发提醒。"),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    number = forms.CharField(
        label=_("身份证号"),
        min_length=18,
        error_messages={"min_length": _("少了几位。身份证号是 18 位，请对着证件再数一遍。")},
    )
    kind = forms.ChoiceField(
        label=_("怎么排名次"),
        choices=[("order", _("交卷先后")), ("lot", _("抽签")), ("score", _("分数高低"))],
    )
    answer = forms.ChoiceField(
        label=_("闻到燃气味，第一步做什么？"),
        widget=forms.RadioSelect,
        choices=[("a", _("打开抽油烟机")), ("b", _("关阀门，开窗"))],
    )
    reveal = forms.ChoiceField(
        label=_("什么时候给看答案"),
        widget=forms.RadioSelect(attrs={"class": "segment"}),
        choices=[("now", _("交卷后")), ("end", _("截止后")), ("never", _("不给看"))],
        initial="end",
    )
    topics = forms.MultipleChoiceField(
        label=_("想听什么"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[("gas", _("用气安全")), ("mind", _("心理健康"))],
    )
    words = forms.CharField(label=_("想说的话"), required=False, widget=forms.Textarea)
    roll = forms.FileField(
        label=_("名册"), required=False, help_text=_("xlsx 或 csv，最多 20 兆。")
    )
    remind = forms.BooleanField(
        label=_("收活动提醒"), required=False, initial=True, help_text=_("每天最多一条")
    )


REFUSAL = Refused(
    _("120 分，及格了。奖品在你之前发完了。"),
    why=_("第 80 份在 10:50:07 发出，你 10:52:31 交卷，晚了 2 分 24 秒。"),
    next=_("下一次：12 月 5 日 9:00。"),
)
STEPS = [
    {"title": _("受理"), "note": _("11 月 5 日"), "state": "done"},
    {"title": _("复核"), "note": _("还有 6 天"), "state": "now"},
    {"title": _("答复"), "note": _("之后"), "state": ""},
]


@dataclass(frozen=True)
class Sample:
    """One of ``templates/samples``: what is shown, and the lines that show it."""

    name: str
    on_a_card: bool = False

    @property
    def template(self) -> str:
        """Its name."""
        return f"samples/{self.name}.html"

    @property
    def lines(self) -> str:
        """As they stand in a page, without what every page begins with."""
        source = str(Engine.get_default().get_template(self.template).source)
        return source.removeprefix("{% load i18n %}\n").strip()


@dataclass(frozen=True)
class Section:
    """Samples that belong together."""

    key: str
    title: StrPromise
    samples: tuple[Sample, ...]


SECTIONS = (
    Section("words", _("字号"), (Sample("words", on_a_card=True),)),
    Section("buttons", _("按钮"), (Sample("buttons", on_a_card=True), Sample("one_button"))),
    Section("form", _("表单"), (Sample("form"),)),
    Section("refused", _("填错了，写过的都还在"), (Sample("form_refused"),)),
    Section("states", _("状态、进度、倒计时"), (Sample("states", on_a_card=True),)),
    Section("places", _("名额"), (Sample("places"),)),
    Section(
        "lists", _("列表、入口、券、印章"), (Sample("rows"), Sample("tiles"), Sample("tickets"))
    ),
    Section("notices", _("提示、拒绝"), (Sample("notices"), Sample("messages"), Sample("refusal"))),
    Section("empty", _("还没有、正在来"), (Sample("empty"), Sample("coming"))),
    Section("facts", _("事实、数字、经过"), (Sample("facts"), Sample("timeline"))),
    Section("table", _("表格、翻页"), (Sample("table"),)),
    Section(
        "frames",
        _("页头、页脚、工作台"),
        (
            Sample("switches"),
            Sample("way_back"),
            Sample("member_frame", on_a_card=True),
            Sample("desk_frame", on_a_card=True),
        ),
    ),
    Section("icons", _("图标"), (Sample("icons", on_a_card=True),)),
)
TOLD = [
    Message(constants.SUCCESS, _("存好了。")),
    Message(constants.WARNING, _("存好了，有两行没认出来。")),
]


@public
def samples(request: HttpRequest) -> HttpResponse:
    """Show the parts; the form is sent to this page and comes back with its errors."""
    context = {
        "form": SampleForm(auto_id="empty_%s"),
        "wrong": SampleForm(
            {"phone": "1990000", "number": "990000", "words": _("写到一半"), "answer": "a"}
        ),
        "pages": Paginator(range(1, 215), 50).page(2),
        "refusal": REFUSAL,
        "steps": STEPS,
        "facts": [(_("第 80 份发出"), "10:50:07"), (_("你交卷"), _("10:52:31，晚了 2 分 24 秒"))],
        "names": sorted(icons()),
        "current": "today",
        "sections": SECTIONS,
        "told": TOLD,
        "part_of_tree": {"name": _("柳溪街道总工会"), "note": _("含下级 86 个工会，6,412 人")},
    }
    return render(request, "ui/samples.html", context)
