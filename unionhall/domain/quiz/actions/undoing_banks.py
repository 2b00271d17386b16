"""An import of questions is put back as if it had never been, as long as nothing stands on it."""

from __future__ import annotations

from django.db import connection, transaction
from django.utils.translation import gettext as _

from unionhall.base.errors import Refused
from unionhall.base.files import actions as files
from unionhall.base.files.models import PrivateFile
from unionhall.base.ledger import actions as ledger
from unionhall.base.patience import unhurried
from unionhall.domain.quiz.models import Bank, BankImport, Contest, QuestionPicture
from unionhall.domain.quiz.queries.bank_imports import built_on
from unionhall.people.accounts.models import User

# In this order; Django would fetch every row to look for others.
TAKE_OUT = (
    """DELETE FROM quiz_question_picture WHERE version_id IN (SELECT version.id FROM quiz_question_version AS version
       JOIN quiz_question AS question ON question.id = question_id WHERE batch_id = %s)""",
    """DELETE FROM quiz_question_version WHERE question_id IN (SELECT id FROM quiz_question WHERE batch_id = %s)""",
    "DELETE FROM quiz_question WHERE batch_id = %s",
)


@unhurried()
@transaction.atomic
def undo_bank_import(sent: BankImport, *, by: User | None, reason: str) -> None:
    """Take out the questions it brought; the bank stays. Raises ``Refused``.

    Whoever publishes, tries or edits meanwhile waits for us, or we for her: then what she did
    counts.
    """
    done = BankImport.objects.filter(pk=sent.pk, state=BankImport.State.DONE)
    if not done.update(state=BankImport.State.UNDONE, undone_because=reason[:200]):
        raise Refused(
            _("这份题目现在不能撤销。"),
            why=_("它还没有导入完，或者已经撤销了。"),
            next=_("刷新看看它到了哪一步。"),
            code="bank_not_done",
        )
    bank = Bank.objects.filter(imports=sent).select_for_update(no_key=True, of=("self",))
    list(bank.values_list("pk"))
    list(
        Contest.objects.select_for_update()
        .filter(bank=sent.bank_id)
        .order_by("pk")
        .values_list("pk")
    )
    _refuse_if_built_on(sent)
    shown = QuestionPicture.objects.filter(version__question__batch_id=sent.batch_id)
    pictures = list(PrivateFile.objects.filter(pk__in=shown.values("file")))
    with connection.cursor() as cursor:
        for statement in TAKE_OUT:
            cursor.execute(statement, [sent.batch_id])
        out = cursor.rowcount
    for picture in pictures:
        files.discard(picture, by=by)
    ledger.record("quiz.import_undone", sent, by=by, union_id=sent.union_id, questions=out)


def _refuse_if_built_on(sent: BankImport) -> None:
    told = [_("{what} {n} 处").format(what=one.what, n=one.times) for one in built_on(sent)]
    if told:
        raise Refused(
            _("这次导入撤销不了。"),
            why=_("后面已经有了：{what}。").format(what=_("，").join(told)),
            next=_("到题库里逐道改，或者停用。"),
            code="built_on",
        )
