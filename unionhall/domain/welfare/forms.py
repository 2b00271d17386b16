from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from unionhall.base.choosing import RowChoiceField
from unionhall.base.replay.rules import new_key
from unionhall.base.written_text import without_invisible
from unionhall.domain.welfare.models import Merchant, VoucherOffer
from unionhall.domain.welfare.rules.giveaways import Stage
from unionhall.kernel.allotment.rules import normal_number, number_is_well_formed
from unionhall.kernel.audience.rules import Audience
from unionhall.people.members.models import Member
from unionhall.people.unions.forms import UnionChoiceField
from unionhall.people.unions.models import Union

if TYPE_CHECKING:
    import datetime as dt

    from django.db.models import QuerySet
    from django_stubs_ext import StrOrPromise as Label

MISWRITTEN = _("抄错了一个字：券号自带校验，这一串对不上。对着券再看一遍，或者直接扫码。")


def _well_formed(written: str) -> str:
    if not number_is_well_formed(written):
        raise forms.ValidationError(MISWRITTEN, code="miswritten")
    return normal_number(written)


class Day(forms.DateField):
    """A day, by the browser's own calendar."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class NumberForm(forms.Form):
    """A voucher's number as it is scanned or typed."""

    number = forms.CharField(
        label=_("券号"),
        max_length=80,
        help_text=_("空格、大小写都不要紧"),
        error_messages={"required": _("还没有券号。"), "max_length": _("太长了，这不是券号。")},
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
                "enterkeyhint": "search",
            }
        ),
    )

    def clean_number(self) -> str:
        """As it is stored; one wrong character is seen here, before any table is asked."""
        return _well_formed(self.cleaned_data["number"])


class UndoForm(forms.Form):
    """Why a redemption is undone."""

    reason = forms.CharField(
        label=_("为什么撤销"),
        help_text=_("顾客会在手机上看到这句话，工会也会"),
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("写一句话，顾客和店里都会看到。")},
    )


class DayForm(forms.Form):
    """Which day is looked at."""

    day = Day(label=_("哪一天"), required=False)


class PeriodForm(forms.Form):
    """From one day to another, both included."""

    first = Day(label=_("从"))
    last = Day(label=_("到"))

    def clean(self) -> dict[str, Any]:
        """The first day comes first."""
        cleaned: dict[str, Any] = super().clean() or {}
        first: dt.date | None = cleaned.get("first")
        last: dt.date | None = cleaned.get("last")
        if first and last and last < first:
            self.add_error("last", _("结束的那天在开始之前。"))
        return cleaned


class OfferChoiceField(RowChoiceField):
    """One kind of voucher, by its title."""

    name_column = "title"


class RedemptionFilter(forms.Form):
    """What the desk's list is narrowed to."""

    offer = OfferChoiceField(
        VoucherOffer.objects.none(), label=_("哪种券"), required=False, empty_label=_("所有的券")
    )
    merchant = RowChoiceField(
        Merchant.objects.none(), label=_("哪家店"), required=False, empty_label=_("所有的店")
    )
    state = forms.ChoiceField(
        label=_("状态"),
        required=False,
        choices=[("", _("全部")), ("live", _("核销了")), ("undone", _("撤销了"))],
    )
    since = Day(label=_("从"), required=False)
    until = Day(label=_("到"), required=False)
    number = forms.CharField(label=_("券号"), max_length=80, required=False)

    def __init__(
        self,
        *args: object,
        offers: QuerySet[VoucherOffer],
        merchants: QuerySet[Merchant],
        **kwargs: object,
    ) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["offer"].queryset = offers  # type: ignore[attr-defined]
        self.fields["merchant"].queryset = merchants  # type: ignore[attr-defined]

    def clean_number(self) -> str:
        """Empty, or the number as it is stored."""
        return _well_formed(self.cleaned_data["number"]) if self.cleaned_data["number"] else ""


class MerchantForm(forms.Form):
    """A shop as members read about it."""

    name = forms.CharField(
        label=_("店名"), help_text=_("分店写上店名，比如：云杉面包坊，柳溪路店"), max_length=80
    )
    address = forms.CharField(label=_("地址"), max_length=160)
    phone = forms.CharField(label=_("店里的电话"), max_length=20, required=False)


class NewMerchantForm(MerchantForm):
    """A shop, and the union that contracts it."""

    union = UnionChoiceField(
        Union.objects.none(), label=_("哪个工会签的"), empty_label=None, asks_first=True
    )

    field_order = ("name", "address", "phone", "union")

    def __init__(self, *args: object, unions: QuerySet[Union], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["union"].queryset = unions  # type: ignore[attr-defined]
        self.fields["union"].initial = unions.order_by("path").first()


class ClerkForm(forms.Form):
    """A login that may redeem at a shop."""

    phone = forms.RegexField(
        r"^1\d{10}$",
        strip=True,
        label=_("店员的手机号"),
        help_text=_("她用这个号登录，就能核销"),
        error_messages={"invalid": _("手机号是 11 位数字。")},
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    till = forms.CharField(label=_("哪个收银台"), help_text=_("比如：2 号收银"), max_length=40)
    is_manager = forms.BooleanField(label=_("店长：能撤销核销，能下载结算单"), required=False)


class MemberSearch(forms.Form):
    """Whose voucher is looked for."""

    q = forms.CharField(label=_("找会员"), help_text=_("姓名，或手机号后四位"), max_length=40)


class PersonChecked(forms.Form):
    """Why an officer opens a voucher, and how she knows its owner: codes for the ledger."""

    why = forms.ChoiceField(
        label=_("为什么"),
        choices=[
            ("phone_lost", _("手机丢了")),
            ("phone_broken", _("手机坏了，或者没带")),
            ("no_smartphone", _("不用智能手机")),
            ("number_leaked", _("券号被别人看到了")),
        ],
        widget=forms.RadioSelect,
    )
    checked = forms.ChoiceField(
        label=_("怎么核对的本人"),
        choices=[
            ("id_card", _("看了身份证原件")),
            ("work_card", _("看了工作证，人和照片一致")),
            ("known", _("我认识本人，人在面前")),
        ],
        widget=forms.RadioSelect,
    )


MOMENT = "%Y-%m-%dT%H:%M"


def _moment(label: Label) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        input_formats=[MOMENT, "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S%z"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT),
    )


class GiveawayForm(forms.Form):
    """A giveaway: what, how many, from when to when, for whom."""

    title = forms.CharField(label=_("券名"), help_text=_("比如：蛋糕券"), max_length=80)
    merchant = RowChoiceField(
        Merchant.objects.none(), label=_("在哪家店用"), empty_label=_("还没选")
    )
    face_value = forms.DecimalField(
        label=_("面值，元"), min_value=0, max_value=100_000, max_digits=8, decimal_places=2
    )
    terms = forms.CharField(
        label=_("能买什么，有什么条件"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    capacity = forms.IntegerField(label=_("一共几份"), min_value=1, max_value=1_000_000)
    opens_at = _moment(_("从什么时候开始领"))
    closes_at = _moment(_("到什么时候截止"))
    valid_days = forms.IntegerField(
        label=_("领了以后几天内用"),
        help_text=_("不填就没有截止日期"),
        min_value=1,
        max_value=3650,
        required=False,
    )
    union = UnionChoiceField(Union.objects.none(), label=_("谁出的钱"))
    under_union = UnionChoiceField(Union.objects.none(), label=_("发给哪个工会及下级的会员"))
    sex = forms.ChoiceField(
        label=_("性别"), choices=[("", _("男女都行")), *Member.Sex.choices], required=False
    )
    employment = forms.ChoiceField(
        label=_("用工形式"),
        choices=[("", _("不限用工形式")), *Member.Employment.choices],
        required=False,
    )
    front_line = forms.BooleanField(label=_("只给一线职工"), required=False)
    any_order = forms.BooleanField(
        label=_("份数很多，不讲先后：同一秒来的人更多也不排队"), required=False
    )
    key = forms.CharField(max_length=64, required=False, initial=new_key, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: object,
        unions: QuerySet[Union],
        merchants: QuerySet[Merchant],
        **kwargs: object,
    ) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["merchant"].queryset = merchants  # type: ignore[attr-defined]
        for name in ("union", "under_union"):
            self.fields[name].queryset = unions.order_by("path")  # type: ignore[attr-defined]
            self.fields[name].empty_label = None  # type: ignore[attr-defined]

    def clean_face_value(self) -> int:
        """In cents; a voucher is worth something."""
        cents = int(self.cleaned_data["face_value"] * 100)
        if cents < 1:
            raise forms.ValidationError(_("券要值点钱。"), code="worthless")
        return cents

    def clean(self) -> dict[str, Any]:
        """It ends after it begins, and is for members below whoever pays, who else would never see it."""
        cleaned: dict[str, Any] = super().clean() or {}
        opens_at, closes_at = cleaned.get("opens_at"), cleaned.get("closes_at")
        if opens_at and closes_at and closes_at <= opens_at:
            self.add_error("closes_at", _("截止要在开始之后。"))
        union, under = cleaned.get("union"), cleaned.get("under_union")
        if union and under and not under.path.startswith(union.path):
            self.add_error("under_union", _("只能发给出钱的工会和它下级的会员。"))
        return cleaned

    def audience(self) -> Audience:
        """Whom the valid form names."""
        said = self.cleaned_data
        return Audience(
            under_union=said["under_union"].pk,
            sexes=(said["sex"],) if said["sex"] else (),
            employments=(said["employment"],) if said["employment"] else (),
            front_line=True if said["front_line"] else None,
        )

    def terms_of_giveaway(self) -> dict[str, Any]:
        """What ``actions.open_giveaway`` takes."""
        names = (
            "union",
            "merchant",
            "title",
            "face_value",
            "terms",
            "capacity",
            "opens_at",
            "closes_at",
            "valid_days",
            "any_order",
            "key",
        )
        return {name: self.cleaned_data[name] for name in names} | {"audience": self.audience()}


class GiveawayFilter(forms.Form):
    """What the desk's list of giveaways is narrowed to."""

    q = forms.CharField(label=_("券名或店名"), max_length=80, required=False)
    stage = forms.ChoiceField(
        label=_("状态"),
        required=False,
        choices=[
            ("", _("全部")),
            (Stage.SOON.value, _("还没开始")),
            (Stage.OPEN.value, _("正在发")),
            (Stage.GONE.value, _("发完了")),
            (Stage.CLOSED.value, _("结束了")),
        ],
    )

    def clean_q(self) -> str:
        """As the reader sees it, for what is invisible no search can hold."""
        return without_invisible(self.cleaned_data["q"]).strip()


class GiveawayClosing(forms.Form):
    """Why it ends before its time: members read it."""

    because = forms.CharField(
        label=_("为什么提前结束"),
        help_text=_("会员打开这张券的页面会看到这句话"),
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("写一句话，会员会看到。")},
    )
