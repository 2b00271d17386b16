from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from unionhall.base.choosing import Options, RowChoiceField
from unionhall.base.phones import read_phone
from unionhall.base.spreadsheets import MAX_BYTES
from unionhall.people.unions.models import Office, Union
from unionhall.people.unions.queries.tree import with_parents


class UnionChoiceField(RowChoiceField):
    """Some of the unions, by name; those of one name with the union right above each.

    A union that is closed is none of them: nothing new is put there.
    """

    def _rows(self) -> QuerySet[Any]:
        return super()._rows().filter(closed_on=None)

    def options(self, rows: Sequence[Union]) -> Options:
        """One statement, if a name comes twice."""
        times = Counter(one.name for one in rows)
        with_parents(one for one in rows if times[one.name] > 1)
        return [(one.pk, _called(one)) for one in rows]


def _called(union: Union) -> str:
    above: Union | None = getattr(union, "above", None)
    if above is None:
        return union.name
    return gettext("{union}（{above}）").format(union=union.name, above=above.name)


class UnionFilter(forms.Form):
    """What part of the tree is asked for."""

    q = forms.CharField(
        label=_("工会名称或信用代码"),
        required=False,
        max_length=120,
        widget=forms.TextInput(
            attrs={"type": "search", "autocomplete": "off", "placeholder": _("工会名称或信用代码")}
        ),
    )
    level = forms.TypedChoiceField(
        label=_("级别"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", _("级别：全部")), *Union.Level.choices],
    )


class StaffFilter(forms.Form):
    """Whose offices are asked for."""

    q = forms.CharField(
        label=_("工会或者姓名"),
        required=False,
        max_length=120,
        widget=forms.TextInput(
            attrs={"type": "search", "autocomplete": "off", "placeholder": _("工会或者姓名")}
        ),
    )
    role = forms.ChoiceField(
        label=_("职务"), required=False, choices=[("", _("职务：全部")), *Office.Role.choices]
    )
    when = forms.ChoiceField(
        label=_("什么时候"),
        required=False,
        choices=[("", _("现在在任")), ("past", _("以前的")), ("all", _("全部"))],
    )


class TermFilter(forms.Form):
    """Which terms of office are asked for."""

    due = forms.ChoiceField(
        label=_("什么时候到期"),
        required=False,
        choices=[
            ("", _("到期：全部")),
            ("overdue", _("过了")),
            ("soon", _("90 天内")),
            ("year", _("一年内")),
        ],
    )
    level = forms.TypedChoiceField(
        label=_("级别"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", _("级别：全部")), *Union.Level.choices],
    )


class TermForm(forms.Form):
    """A re-election that was held."""

    held_on = forms.DateField(
        label=_("哪天选的"),
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"required": _("还没有写是哪天选的。"), "invalid": _("日期不对。")},
    )
    years = forms.TypedChoiceField(
        label=_("一届几年"), coerce=int, choices=[(3, _("3 年")), (5, _("5 年"))]
    )

    def clean_held_on(self) -> dt.date:
        """Of a day that has come."""
        day: dt.date = self.cleaned_data["held_on"]
        if day > timezone.localdate():
            raise forms.ValidationError(_("选举还没有开，开完再来记。"))
        return day


class OfficeForm(forms.Form):
    """Who is put in charge, by the phone of her login."""

    phone = forms.CharField(
        label=_("手机号"),
        max_length=20,
        help_text=_("要先用这个手机号登录过一次"),
        error_messages={"required": _("还没有写手机号。")},
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    role = forms.ChoiceField(
        label=_("职务"), choices=Office.Role.choices, initial=Office.Role.OFFICER
    )
    ends_on = forms.DateField(
        label=_("到哪天为止"),
        required=False,
        help_text=_("不写就到有人结束它为止"),
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": _("日期不对。")},
    )
    because = forms.CharField(
        label=_("依据"), required=False, max_length=200, help_text=_("比如哪一次选举、哪一份任命")
    )

    def clean_phone(self) -> str:
        """Eleven digits."""
        phone = read_phone(self.cleaned_data["phone"]).value
        if not phone:
            raise forms.ValidationError(_("手机号是 11 位，以 13 到 19 开头。"))
        return phone


class ListForm(forms.Form):
    """A list of unions."""

    file = forms.FileField(
        label=_("工会台账"),
        help_text=_(
            "Excel（.xlsx、.xls）、csv 或制表符分隔的文字，最大 20 MB。"
            "要有“工会名称、上级工会、组织级别”三列，次序不限"
        ),
        error_messages={"required": _("还没有选文件。")},
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.csv,.tsv,.txt"}),
    )

    def clean_file(self) -> UploadedFile[bytes]:
        """Too large is said here, before anything is read."""
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if (file.size or 0) > MAX_BYTES:
            raise forms.ValidationError(_("文件超过 20 MB。分成几份，每份都带表头。"))
        return file


class ConfirmForm(forms.Form):
    """The yes to a list; whether it includes the new parents is said apart."""

    moves = forms.BooleanField(required=False)


class UndoForm(forms.Form):
    """Why the import of a list is put back."""

    reason = forms.CharField(
        label=_("为什么撤销"),
        max_length=200,
        help_text=_("比如：传错了文件"),
        error_messages={"required": _("写一句为什么，以后查得到。")},
    )
