"""Inside WeChat: files open outside, its text size is left alone, and what is shared says nothing of anybody."""

from __future__ import annotations

import re
from pathlib import Path

from django.conf import settings
from django.http import HttpResponse
from django.test import Client, RequestFactory

from unionhall.people.accounts.models import User
from unionhall.site.wechat import open_outside

WECHAT = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5) AppleWebKit/605.1.15 MicroMessenger/8.0.49 Language/zh_CN"
BROWSER = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5) AppleWebKit/605.1.15 Version/17.5 Safari/604.1"
OURS = [
    *Path(settings.ROOT, "unionhall").rglob("static/**/*.css"),
    *Path(settings.ROOT, "unionhall").rglob("static/**/*.js"),
]


def _file(_request):
    return HttpResponse("a,b", headers={"Content-Disposition": 'attachment; filename="x.csv"'})


def _asked(agent, *, method="get", **headers):
    headers = {"User-Agent": agent} | headers
    request = getattr(RequestFactory(), method)("/desk/file/?of=1", headers=headers)
    request.user = User()
    return open_outside(_file)(request)


def test_wechat_is_told_the_address_of_a_file_and_how_to_open_it() -> None:
    page = _asked(WECHAT)
    assert "Content-Disposition" not in page
    assert "http://testserver/desk/file/?of=1" in page.content.decode()
    assert "在浏览器打开" in page.content.decode()


def test_a_browser_gets_the_file() -> None:
    assert _asked(BROWSER).content == b"a,b"


def test_a_file_that_a_button_asked_for_is_asked_for_again_on_its_page() -> None:
    page = _asked(WECHAT, method="post", Referer="http://testserver/merchant/today/")
    assert "http://testserver/merchant/today/" in page.content.decode()


def test_no_other_site_is_named_as_that_page() -> None:
    page = _asked(WECHAT, method="post", Referer="https://evil.example/")
    assert "evil.example" not in page.content.decode()


def test_a_page_is_a_page_in_wechat_too(client: Client) -> None:
    page = client.get("/sign-in/", headers={"User-Agent": WECHAT})
    assert page.status_code == 200
    assert "在浏览器打开" not in page.content.decode()


def test_nothing_holds_wechats_own_text_size_back() -> None:
    """Its setting is a ``text-size-adjust`` on iOS and a callback of its bridge on Android: we touch neither."""
    trap = re.compile(r"text-size-adjust|setFontSizeCallback|maximum-scale|user-scalable")
    frame = Path(settings.ROOT, "unionhall/site/templates/frame.html")
    own = [file for file in OURS if "vendored" not in file.parts]
    assert [str(file) for file in [*own, frame] if trap.search(file.read_text())] == []
    assert len(own) > 5
