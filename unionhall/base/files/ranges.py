"""Serve a part of a file (RFC 9110 §14): video players seek by ranges, Django's FileResponse does not."""

from __future__ import annotations

import re
from urllib.parse import quote

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from unionhall.base.files.long_answers import LongAnswer
from unionhall.base.files.models import PrivateFile

# Bytes that go out in one piece: a slow reader costs the web server so much memory, and no thread.
LONGEST = 1 << 20
COME_BACK_S = 5
ONE_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})$")


def attached(file: PrivateFile) -> HttpResponseBase:
    """All of it, to be saved and not shown: what somebody sent in never runs in a page of ours."""
    response = _all_of(file)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(file.name)}"
    response["Cache-Control"] = "private, no-store"
    return response


def ranged_response(request: HttpRequest, file: PrivateFile) -> HttpResponseBase:
    """200 with all of it, 206 with the range asked for (at most 1 MiB of it), 416, or 503: too many want all of a long one."""
    asked = ONE_RANGE.match(request.headers.get("Range", ""))
    if not asked or asked.groups() == ("", ""):
        response = _all_of(file)
    else:
        begin, end = _bounds(*asked.groups(), size=file.size)
        if begin >= end:
            return HttpResponse(status=416, headers={"Content-Range": f"bytes */{file.size}"})
        end = min(end, begin + LONGEST)
        response = _in_one_piece(file, begin, end, status=206)
        response["Content-Range"] = f"bytes {begin}-{end - 1}/{file.size}"
    response["Accept-Ranges"] = "bytes"
    return response


def _bounds(first: str, last: str, *, size: int) -> tuple[int, int]:
    """Half-open bounds; ``-500`` asks for the last 500 bytes."""
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(int(last) + 1, size) if last else size


def _all_of(file: PrivateFile) -> HttpResponseBase:
    if file.size <= LONGEST:
        return _in_one_piece(file, 0, file.size, status=200)
    _give_back_the_connection()
    try:
        blocks = LongAnswer(settings.MEDIA_ROOT / file.path)
    except BlockingIOError:
        headers = {"Retry-After": str(COME_BACK_S), "Cache-Control": "no-store"}
        return HttpResponse(status=503, headers=headers)
    return _with_headers(StreamingHttpResponse(blocks), file, file.size)


def _give_back_the_connection() -> None:
    """A slow reader of a film holds a thread for minutes; the others need the connection."""
    if not connection.in_atomic_block:
        connection.close()


def _in_one_piece(file: PrivateFile, begin: int, end: int, *, status: int) -> HttpResponseBase:
    with (settings.MEDIA_ROOT / file.path).open("rb") as source:
        source.seek(begin)
        content = source.read(end - begin)
    return _with_headers(HttpResponse(content, status=status), file, end - begin)


def _with_headers(response: HttpResponseBase, file: PrivateFile, length: int) -> HttpResponseBase:
    response["Content-Type"] = file.content_type
    response["Content-Length"] = str(length)
    response["X-Content-Type-Options"] = "nosniff"
    return response
