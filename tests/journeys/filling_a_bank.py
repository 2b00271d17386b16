"""A process of its own that sees the files of a bank through, as the worker's sweeps do; it may be killed."""

from __future__ import annotations

import time

import django


def main() -> None:
    """Says ``ready`` once it can begin; ends when all files are done. Small batches: many points to die at."""
    django.setup()
    from unionhall.domain.quiz import actions as quiz
    from unionhall.domain.quiz.models import BankImport

    print("ready", flush=True)
    state = BankImport.State
    imports = BankImport.objects.defer("content").order_by("pk")
    # The backend of a killed process may still hold a file: then there is nothing to do yet.
    while imports.filter(state=state.RECEIVED).exists():
        quiz.check_waiting_banks() or time.sleep(0.01)
    while sent := imports.exclude(state=state.DONE).first():
        if sent.state == state.CHECKED:
            quiz.confirm_bank_import(sent, by=None)
        quiz.take_in_next_questions(sent.pk, limit=100) or time.sleep(0.01)


if __name__ == "__main__":
    main()
