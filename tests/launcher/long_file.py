"""For a web server: one long file for whoever asks. ``UNBOUND`` takes the bound out."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402 — after Django is set up
from django.core.handlers.wsgi import WSGIRequest  # noqa: E402

from unionhall.base.files import long_answers  # noqa: E402
from unionhall.base.files.models import PrivateFile  # noqa: E402
from unionhall.base.files.ranges import ranged_response  # noqa: E402

film = Path(os.environ["FILM"])
settings.MEDIA_ROOT = film.parent
if "UNBOUND" in os.environ:
    long_answers._free = threading.BoundedSemaphore(10**6)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """As the pages of lectures and questions answer."""
    file = PrivateFile(path=film.name, size=film.stat().st_size, content_type="video/mp4")
    response = ranged_response(WSGIRequest(environ), file)
    start_response(f"{response.status_code} {response.reason_phrase}", list(response.items()))
    return response
