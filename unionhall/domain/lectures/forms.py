from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from unionhall.base.choosing import LongSelect
from unionhall.domain.learning.models import Lesson
from unionhall.domain.lectures.models import Phase, Series
from unionhall.domain.lectures.queries import choices_for
from unionhall.domain.lectures.rules import KINDS, Terms
from unionhall.domain.quiz.models import Bank, Contest, QuestionVersion
from unionhall.domain.quiz.queries.banks import categories_in, tags_in
from unionhall.domain.quiz.rules.papers import Rule
from unionhall.domain.welfare.models import Merchant
from unionhall.people.accounts.models import User
from unionhall.people.members.models import Member
from unionhall.people.members.rules import masked_phone
from unionhall.people.unions.models import Union

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise as Label

MOMENT = "%Y-%m-%dT%H:%M"
STANDINGS = {"current": ("current",), "all": ("current", "retained")}


def _number(
    label: Label, *, most: int, least: int = 0, required: bool = True
) -> forms.IntegerField:
    attrs = {"class": "input short", "inputmode": "numeric", "aria-label": label}
    return forms.IntegerField(
        label=label,
        min_value=least,
        max_value=most,
        required=required,
        widget=forms.TextInput(attrs=attrs),
    )


def _choice(
    label: Label, choices: list[tuple[str, Any]], *, required: bool = True
) -> forms.ChoiceField:
    select = forms.Select(attrs={"class": "input", "aria-label": label})
    return forms.ChoiceField(label=label, choices=choices, required=required, widget=select)


def _row(label: Label, *, required: bool = True) -> forms.ModelChoiceField[Any]:
    select = LongSelect(attrs={"class": "input", "aria-label": label})
    return forms.ModelChoiceField(
        queryset=None, label=label, required=required, empty_label=_("还没选"), widget=select
    )


def _text(
    label: Label, *, longest: int, required: bool = True, css: str = "input mid"
) -> forms.CharField:
    attrs = {"class": css, "aria-label": label}
    return forms.CharField(
        label=label, max_length=longest, required=required, widget=forms.TextInput(attrs=attrs)
    )


def _moment(label: Label) -> forms.DateTimeField:
    attrs = {"class": "input mid", "type": "datetime-local", "aria-label": label}
    return forms.DateTimeField(
        label=label,
        input_formats=[MOMENT, "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs=attrs, format=MOMENT),
    )


class SeriesForm(forms.ModelForm):  # type: ignore[type-arg]
    """What holds for all phases."""

    class Meta:
        model = Series
        fields = ["title", "union", "one_prize"]

    def __init__(self, *args: Any, unions: QuerySet[Union], **kwargs: Any) -> None:  # noqa: ANN401 — Django's face
        super().__init__(*args, **kwargs)
        self.fields["title"] = _text(_("名称"), longest=80, required=False)  # a draft may have none
        self.fields["union"].queryset = unions.order_by("path")  # type: ignore[attr-defined]
        self.fields["union"].empty_label = None  # type: ignore[attr-defined]
        for name, label in (("union", _("主办")), ("one_prize", _("同一个人"))):
            self.fields[name].widget.attrs |= {"class": "input", "aria-label": label}


class RuleForm(forms.Form):
    """One rule of the draw: so many questions of a sort."""

    kind = _choice(_("题型"), [("", _("还没选")), *QuestionVersion.Kind.choices])
    difficulty = _choice(
        _("难度"), [("", _("难易不限")), *QuestionVersion.Difficulty.choices], required=False
    )
    category = _text(_("分类"), longest=200, required=False)
    tag = _text(_("知识点"), longest=40, required=False)
    count = _number(_("几道"), least=1, most=200)
    points = _number(_("每道几分"), least=1, most=100)


MOST_RULES, BLANK_RULES, LONGEST_PART = 20, 2, 200


def rules_text(rows: Iterable[Mapping[str, str]]) -> str:
    """Rules as a draft keeps them, right or not; rows in which nothing stands are left out."""
    parts = [
        {name: row.get(name, "").strip()[:LONGEST_PART] for name in RuleForm.base_fields}
        for row in rows
    ]
    filled = [row for row in parts if any(row.values())][:MOST_RULES]
    return json.dumps(filled, ensure_ascii=False) if filled else ""


def rules_typed(said: Mapping[str, str], prefix: str) -> str | None:
    """The rows of a page as one text; None when it has none."""
    rows = [
        {name: said.get(f"{prefix}-{nth}-{name}", "") for name in RuleForm.base_fields}
        for nth in range(MOST_RULES + BLANK_RULES)
        if f"{prefix}-{nth}-count" in said
    ]
    return rules_text(rows) if rows else None


class RulesField(forms.CharField):
    """The text of some rules; cleaned, the rules."""

    @staticmethod
    def forms(text: str, prefix: str = "", blank: int = 0) -> list[RuleForm]:
        """A form for each rule, and some that nothing stands in yet."""
        rows = json.loads(text) if text else []
        bound = [
            RuleForm(
                {f"{prefix}-{nth}-{name}": part for name, part in row.items()},
                prefix=f"{prefix}-{nth}",
            )
            for nth, row in enumerate(rows)
        ]
        room = range(len(rows), min(len(rows) + blank, MOST_RULES))
        return bound + [RuleForm(prefix=f"{prefix}-{nth}") for nth in room]

    def clean(self, value: str) -> tuple[Rule, ...]:
        forms_ = self.forms(super().clean(value) or "")
        faults = [
            _("第 %(nth)s 条，%(label)s：%(fault)s")
            % {"nth": nth, "label": form[name].label, "fault": str(errors[0]).rstrip("。.")}
            for nth, form in enumerate(forms_, start=1)
            for name, errors in form.errors.items()
        ]
        if faults:
            raise forms.ValidationError("；".join(faults))
        return tuple(Rule(**form.cleaned_data) for form in forms_)

    @staticmethod
    def in_words(text: str) -> str:
        """The rules one after the other, as they were typed."""
        words = dict(QuestionVersion.Kind.choices) | dict(QuestionVersion.Difficulty.choices)
        rows = json.loads(text) if text else []
        return "；".join(
            " · ".join(str(words.get(part, part)) for part in row.values() if part) for row in rows
        )


class PhaseForm(forms.Form):
    """One phase as one sentence. Read from a draft, so every field may be wrong or missing."""

    title = _text(_("这一期叫什么"), longest=80)
    under_union = _row(_("范围"))
    standing = _choice(_("对象"), [("current", _("在籍会员")), ("all", _("在籍和保留会籍的会员"))])
    sex = _choice(_("性别"), [("", _("男女都行")), *Member.Sex.choices], required=False)
    employment = _choice(
        _("用工形式"), [("", _("不限用工形式")), *Member.Employment.choices], required=False
    )
    front_line = _choice(
        _("一线"), [("", _("一线不一线都行")), ("yes", _("只要一线职工"))], required=False
    )
    opens_at = _moment(_("从什么时候"))
    closes_at = _moment(_("到什么时候"))
    lesson = _row(_("讲座"))
    bank = _row(_("题库"))
    single_count, single_points = (
        _number(_("单选题几道"), most=200),
        _number(_("单选题每道几分"), most=100),
    )
    multiple_count, multiple_points = (
        _number(_("多选题几道"), most=200),
        _number(_("多选题每道几分"), most=100),
    )
    judge_count, judge_points = (
        _number(_("判断题几道"), most=200),
        _number(_("判断题每道几分"), most=100),
    )
    fill_count, fill_points = (
        _number(_("填空题几道"), most=200),
        _number(_("填空题每道几分"), most=100),
    )
    rules = RulesField(label=_("按难度、分类和知识点抽的题"), required=False)
    minutes = _number(_("限时几分钟"), least=1, most=600)
    attempts = _number(_("可以答几次"), most=99)
    pass_mark = _number(_("及格分"), least=1, most=100_000)
    reveal = _choice(_("什么时候给看答案"), list(Contest.Reveal.choices))
    winners_by = _choice(_("怎样得奖"), list(Contest.WinnersBy.choices))
    places = _number(_("名额"), most=100_000)
    prize_title = _text(_("奖品"), longest=80, required=False)
    face_value = forms.DecimalField(
        label=_("面值，元"), min_value=0, max_value=100_000, max_digits=8, decimal_places=2, required=False,
        widget=forms.TextInput(attrs={"class": "input short", "inputmode": "decimal", "aria-label": _("面值，元")}),
    )  # fmt: skip
    merchant = _row(_("商户"), required=False)
    valid_days = _number(_("多少天内有效"), most=3650, required=False)

    def __init__(
        self,
        draft: Mapping[str, str],
        *,
        prefix: str,
        unions: QuerySet[Union],
        lessons: QuerySet[Lesson],
        banks: QuerySet[Bank],
        merchants: QuerySet[Merchant],
    ) -> None:
        super().__init__(
            {f"{prefix}-{name}": value for name, value in draft.items()}, prefix=prefix
        )
        rows = {"under_union": unions, "lesson": lessons, "bank": banks, "merchant": merchants}
        for name, queryset in rows.items():
            self.fields[name].queryset = queryset  # type: ignore[attr-defined]
        for field in self.fields.values():
            field.error_messages["required"] = _("还没填")

    @property
    def rule_forms(self) -> list[RuleForm]:
        """The rules beside the plain numbers, and room for more."""
        text, prefix = str(self["rules"].value() or ""), f"{self.prefix}-rules"
        rules = RulesField.forms(text, prefix, BLANK_RULES)
        for form in rules:  # the page has a list of each beside the rules
            form.fields["category"].widget.attrs["list"] = f"{self.prefix}-categories"
            form.fields["tag"].widget.attrs["list"] = f"{self.prefix}-tags"
        return rules

    @property
    def sorts(self) -> dict[str, list[str]]:
        """What the chosen bank's questions are sorted by."""
        bank = (
            self.cleaned_data.get("bank") if self.is_bound and not self.errors.get("bank") else None
        )
        return {"categories": categories_in(bank), "tags": tags_in(bank)} if bank else {}

    def terms(self) -> Terms | None:
        """The sentence as values; None while something is missing or misspelt."""
        if not self.is_valid():
            return None
        said = self.cleaned_data
        plain = [Rule(kind, said[f"{kind}_count"], said[f"{kind}_points"]) for kind in KINDS]
        draw = [*(rule for rule in plain if rule.count), *said["rules"]]
        same = ("title", "sex", "employment", "opens_at", "closes_at", "minutes", "attempts",
                "pass_mark", "winners_by", "reveal", "places", "prize_title")  # fmt: skip
        return Terms(
            **{name: said[name] for name in same},
            under_union=said["under_union"].pk,
            standings=STANDINGS[said["standing"]],
            front_line=True if said["front_line"] else None,
            lesson=said["lesson"].pk,
            bank=said["bank"].pk,
            draw=tuple(sorted(draw, key=lambda rule: KINDS.index(rule.kind))),
            merchant=said["merchant"].pk if said["merchant"] else None,
            face_value=int((said["face_value"] or 0) * 100),
            valid_days=said["valid_days"] or 0,
        )


DRAFT_FIELDS = tuple(PhaseForm.base_fields)


def phase_forms(
    series: Series, user: User, typed: Mapping[int, Mapping[str, str]] | None = None
) -> dict[Phase, PhaseForm]:
    """Every phase's sentence as it is kept, or as ``typed`` says, with what ``user`` may choose from."""
    choices, typed = vars(choices_for(series, user)), typed or {}
    return {
        phase: PhaseForm(
            {**phase.draft, **typed.get(phase.pk, {})}, prefix=f"p{phase.pk}", **choices
        )
        for phase in series.phases.select_related("series", "contest").order_by("number")
    }


def terms_of(series: Series, user: User) -> dict[int, Terms]:
    """Phase id -> its terms, of the phases whose sentence is whole."""
    said = {phase.pk: form.terms() for phase, form in phase_forms(series, user).items()}
    return {pk: terms for pk, terms in said.items() if terms is not None}


def new_draft(union: Union, now: dt.datetime) -> dict[str, str]:
    """Where a sentence starts: the usual numbers, from tomorrow at nine for three weeks."""
    tomorrow = timezone.localtime(now) + dt.timedelta(days=1)
    opens = tomorrow.replace(hour=9, minute=0, second=0, microsecond=0)
    closes = (opens + dt.timedelta(days=20)).replace(hour=18)
    usual = {
        "single": (25, 3), "multiple": (10, 4), "judge": (15, 1), "fill": (5, 4),
    }  # fmt: skip
    draft = {f"{kind}_count": str(count) for kind, (count, _points) in usual.items()}
    draft |= {f"{kind}_points": str(points) for kind, (_count, points) in usual.items()}
    return draft | {
        "under_union": str(union.pk),
        "standing": "current",
        "opens_at": opens.strftime(MOMENT),
        "closes_at": closes.strftime(MOMENT),
        "minutes": "60",
        "attempts": "2",
        "pass_mark": "100",
        "winners_by": Contest.WinnersBy.ORDER,
        "reveal": Contest.Reveal.AFTER_CLOSE,
        "places": "80",
        "valid_days": "30",
    }


class ClosingForm(forms.Form):
    """Why a phase is closed before its time; everybody who took part reads it."""

    because = forms.CharField(
        label=_("为什么提前结束"),
        max_length=300,
        help_text=_("参加过的人都会读到这句话。已经发出的券照样有效。"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class PlacesForm(forms.Form):
    """How many vouchers there are from now on, and why; everybody entitled reads it."""

    places = forms.IntegerField(
        label=_("改成几份"),
        min_value=1,
        max_value=100_000,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    because = forms.CharField(
        label=_("为什么改"),
        max_length=300,
        help_text=_("能参加的人都会读到这句话。"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class FoundMember(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Told apart by union and masked phone: names are shared."""

    def label_from_instance(self, obj: Member) -> str:
        phone = masked_phone(obj.phone) if obj.phone else _("没有手机号")
        return f"{obj.name}，{obj.union_name}，{phone}"  # type: ignore[attr-defined]


class PaperForm(forms.Form):
    """A participant on paper, found on the roll, with the score that was counted by hand."""

    member = FoundMember(
        queryset=Member.objects.none(), label=_("谁"), widget=forms.RadioSelect, empty_label=None
    )
    score = forms.IntegerField(label=_("得分"), min_value=0)

    def __init__(self, *args: Any, among: QuerySet[Member], full_marks: int, **kwargs: Any) -> None:  # noqa: ANN401 — Django's face
        super().__init__(*args, **kwargs)
        self.fields["member"].queryset = among  # type: ignore[attr-defined]
        self.fields["score"].max_value = full_marks  # type: ignore[attr-defined]
        self.fields["score"].widget.attrs |= {"inputmode": "numeric", "max": full_marks}
