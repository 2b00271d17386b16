from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from unionhall.base.sealed_words import SEALED, NotSealedHereError, opened, sealed
from unionhall.base.spreadsheets import MAX_BYTES
from unionhall.base.wording import Text
from unionhall.people.members.models import Member, Membership
from unionhall.people.members.queries import by_strokes, roll_in
from unionhall.people.members.rules import Conditions
from unionhall.people.members.wording import INDUSTRIES
from unionhall.people.unions.forms import UnionChoiceField
from unionhall.people.unions.models import Union

_RETAINED = [(why.value, why.label) for why in Membership.RETAINED_FOR]
_LEFT = [(one.value, one.label) for one in Membership.Why if one not in Membership.RETAINED_FOR]
STROKES = "strokes"  # an order
JOINED = "~"  # stands in an address as it is
SEALED_FOR = "members.filter"  # the purpose of the seal in an address
AGES_IN_WORDS = [
    ("to24", _("24 岁及以下")),
    ("25to34", _("25–34 岁")),
    ("35to44", _("35–44 岁")),
    ("45to54", _("45–54 岁")),
    ("from55", _("55 岁及以上")),
]


class Several(forms.MultipleChoiceField):
    """Any of some values: ticked in a form, joined by ``~`` in an address."""

    class Ticks(forms.CheckboxSelectMultiple):
        """Boxes in rows."""

        def value_from_datadict(
            self, data: Mapping[str, Any], _files: object, name: str
        ) -> list[str]:
            """From a form or from an address."""
            said = data.getlist(name) if isinstance(data, MultiValueDict) else [data.get(name, "")]
            return [one for joined in said for one in str(joined).split(JOINED) if one]

    def __init__(self, label: Text, choices: Iterable[tuple[object, Text]]) -> None:
        widget = self.Ticks(attrs={"class": "ticks"})
        super().__init__(label=label, required=False, choices=choices, widget=widget)  # type: ignore[arg-type]


class YesOrNo(forms.TypedChoiceField):
    """One, the other, or both alike."""

    def __init__(self, label: Text, *, both: Text, yes: Text, no: Text) -> None:
        choices = [("", both), ("1", yes), ("0", no)]
        super().__init__(
            label=label,  # type: ignore[arg-type]  # the stubs know no other promise
            required=False,
            choices=choices,
            coerce="1".__eq__,
            empty_value=None,
        )


class RollFilter(forms.Form):
    """What part of the roll is asked for; everything may be left out.

    Its address says all of it but what is looked for by name or number: that is sealed, for addresses
    stand in logs and histories.
    """

    too_many = False

    q = forms.CharField(
        label=_("姓名、手机尾号、手机号或证件号码"),
        required=False,
        max_length=80,
        widget=forms.TextInput(
            attrs={
                "type": "search",
                "autocomplete": "off",
                "size": 32,
                "placeholder": _("姓名、手机尾号、手机号或证件号码"),
            }
        ),
    )
    standing = Several(_("会籍"), Membership.Standing.choices)
    age = Several(_("年龄"), AGES_IN_WORDS)
    sex = Several(_("性别"), Member.Sex.choices)
    grade = Several(_("技能等级"), Member.SkillGrade.choices)
    employment = Several(_("用工形式"), Member.Employment.choices)
    front_line = YesOrNo(_("岗位"), both=_("岗位：全部"), yes=_("一线"), no=_("不在一线"))
    login = YesOrNo(_("登录"), both=_("登录：全部"), yes=_("绑定了"), no=_("还没有绑定"))
    holding = Several(_("单位的控股类型"), Union.Holding.choices)
    industry = Several(_("行业"), INDUSTRIES.items())
    order = forms.ChoiceField(
        label=_("先后"),
        required=False,
        choices=[("", _("先后：按姓名")), (STROKES, _("按姓氏笔画"))],
    )

    @classmethod
    def of(cls, address: Mapping[str, str]) -> RollFilter:
        """What an address asks for; raises ``Membership.DoesNotExist`` where its seal is not ours."""
        said = {name: address[name] for name in cls.base_fields if name in address}
        if address.get(SEALED):
            said["q"] = _opened(address[SEALED])
        return cls(said)

    def address(self, *, without: str = "") -> dict[str, str]:
        """All that is said, but for the field ``without``; wrong values count as left out."""
        self.is_valid()
        said = {name: self._joined(name) for name in self.fields if name != without}
        query = said.pop("q", "")
        kept = {name: text for name, text in said.items() if text}
        return {**kept, SEALED: sealed(query, purpose=SEALED_FOR)} if query else kept

    def in_clear(self) -> dict[str, str]:
        """The same to be kept where nobody else reads it."""
        said = self.address()
        query = said.pop(SEALED, "") and self.cleaned_data["q"].strip()
        return {**said, "q": query} if query else said

    def _joined(self, name: str) -> str:
        value = self.cleaned_data.get(name)
        if isinstance(value, bool):
            return str(int(value))
        return JOINED.join(value) if isinstance(value, list) else (value or "").strip()

    def conditions(self) -> Conditions:
        """The same as a value; wrong ones count as left out."""
        self.is_valid()
        said = self.cleaned_data
        return Conditions(
            query=said.get("q", "").strip(),
            standings=tuple(said.get("standing", ())),
            sexes=tuple(said.get("sex", ())),
            ages=tuple(said.get("age", ())),
            skill_grades=tuple(map(int, said.get("grade", ()))),
            employments=tuple(said.get("employment", ())),
            front_line=said.get("front_line"),
            has_login=said.get("login"),
            industries=tuple(said.get("industry", ())),
            holdings=tuple(said.get("holding", ())),
        )

    def part_of(self, union: Union) -> QuerySet[Membership]:
        """The roll of ``union`` and of all below it, as far as it is asked for, in the order asked for.

        ``too_many``: they are too many for the order of strokes, and stand by name.
        """
        rows = roll_in(union, self.conditions())
        if self.cleaned_data.get("order") != STROKES:
            return rows
        ordered = by_strokes(rows)
        self.too_many = ordered is None
        return rows if ordered is None else ordered


def _opened(text: str) -> str:
    try:
        return opened(text, purpose=SEALED_FOR)
    except NotSealedHereError as error:
        raise Membership.DoesNotExist from error


class SavedFilterForm(forms.Form):
    """What a filter that is kept is called, and for whom."""

    name = forms.CharField(
        label=_("给这组条件起个名"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("起个名，下次好找。")},
    )
    shared = forms.BooleanField(label=_("同一个工会的干部也能用"), required=False)


class RollForm(forms.Form):
    """A roll, and the top of the part of the tree that it is for."""

    union = UnionChoiceField(
        label=_("给哪个工会（含下级）"), queryset=Union.objects.none(), asks_first=True
    )
    file = forms.FileField(
        label=_("名册"),
        help_text=_(
            "Excel（.xlsx、.xls）、csv 或制表符文本，最大 20 MB。要有“姓名、证件号码”两列，次序不限；有几个工会的人，还要有“所属工会”"
        ),
        error_messages={"required": _("还没有选文件。")},
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.csv,.txt,.tsv"}),
    )

    def __init__(self, *args: object, unions: QuerySet[Union], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        choice = self.fields["union"]
        choice.queryset, choice.initial = unions, unions.first()  # type: ignore[attr-defined]
        if unions.count() == 1:
            choice.empty_label = None  # type: ignore[attr-defined]

    def clean_file(self) -> UploadedFile[bytes]:
        """Too large is said here, before anything is read."""
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if (file.size or 0) > MAX_BYTES:
            raise forms.ValidationError(_("文件超过 20 MB。分成几份，每份都带表头。"))
        return file


class OneUnionForm(forms.Form):
    """Whose everybody on a roll is, where the file does not say it."""

    union = UnionChoiceField(
        label=_("都是哪个工会的"),
        queryset=Union.objects.none(),
        empty_label=_("选一个工会"),
        error_messages={"required": _("选一个工会。")},
    )

    def __init__(self, *args: object, unions: QuerySet[Union], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["union"].queryset = unions  # type: ignore[attr-defined]


class UndoForm(forms.Form):
    """Why an import is put back."""

    reason = forms.CharField(
        label=_("为什么撤销"),
        max_length=200,
        help_text=_("比如：传错了文件"),
        error_messages={"required": _("写一句为什么，以后查得到。")},
    )


class AbsentForm(forms.Form):
    """What is the matter with people whom a roll does not name."""

    SOME, ALL = "some", "all"

    who = forms.ChoiceField(choices=[(SOME, SOME), (ALL, ALL)])
    people = forms.TypedMultipleChoiceField(coerce=int, required=False)
    why = forms.ChoiceField(
        label=_("怎么回事"),
        choices=[
            ("", _("选一个原因")),
            ("keep", _("没有变，还在会")),
            (_("保留会籍，没有表决权"), _RETAINED),
            (_("不在会了"), _LEFT),
        ],
        error_messages={"required": _("选一个原因。")},
    )
    note = forms.CharField(
        label=_("备注"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": _("备注，可以不写"), "autocomplete": "off"}),
    )

    def __init__(self, *args: object, people: Iterable[int], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["people"].choices = [(one, one) for one in people]  # type: ignore[attr-defined]

    def chosen(self) -> list[int] | None:
        """The absences that were ticked; ``None``: all that are open."""
        chosen: list[int] = self.cleaned_data["people"]
        return None if self.cleaned_data["who"] == self.ALL else chosen


class DaysForm(forms.Form):
    """The day of which figures are told, and one to hold it against."""

    on = forms.DateField(
        label=_("哪一天"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    beside = forms.DateField(
        label=_("和哪一天比"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def days(self) -> tuple[dt.date, dt.date | None]:
        """The day, today when none is named, and the one beside it; days to come count as today."""
        self.is_valid()
        today = timezone.localdate()
        on, beside = self.cleaned_data.get("on"), self.cleaned_data.get("beside")
        return min(on or today, today), min(beside, today) if beside else None


class StandingForm(forms.Form):
    """Why somebody's membership is kept without a vote, or ends."""

    why = forms.ChoiceField(
        label=_("怎么回事"),
        choices=[
            ("", _("选一个原因")),
            (_("保留会籍，没有表决权"), _RETAINED),
            (_("不在会了"), _LEFT),
        ],
        error_messages={"required": _("选一个原因。")},
    )


class DepartmentForm(forms.Form):
    """Where in their union people work from now on."""

    department = forms.CharField(
        label=_("改成哪个部门"),
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("写上部门。")},
    )


class MessageForm(forms.Form):
    """What is sent into the inbox of each."""

    text = forms.CharField(
        label=_("写什么"),
        max_length=500,
        help_text=_("最多 500 字，到每个人的消息里，写明是你们工会发的。别写某一个人的事。"),
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("写上要说的话。")},
    )


class MoveForm(forms.Form):
    """Where somebody is to be a member from now on."""

    union = UnionChoiceField(
        label=_("转到哪个工会"),
        queryset=Union.objects.none(),
        error_messages={"required": _("选一个工会。")},
    )

    def __init__(self, *args: object, unions: QuerySet[Union], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["union"].queryset = unions  # type: ignore[attr-defined]


class AnswerForm(forms.Form):
    """An answer to a request for transfer; a no has its reason."""

    AGREE, REFUSE, WITHDRAW = "agree", "refuse", "withdraw"

    answer = forms.ChoiceField(
        choices=[(one, one) for one in (AGREE, REFUSE, WITHDRAW)], widget=forms.HiddenInput
    )
    reason = forms.CharField(
        label=_("不同意的原因"),
        max_length=200,
        help_text=_("对方看得到"),
        error_messages={"required": _("写一句为什么，对方好知道怎么办。")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 — Django's face
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = self.data.get("answer", self.REFUSE) == self.REFUSE
