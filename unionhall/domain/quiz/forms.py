from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from unionhall.base.pictures import LARGEST_SENT, redrawn
from unionhall.base.spreadsheets import MAX_BYTES
from unionhall.domain.quiz.models import QuestionVersion
from unionhall.domain.quiz.queries.bank_exports import FORMS
from unionhall.domain.quiz.queries.bank_reports import WORDS
from unionhall.domain.quiz.rules.questions import LETTERS, LONGEST_PICTURE_TEXT, Picture
from unionhall.people.unions.forms import UnionChoiceField
from unionhall.people.unions.models import Union


class AnswerForm(forms.Form):
    """The frame of an answer: what was given is read by the question's kind."""

    seq = forms.IntegerField(min_value=0)
    later = forms.BooleanField(required=False)
    go = forms.CharField(required=False, max_length=8)


class ReviewForm(forms.Form):
    text = forms.CharField(
        label=_("哪里不对"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("写清楚你记得的时间或题目，由人来查。"),
    )


class ReviewAnswerForm(forms.Form):
    text = forms.CharField(
        label=_("答复"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4})
    )


class QuestionForm(forms.Form):
    """A question as one types it; the same rules as for a file decide whether it is one."""

    nth = forms.IntegerField(widget=forms.HiddenInput)
    kind = forms.ChoiceField(label=_("题型"), choices=QuestionVersion.Kind.choices)
    stem = forms.CharField(
        label=_("题干"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("填空题用 ____ 表示要填的空。"),
    )
    options = forms.CharField(
        label=_("选项"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("一行一个，第一行是 A。判断题和填空题不用填。"),
    )
    answer = forms.CharField(
        label=_("答案"),
        help_text=_(
            "选择题写字母，如 ABD；判断题写对或错；填空题用；分开各空，用 / 分开都算对的写法。"
        ),
    )
    difficulty = forms.ChoiceField(label=_("难度"), choices=QuestionVersion.Difficulty.choices)
    score = forms.DecimalField(label=_("分值"), min_value=0, max_value=100, decimal_places=2)
    explanation = forms.CharField(
        label=_("解析"), required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    category = forms.CharField(
        label=_("分类"),
        required=False,
        max_length=200,
        help_text=_("可以分层，用 / 隔开，如：安全生产/用气安全。"),
    )
    tags = forms.CharField(label=_("知识点"), required=False, help_text=_("可以有几个，用；隔开。"))
    without = forms.MultipleChoiceField(
        label=_("不要的图"), required=False, widget=forms.CheckboxSelectMultiple
    )
    picture = forms.FileField(
        label=_("加一张图"),
        required=False,
        help_text=_("PNG、JPEG 或不动的 GIF，8 MB 以内。照片会转正、缩小，拍摄地点这些会去掉。"),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/gif"}),
    )
    picture_place = forms.ChoiceField(
        label=_("放在哪里"),
        required=False,
        choices=[
            ("", _("题干下面")),
            *((one, format_lazy("{} {}", _("选项"), one)) for one in LETTERS),
        ],
    )
    picture_text = forms.CharField(
        label=_("图里是什么"),
        required=False,
        max_length=LONGEST_PICTURE_TEXT,
        help_text=_("看不见图的人听到的就是这句话。"),
    )

    def __init__(self, *args: Any, pictures: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:  # noqa: ANN401 — Django's face
        super().__init__(*args, **kwargs)
        if pictures:
            field = self.fields["without"]
            assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 — for the type checker
            field.choices = list(pictures)
        else:
            del self.fields["without"]

    def clean(self) -> dict[str, Any]:
        """The picture drawn anew, as it will be kept."""
        said: dict[str, Any] = super().clean() or {}
        said.setdefault("without", [])
        said["pictures"] = ()
        file = said.get("picture")
        if file:
            (drawn,) = redrawn([file.read(LARGEST_SENT + 1)])
            if drawn is None:
                self.add_error("picture", str(WORDS["PICTURE_INVALID"]))
            else:
                text, place = said.get("picture_text", ""), said.get("picture_place", "")
                said["pictures"] = (Picture(drawn, text.strip(), place),)
        return said


class SearchForm(forms.Form):
    """What to look for in a bank."""

    text = forms.CharField(label=_("题干、选项或解析里的字"), required=False)
    kind = forms.ChoiceField(
        label=_("题型"),
        required=False,
        choices=[("", _("全部题型")), *QuestionVersion.Kind.choices],
    )
    difficulty = forms.ChoiceField(
        label=_("难度"),
        required=False,
        choices=[("", _("全部难度")), *QuestionVersion.Difficulty.choices],
    )
    category = forms.ChoiceField(label=_("分类"), required=False)
    tag = forms.ChoiceField(label=_("知识点"), required=False)

    def __init__(
        self,
        *args: Any,  # noqa: ANN401 — Django's face
        categories: list[str],
        tags: list[str],
        **kwargs: Any,  # noqa: ANN401 — Django's face
    ) -> None:
        super().__init__(*args, **kwargs)
        self._offer("category", _("全部分类"), categories)
        self._offer("tag", _("全部知识点"), tags)

    def _offer(self, name: str, all_of_them: str | Promise, values: list[str]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 — for the type checker
        field.choices = [("", str(all_of_them)), *((value, value) for value in values)]


class ImportForm(forms.Form):
    """A file, and the bank that it is for."""

    union = UnionChoiceField(
        label=_("哪个工会的题库"), queryset=Union.objects.none(), asks_first=True
    )
    bank = forms.CharField(
        label=_("题库名称"), max_length=80, help_text=_("已有同名题库时，题目加进那个题库。")
    )
    file = forms.FileField(
        label=_("文件"),
        help_text=_(
            "Excel 工作簿、csv、GIFT、Aiken 或 Moodle XML，最大 20 MB。各家的列名和写法都认，不用改格式。"
        ),
        error_messages={"required": _("还没有选文件。"), "empty": _("文件是空的。")},
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.csv,.txt,.gift,.xml"}),
    )

    def __init__(self, *args: Any, unions: QuerySet[Union], **kwargs: Any) -> None:  # noqa: ANN401 — Django's face
        super().__init__(*args, **kwargs)
        field = self.fields["union"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 — for the type checker
        field.queryset = unions
        field.initial = unions.first()

    def clean_file(self) -> UploadedFile[bytes]:
        """Too large is said here, before anything is read."""
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if (file.size or 0) > MAX_BYTES:
            raise forms.ValidationError(_("文件超过 20 MB。分成几份，每份都带表头。"))
        return file


class UndoForm(forms.Form):
    """Why an import is put back."""

    reason = forms.CharField(
        label=_("为什么撤销"), max_length=200, help_text=_("写进日志，以后查得到。")
    )


class ExportForm(forms.Form):
    """In which format a bank goes out."""

    form = forms.ChoiceField(
        label=_("格式"), choices=[(name, form.label) for name, form in FORMS.items()]
    )
    seen = forms.BooleanField(required=False)  # she was told what has no place in the format
