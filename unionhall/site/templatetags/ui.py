"""What every template may say: ``icon``, ``part``, ``places``, ``qr``, ``nav_url`` and a few more.

The tags are builtins of the template engine (see settings), so no template loads them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import segno
from django import template
from django.template import Context, Engine, TemplateSyntaxError
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from unionhall.base import log_lines
from unionhall.site import squares
from unionhall.site.icons import icons

if TYPE_CHECKING:
    from django.http import HttpRequest

register = template.Library()


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An inline icon, unseen by screen readers unless it has a ``label``; unknown names fail."""
    if name not in icons():
        message = f"There is no icon {name!r} in icons.svg."
        raise TemplateSyntaxError(message)
    heard = (
        format_html('role="img" aria-label="{}"', label)
        if label
        else mark_safe('aria-hidden="true"')
    )
    drawing = mark_safe(icons()[name])
    return format_html('<svg class="icon" viewBox="0 0 24 24" {}>{}</svg>', heard, drawing)


@register.simple_tag
def request_number() -> str:
    """Under which the operator finds this request in the log; empty outside of one."""
    return log_lines.request_id()


@register.simple_block_tag(takes_context=True)
def part(context: Context, content: str, name: str, **values: object) -> str:
    """Render ``ui/<name>.html`` with what stands before ``{% endpart %}`` as ``content``."""
    shared = Engine.get_default().get_template(f"ui/{name}.html")
    with context.push(**{"content": content, **values}):
        return shared.render(context)


@register.simple_tag
def places(
    capacity: int, taken: int, place: int | None = None, columns: int = 0, label: str = ""
) -> SafeString:
    """One square for each place: filled when given out, red and larger when one's own.

    Of very many places several share a square; that is said below.
    """
    drawing = squares.draw(capacity, taken, place, columns=columns)
    svg = format_html(
        '<svg class="chart" viewBox="-2 -2 {} {}" role="img" aria-label="{}">{}{}</svg>',
        drawing.width + 4,
        drawing.height + 4,
        label or _places_in_words(capacity, taken, place),
        format_html_join(
            "", '<rect class="{}" x="{}" y="{}" width="{}" height="{}" rx="{}"/>', _rects(drawing)
        ),
        format_html_join(
            "",
            '<circle class="b" cx="{}" cy="{}" r="2"/>',
            ((str(x), str(y)) for x, y in drawing.dots),
        ),
    )
    if drawing.each == 1:
        return svg
    share = _("一格是 %(each)s 个名额，全发出才涂实。") % {"each": drawing.each}
    return format_html('{}<p class="note">{}</p>', svg, share)


def _rects(drawing: squares.Drawing) -> list[tuple[str, ...]]:
    """Numbers as text: a drawing knows no decimal comma."""
    return [
        (one.kind, str(one.x), str(one.y), str(one.side), str(one.side), str(one.corner))
        for one in drawing.squares
    ]


def _places_in_words(capacity: int, taken: int, place: int | None) -> str:
    words = _("%(capacity)s 个名额，已发出 %(taken)s 个") % {
        "capacity": capacity,
        "taken": min(taken, capacity),
    }
    return words if place is None else words + _("，你是第 %(place)s 位") % {"place": place}


@register.simple_tag
def qr(text: str, label: str = "") -> SafeString:
    """A QR code as SVG, with two modules of its quiet zone; the rest is the padding of ``.qr``."""
    rows = [bytes(row) for row in segno.make(text, error="m", micro=False).matrix]
    size = len(rows)
    return format_html(
        '<svg class="qr" viewBox="-2 -2 {0} {0}" role="img" aria-label="{1}"'
        ' shape-rendering="crispEdges"><path d="{2}"/></svg>',
        size + 4,
        label or _("二维码"),
        "".join(_runs(row, y) for y, row in enumerate(rows)),
    )


def _runs(row: bytes, y: int) -> str:
    """The dark modules of one row, each run one stroke."""
    path, x = "", 0
    while (x := row.find(1, x)) >= 0:
        end = row.find(0, x)
        end = len(row) if end < 0 else end
        path += f"M{x} {y}h{end - x}v1h-{end - x}z"
        x = end
    return path


@register.simple_tag
def nav_url(name: str, *args: object) -> str:
    """The address of a page, or nothing where this installation has no such page."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


@register.simple_tag(takes_context=True)
def here(context: Context, key: str, url: str, *, exact: bool = False) -> SafeString:
    """``aria-current`` where one stands: by the page's word ``current``, else by address."""
    request: HttpRequest | None = context.get("request")
    if context.get("current"):
        stands = context["current"] == key
    else:
        path = request.path if request else ""
        stands = path == url if exact else path.startswith(url)
    return mark_safe(' aria-current="page"') if stands else SafeString("")


@register.simple_tag(takes_context=True)
def reader_choice(context: Context, field: str) -> str:
    """What she chose, ``text_size`` or ``theme``: from the account, else from a signed cookie."""
    request: HttpRequest | None = context.get("request")
    if request is None:
        return ""
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        return str(getattr(user, field, ""))
    return str(request.get_signed_cookie(field.removeprefix("text_"), default=""))


@register.simple_tag
def count(number: int) -> str:
    """A count as people read it: 6,412."""
    return f"{number:,}"


@register.filter
def by_sentence(text: object) -> SafeString:
    """Each Chinese sentence of a heading on a line of its own; other texts stay as they are."""
    sentences = re.findall(r"[^。？]+[。？]?", str(text))
    return format_html_join(mark_safe("<br>"), "{}", ((one,) for one in sentences))
