"""Serve a part of a file (RFC 9110 §14): video players seek by ranges, Django's FileResponse does not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from unionhall.base.files.models import PrivateFile

BLOCK = 64 * 1024
LONGEST = 1 << 20  # one answer's bytes at most, so that a slow viewer holds a thread only briefly
ONE_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})$")


def ranged_response(request: HttpRequest, file: PrivateFile) -> HttpResponseBase:
    """200 with all of it, 206 with the range asked for (at most 1 MiB of it), or 416."""
    asked = ONE_RANGE.match(request.headers.get("Range", ""))
    if not asked or asked.groups() == ("", ""):
        response: HttpResponseBase = _stream(file, 0, file.size, status=200)
    else:
        begin, end = _bounds(*asked.groups(), size=file.size)
        if begin >= end:
            return HttpResponse(status=416, headers={"Content-Range": f"bytes */{file.size}"})
        end = min(end, begin + LONGEST)
        response = _stream(file, begin, end, status=206)
        response["Content-Range"] = f"bytes {begin}-{end - 1}/{file.size}"
    response["Accept-Ranges"] = "bytes"
    return response


def _bounds(first: str, last: str, *, size: int) -> tuple[int, int]:
    """Half-open bounds; ``-500`` asks for the last 500 bytes."""
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(int(last) + 1, size) if last else size


def _stream(file: PrivateFile, begin: int, end: int, *, status: int) -> StreamingHttpResponse:
    full = settings.MEDIA_ROOT / file.path
    _give_back_the_connection()
    response = StreamingHttpResponse(
        _blocks(full, begin, end), status=status, content_type=file.content_type
    )
    response["Content-Length"] = str(end - begin)
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _give_back_the_connection() -> None:
    """A slow reader of a film holds a thread for minutes; the others need the connection."""
    if not connection.in_atomic_block:
        connection.close()


def _blocks(path: Path, begin: int, end: int) -> Iterator[bytes]:
    with path.open("rb") as source:
        source.seek(begin)
        while begin < end:
            block = source.read(min(BLOCK, end - begin))
            if not block:
                return
            begin += len(block)
            yield block
