"""The sender's own table with the reasons beside each row that waits to be mended."""

from __future__ import annotations

import base64

from django.utils.translation import gettext as _

from unionhall.base.returned_tables import annotated
from unionhall.base.tables import Verdict
from unionhall.base.wording import explained
from unionhall.people.members.models import RollImport, RollRow
from unionhall.people.members.queries.rolls import reasons_of, rows_of
from unionhall.people.members.wording import COLUMNS, REASONS


def file_is_kept(roll: RollImport) -> bool:
    """Until it is let go."""
    return RollImport.objects.filter(pk=roll.pk, content__isnull=False).exists()


def annotated_copy(roll: RollImport) -> bytes | None:
    """As xlsx, whatever it came as; ``None`` when the file was let go."""
    sealed = RollImport.objects.filter(pk=roll.pk).values_list("content", flat=True).first()
    if not sealed or not roll.rows:
        return None
    wrong = rows_of(roll, verdict=Verdict.REJECTED.value)
    notes = {(row.sheet, row.row): _note(row) for row in wrong.iterator(chunk_size=1000)}
    asked_for = rows_of(roll, effect=RollRow.Effect.ELSEWHERE)
    elsewhere = _("在别的工会，导入时会提出接转，不用改")
    notes |= {(row.sheet, row.row): elsewhere for row in asked_for.iterator(chunk_size=1000)}
    heading = _("要改什么（这一列不会导入）")
    return annotated(base64.b64decode(sealed), name=roll.file_name, notes=notes, heading=heading)


def _note(row: RollRow) -> str:
    said = []
    for reason in reasons_of(row):
        words = explained(reason, REASONS)
        told = {"column": COLUMNS.get(reason.column, ""), **words._asdict()}
        said.append(_("{column}：{what}。{why}。{next}。").format(**told))
    return "\n".join(said)
