"""Keep and discard private files."""

from __future__ import annotations

import secrets
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core.files.base import File
from django.db import transaction

from unionhall.base.files.models import PrivateFile
from unionhall.base.ledger import actions as ledger


@transaction.atomic
def keep(
    upload: File[bytes], *, name: str, content_type: str, by: AbstractBaseUser | None
) -> PrivateFile:
    """Write the bytes under a name of our own, then the row; a crash leaves at most a stray file."""
    path = (
        Path(secrets.token_hex(2)[:2]) / f"{secrets.token_hex(16)}{Path(name).suffix.lower()[:8]}"
    )
    full = settings.MEDIA_ROOT / path
    full.parent.mkdir(parents=True, exist_ok=True)
    part = full.with_name(f"{full.name}.part")  # no backup takes half a file
    with part.open("wb") as kept:
        for chunk in upload.chunks():
            kept.write(chunk)
    part.replace(full)
    file = PrivateFile.objects.create(
        name=name[:200],
        content_type=content_type,
        size=full.stat().st_size,
        path=str(path),
        by_id=by.pk if by else None,
    )
    ledger.record("files.file_kept", file, by=by, size=file.size)
    return file


@transaction.atomic
def discard(file: PrivateFile, *, by: AbstractBaseUser | None) -> None:
    """Forget the row; the bytes go when that is committed."""
    ledger.record("files.file_discarded", file, by=by)
    full = settings.MEDIA_ROOT / file.path
    file.delete()
    transaction.on_commit(lambda: full.unlink(missing_ok=True))
