"""How a lesson's script is shown."""

from __future__ import annotations

import re

from django import template
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

from unionhall.domain.learning.queries import written

register = template.Library()

# No raw HTML, and no images: they would be loaded from elsewhere.
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).disable("image")
# The library knows four schemes that do harm; whoever reads on a telephone needs no others than these.
_LEADS_ON = re.compile(r"(?:https?|tel|mailto):|[^:/?#]*(?:[/?#]|$)", re.IGNORECASE)
_MARKDOWN.validateLink = lambda url: _LEADS_ON.match(url) is not None  # type: ignore[method-assign]


@register.filter
def as_text(script: str) -> SafeString:
    """Markdown as HTML; its headings stand below the page's own."""
    tokens = _MARKDOWN.parse(script)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(6, int(token.tag[1]) + 1)}"
    html: str = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    return mark_safe(html)


register.filter("clock", written)
