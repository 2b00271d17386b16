"""WeChat's webview, as it is: it opens pages, and no files.

A file that it is sent is neither shown nor kept, and nothing is said. So it gets a page that says how to open the address
in the phone's browser. Its text size is left alone: see ``site/tests/test_wechat.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

WEBVIEW = "MicroMessenger"  # in the user agent of all versions; WeCom's has it, too


def is_wechat(request: HttpRequest) -> bool:
    """Whether the page is looked at inside WeChat."""
    return WEBVIEW in request.headers.get("User-Agent", "")


def open_outside(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: instead of a file, WeChat gets its address and the way to the phone's browser.

    The file was made all the same, and where its taking is noted it is noted: rather once too often.
    """

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not is_wechat(request) or not _is_file(response):
            return response
        response.close()
        return render(request, "outside.html", {"address": _address(request)})

    return respond


def _is_file(response: HttpResponse) -> bool:
    return response.get("Content-Disposition", "").startswith("attachment")


def _address(request: HttpRequest) -> str:
    """What the browser is to open: the file, or the page with the button that asks for it."""
    if request.method == "GET":
        return request.build_absolute_uri()
    page = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(page, {request.get_host()})
    return page if is_ours else request.build_absolute_uri("/")
