from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import FileExtensionValidator
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from unionhall.domain.learning.models import Lesson
from unionhall.people.unions.forms import UnionChoiceField
from unionhall.people.unions.models import Union

ENCODINGS = ("utf-8-sig", "gb18030")  # what the usual editors write


class LessonForm(forms.ModelForm):  # type: ignore[type-arg]
    """A video with its script, or a text alone."""

    union = UnionChoiceField(
        Union.objects.none(), label=_("归哪个工会"), empty_label=None, asks_first=True
    )
    video = forms.FileField(
        label=_("视频"),
        required=False,
        help_text=_("mp4 文件。没有视频就只写讲稿，会员读讲稿。"),
        validators=[FileExtensionValidator(["mp4", "m4v"])],
        widget=forms.FileInput(attrs={"accept": "video/mp4"}),
    )
    script_file = forms.FileField(
        label=_("讲稿文件"),
        required=False,
        help_text=_("txt 或 md 文件。也可以直接写在下面。"),
        validators=[FileExtensionValidator(["md", "txt"])],
        widget=forms.FileInput(attrs={"accept": ".md,.txt,text/plain"}),
    )

    class Meta:
        model = Lesson
        fields = ["union", "title", "speaker", "script"]
        help_texts = {
            "script": _("以“> ”开头的行会做成字幕，按时间均匀排开。没有字幕的视频不能发布。")
        }
        widgets = {"script": forms.Textarea(attrs={"rows": 12})}

    field_order = ["title", "speaker", "union", "video", "script_file", "script"]

    def __init__(self, *args: Any, unions: QuerySet[Union], **kwargs: Any) -> None:  # noqa: ANN401 — Django's face
        super().__init__(*args, **kwargs)
        self.fields["union"].queryset = unions  # type: ignore[attr-defined]
        self.fields["union"].initial = unions.order_by("path").first()

    def clean_script_file(self) -> str:
        upload: UploadedFile[bytes] | None = self.cleaned_data["script_file"]
        return _decoded(upload.read(1 << 20)) if upload else ""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        cleaned["script"] = cleaned.get("script") or cleaned.get("script_file") or ""
        return cleaned


def _decoded(content: bytes) -> str:
    for encoding in ENCODINGS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:  # which no database keeps
            return text
    raise forms.ValidationError(_("这个讲稿文件不是文字，或者编码认不出来。另存为 UTF-8 再传。"))
