"""Move, merge, split and close a union at the desk: what hangs on it first, then the deed, then how far it is.

The deeds are those of ``people/members``; the page stands up here because only here all that hangs on a union is seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from unionhall.base.access import allowed
from unionhall.base.errors import Refused
from unionhall.base.htmx import page_or_fragment
from unionhall.base.paging import page_of
from unionhall.base.patience import unhurried
from unionhall.people.members import actions as members
from unionhall.people.members.models import Membership, Reorganisation
from unionhall.people.members.queries.reorganisations import (
    later_deeds,
    reorganisation_in_charge,
    reorganisations_in_charge,
)
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.actions.tree import stood_under
from unionhall.people.unions.forms import UnionChoiceField
from unionhall.people.unions.models import Union
from unionhall.people.unions.queries import (
    in_charge_of,
    may_reshape,
    open_in_charge_of,
    union_in_charge,
)
from unionhall.site.hanging import ENDING, Hanging, hanging_on
from unionhall.site.refusals import CONFLICT

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse, QueryDict

    from unionhall.people.accounts.models import User

Kind, State = Reorganisation.Kind, Reorganisation.State
UNPROCESSABLE = 422
DEPARTMENTS, CHILDREN = 200, 100  # that a form offers


class ReasonForm(forms.Form):
    """Why; whoever reads the history wants to know."""

    reason = forms.CharField(
        label=gettext_lazy("为什么"),
        max_length=200,
        help_text=gettext_lazy("写明依据，比如哪一次会议、哪一份批复"),
        error_messages={"required": gettext_lazy("写一句为什么，以后查得到。")},
    )


class TargetForm(ReasonForm):
    """Where it goes."""

    other = UnionChoiceField(
        Union.objects.none(), label=gettext_lazy("到哪里"), empty_label=gettext_lazy("选一个工会")
    )
    field_order = ("other", "reason")

    def __init__(self, sent: QueryDict | None, *, unions: QuerySet[Union], label: str) -> None:
        super().__init__(sent)
        self.fields["other"].queryset = unions  # type: ignore[attr-defined]
        self.fields["other"].label = label


class SplitForm(ReasonForm):
    """The new union, and who goes there."""

    name = forms.CharField(
        label=gettext_lazy("新工会的名称"),
        max_length=120,
        error_messages={"required": gettext_lazy("给新工会起个名称。")},
    )
    departments = forms.MultipleChoiceField(
        label=gettext_lazy("哪些部门的会员过去"),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "ticks"}),
    )
    children = forms.TypedMultipleChoiceField(
        label=gettext_lazy("哪些下级工会过去"),
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "ticks"}),
    )
    field_order = ("name", "departments", "children", "reason")

    def __init__(self, sent: QueryDict | None, *, union: Union) -> None:
        super().__init__(sent)
        departments = Membership.objects.filter(union=union, left_on=None).exclude(department="")
        named = departments.order_by("department").values_list("department", flat=True).distinct()
        below = Union.objects.get_children(union).filter(closed_on=None).order_by("path")
        offered = {
            "departments": [(one, one) for one in named[:DEPARTMENTS]],
            "children": list(below.values_list("pk", "name")[:CHILDREN]),
        }
        for field, choices in offered.items():
            if choices:
                self.fields[field].choices = choices  # type: ignore[attr-defined]
            else:
                del self.fields[field]

    def clean(self) -> dict[str, Any]:
        """Somebody must go there."""
        said = self.cleaned_data
        if not (said.get("departments") or said.get("children")) and not self.errors:
            raise forms.ValidationError(_("选至少一个部门或者下级工会，不然新工会是空的。"))
        return said


@allowed(runs_unions)
@never_cache
def reorganise(request: HttpRequest, union_id: int, kind: str) -> HttpResponse:
    """What hangs on it and becomes of it; then the deed, if nothing stands in the way."""
    union, user = _union(request, union_id), cast("User", request.user)
    form, hanging = _form(request, union, kind), hanging_on(union, kind)
    context = {"union": union, "kind": kind, "form": form, "hanging": hanging}
    context |= {"upper": Union.objects.get_parent(union)}
    context |= {"stops": [one for one in hanging if one.stops]}
    if form.is_valid():
        try:
            _refuse_what_stops(hanging)
            deed = _do(union, kind, form.cleaned_data, by=user)
        except Refused as refusal:
            context["refusal"] = refusal
            return render(request, "desk/reorganise.html", context, status=CONFLICT)
        return redirect("desk:reorganisation", deed.pk)
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "desk/reorganise.html", context, status=status)


def _union(request: HttpRequest, union_id: int) -> Union:
    try:
        union = union_in_charge(request.user, union_id)
    except Union.DoesNotExist as error:
        raise Http404 from error
    if union.closed_on:
        raise Http404
    if not may_reshape(request.user, union):
        raise PermissionDenied
    return union


def _form(request: HttpRequest, union: Union, kind: str) -> ReasonForm:
    sent = request.POST if request.method == "POST" else None
    if kind == Kind.SPLIT:
        return SplitForm(sent, union=union)
    if kind == Kind.CLOSE:
        return ReasonForm(sent)
    unions = open_in_charge_of(request.user).exclude(path__startswith=union.path)
    label = _("换到哪个上级下面") if kind == Kind.MOVE else _("并入哪个工会")
    return TargetForm(sent, unions=unions.order_by("path"), label=label)


def _refuse_what_stops(hanging: list[Hanging]) -> None:
    stops = [one for one in hanging if one.stops]
    if stops:
        told = "、".join(f"{one.what} {one.times}" for one in stops)
        raise Refused(
            _("还不能办。"),
            why=_("它的会员还有没结束的事：{told}。现在并走，这些会员就参加不了了。").format(
                told=told
            ),
            next=_("等它们办完，或者到那一页提前结束，再来。"),
            code="still_running",
        )


@unhurried()
def _do(union: Union, kind: str, said: dict[str, Any], *, by: User) -> Reorganisation:
    reason = said["reason"]
    if kind == Kind.MOVE:
        return members.move_union(union, parent=said["other"], by=by, reason=reason)
    if kind == Kind.MERGE:
        return members.merge_unions(union, into=said["other"], by=by, reason=reason)
    if kind == Kind.CLOSE:
        return members.close_union(union, by=by, reason=reason)
    going = {one: said.get(one, ()) for one in ("departments", "children")}
    return members.split_union(union, name=said["name"], **going, by=by, reason=reason)


@allowed(runs_unions)
@never_cache
def reorganisations(request: HttpRequest) -> HttpResponse:
    """What was moved, merged, split and closed; newest first."""
    page = page_of(request, reorganisations_in_charge(request.user))
    return render(request, "desk/reorganisations.html", {"page": page})


@allowed(runs_unions)
@never_cache
def reorganisation(request: HttpRequest, deed_id: int) -> HttpResponse:
    """How far it is; asked again by itself while it works."""
    deed = _deed(request, deed_id)
    context = {
        "deed": deed,
        "works": deed.state in {State.RUNNING, State.UNDOING},
        "ending": deed.kind in ENDING,
        "may_undo": deed.state == State.DONE and _may_undo(request, deed),
    }
    return page_or_fragment(
        request, "desk/reorganisation.html", "desk/_reorganisation.html", context
    )


@allowed(runs_unions)
@never_cache
def undo(request: HttpRequest, deed_id: int) -> HttpResponse:
    """What comes back and what does not; then the way back, with its reason."""
    deed = _deed(request, deed_id)
    if not _may_undo(request, deed):
        raise PermissionDenied
    form, later = ReasonForm(request.POST or None), list(later_deeds(deed)[:5])
    context = {"deed": deed, "form": form, "later": later, "ending": deed.kind in ENDING}
    if form.is_valid():
        try:
            with unhurried():
                members.undo_reorganisation(
                    deed, by=cast("User", request.user), reason=form.cleaned_data["reason"]
                )
        except Refused as refusal:
            context["refusal"] = refusal
            return render(request, "desk/reorganisation_undo.html", context, status=CONFLICT)
        messages.success(request, _("正在改回去。"))
        return redirect("desk:reorganisation", deed_id)
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "desk/reorganisation_undo.html", context, status=status)


def _may_undo(request: HttpRequest, deed: Reorganisation) -> bool:
    """Whoever may reshape it where it stands, and runs what it goes back under: it was decided from above both."""
    if not may_reshape(request.user, deed.union):
        return False
    if deed.kind == Reorganisation.Kind.SPLIT:
        return True
    parent = stood_under(deed.union, entry_id=deed.entry_id or 0)
    return in_charge_of(request.user).filter(pk=parent.pk).exists()


def _deed(request: HttpRequest, deed_id: int) -> Reorganisation:
    try:
        return reorganisation_in_charge(request.user, deed_id)
    except Reorganisation.DoesNotExist as error:
        raise Http404 from error
