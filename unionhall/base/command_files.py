"""The files of a command line: read and written with words for whoever typed the path."""

from __future__ import annotations

import argparse
from pathlib import Path

from django.utils.translation import gettext as _

from unionhall.base.errors import Refused


def read_given(path: Path) -> bytes:
    """Its content. Raises ``Refused`` if there is nothing to be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise Refused(
            _("文件打不开。"),
            why=_("没有这个文件，或者没有读它的权限。"),
            next=_("核对路径，路径里有空格就加上引号，再来一次。"),
            code="no_file",
        ) from error


def report_path(said: str) -> Path:
    """Where a report is to be written: asked before the work, for afterwards it would be too late."""
    path = Path(said)
    if path.is_dir() or not path.parent.is_dir():
        raise argparse.ArgumentTypeError(
            _("{path} 写不了：要写一个文件名，它的文件夹要已经有了。").format(path=path)
        )
    return path
