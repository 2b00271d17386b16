"""A process of its own that sees one list of unions through, as the worker's sweeps do; it may be killed."""

from __future__ import annotations

import sys
import time

import django


def main(list_id: int) -> None:
    """Says ``ready`` once it can begin; ends when the list is done. Small batches: many points to die at."""
    django.setup()
    from unionhall.people.unions import actions as tree
    from unionhall.people.unions.models import ListImport

    print("ready", flush=True)
    state = ListImport.State
    while (sent := ListImport.objects.defer("content").get(pk=list_id)).state != state.DONE:
        tree.check_waiting_lists()
        if sent.state == state.CHECKED:
            tree.confirm_list(sent, by=None, moves=True)
        # The backend of a killed process may still hold the list: then there is nothing to do yet.
        tree.take_in_next_of_list(list_id, limit=100) or time.sleep(0.01)


if __name__ == "__main__":
    main(int(sys.argv[1]))
