"""Style sheets, scripts and drawings go out compressed, each compressed once by each process.

whitenoise sends the ``.gz`` that lies beside a file, and here nothing lies beside: files are served
from where they stand. Pages are not compressed: a secret beside what a reader typed would show in
their length (BREACH).
"""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import FileResponse, HttpResponse
from django.http.request import MediaType
from django.utils.cache import patch_vary_headers

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

WORTH_IT = ("text/css", "text/javascript", "application/javascript", "image/svg+xml")


def compress_static_files(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware, right before whitenoise's."""
    kept: dict[tuple[str, str], bytes] = {}  # address and when it was changed -> its bytes

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if not isinstance(response, FileResponse) or not _may_be_compressed(request, response):
            return response
        name = request.path_info, response.headers.get("Last-Modified", "")
        if name not in kept:
            kept[name] = gzip.compress(b"".join(response), mtime=0)
        return _compressed(response, kept[name])

    return middleware


def _may_be_compressed(request: HttpRequest, response: FileResponse) -> bool:
    asked = request.path_info.startswith(settings.STATIC_URL) and request.method == "GET"
    whole = response.status_code == HttpResponse.status_code
    known = response.headers.get("Content-Type", "").startswith(WORTH_IT)
    if not (asked and whole and known):
        return False
    patch_vary_headers(response, ["Accept-Encoding"])
    return opens_gzip(request.headers.get("Accept-Encoding", ""))


def opens_gzip(accepted: str) -> bool:
    """Whether an ``Accept-Encoding`` gives gzip a weight above 0 (RFC 9110, 12.5.3); * is any not named."""
    weights = {one.main_type: one.quality for one in map(MediaType, accepted.lower().split(","))}
    return weights.get("gzip", weights.get("*", 0)) > 0


def _compressed(response: FileResponse, body: bytes) -> HttpResponse:
    headers = dict(response.items()) | {
        "Content-Encoding": "gzip",
        "Content-Length": str(len(body)),
    }
    headers.pop("ETag", None)  # of the plain bytes; two encodings are not to be joined
    response.file_to_stream.close()  # not ``response.close()``, which says that all is answered
    return HttpResponse(body, headers=headers)
