from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from unionhall.base.pictures import LARGEST_SENT, kind_of, redrawn
from unionhall.kernel.casework.actions.story import LONGEST, Paper
from unionhall.kernel.casework.models import Case
from unionhall.kernel.casework.queries import (
    handlers_for,
    is_late,
    unions_to_hand_to,
    waiting_for_union,
)
from unionhall.kernel.casework.stages import Stages
from unionhall.people.accounts.models import User
from unionhall.people.unions.forms import UnionChoiceField
from unionhall.people.unions.models import Union

PDF = b"%PDF-"
OPEN, MINE, WAITING, LATE, CLOSED = "", "mine", "waiting", "late", "closed"


class PaperField(forms.FileField):
    """A photograph, drawn anew so that no place is left in it, or a PDF; cleaned to a ``Paper``."""

    widget = forms.FileInput(attrs={"accept": "image/jpeg,image/png,application/pdf"})
    default_error_messages = {
        "too_large": _("这个文件超过 8 MB 了。拍小一点，或者分开传。"),
        "unknown": _("认不出这个文件。要照片（JPEG、PNG）或者 PDF。"),
    }

    def clean(self, data: Any, initial: Any = None) -> Paper | None:  # noqa: ANN401 — Django's face
        upload: UploadedFile[bytes] | None = super().clean(data, initial)
        if not upload:
            return None
        if (upload.size or 0) > LARGEST_SENT:
            raise forms.ValidationError(self.error_messages["too_large"], code="too_large")
        name, content = str(upload.name), upload.read()
        if content.startswith(PDF):
            return Paper(ContentFile(content), name, "application/pdf")
        (drawn,) = redrawn([content])
        if drawn is None:
            raise forms.ValidationError(self.error_messages["unknown"], code="unknown")
        return Paper(ContentFile(drawn), name, kind_of(drawn).content_type)


class NoteForm(forms.Form):
    """Something to remember, with a paper if there is one."""

    text = forms.CharField(
        label=_("内容"), max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 3})
    )
    paper = PaperField(label=_("材料"), required=False, help_text=_("照片或 PDF，8 MB 以内。"))

    @property
    def papers(self) -> list[Paper]:
        """What came with it."""
        return [paper] if (paper := self.cleaned_data.get("paper")) else []


class DeskNoteForm(NoteForm):
    """An officer's; she says who may read it."""

    is_shown = forms.TypedChoiceField(
        label=_("谁能看到"),
        choices=[("", _("只有工会能看到")), ("1", _("双方能看到"))],
        coerce=bool,
        empty_value="",
        required=False,
        initial="",
        widget=forms.RadioSelect(attrs={"class": "segment"}),
    )


class HandlerForm(forms.Form):
    """Who goes on with it."""

    handler = forms.ModelChoiceField(User.objects.none(), label=_("交给谁办"), empty_label=None)

    def __init__(self, *args: Any, case: Case, by: User, **kwargs: Any) -> None:  # noqa: ANN401 — Django's face
        super().__init__(*args, **kwargs)
        self.fields["handler"].queryset = handlers_for(case, by=by)  # type: ignore[attr-defined]


class MoveCaseForm(forms.Form):
    """Which union goes on with it, and why."""

    union = UnionChoiceField(Union.objects.none(), label=_("转给哪个工会"), empty_label=None)
    text = forms.CharField(
        label=_("为什么转"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, case: Case, by: User, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self.fields["union"].queryset = unions_to_hand_to(case, by=by)  # type: ignore[attr-defined]


class CaseFilter(forms.Form):
    """Which part of an officer's cases; what is odd counts as left out."""

    state = forms.ChoiceField(
        label=_("进度"),
        required=False,
        choices=[
            (OPEN, _("在办的")),
            (WAITING, _("等工会办的")),
            (MINE, _("我经办的")),
            (LATE, _("过期的")),
            (CLOSED, _("办完的")),
        ],
    )
    kind = forms.ChoiceField(label=_("种类"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 — Django's face
        super().__init__(*args, **kwargs)
        kinds = [(one.kind, one.name) for one in Stages.known.values()]
        self.fields["kind"].choices = [("", _("种类：全部")), *kinds]  # type: ignore[attr-defined]

    def part_of(self, cases: QuerySet[Case], *, user: User, today: dt.date) -> QuerySet[Case]:
        """By the filled fields."""
        self.is_valid()
        state, kind = self.cleaned_data.get("state", OPEN), self.cleaned_data.get("kind", "")
        cases = cases.filter(kind=kind) if kind else cases
        if state == CLOSED:
            return cases.filter(closed_at__isnull=False)
        if state == LATE:
            return cases.filter(is_late(today))
        if state == WAITING:
            return cases.filter(waiting_for_union())
        return cases.filter(closed_at=None, **({"handler": user} if state == MINE else {}))
