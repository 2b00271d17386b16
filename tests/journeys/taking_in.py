"""A process of its own that sees one roll through, as the worker's sweeps do; it may be killed."""

from __future__ import annotations

import sys
import time

import django


def main(roll_id: int) -> None:
    """Says ``ready`` once it can begin; ends when the roll is done."""
    django.setup()
    from unionhall.people.members import actions as members
    from unionhall.people.members.models import RollImport

    print("ready", flush=True)
    state = RollImport.State
    while (roll := RollImport.objects.defer("content").get(pk=roll_id)).state != state.DONE:
        members.check_waiting_rolls()
        if roll.state == state.CHECKED:
            members.confirm_roll(roll, by=None)
        # The backend of a killed process may still hold the roll: then there is nothing to do yet.
        members.take_in_confirmed_rolls() or time.sleep(0.01)


if __name__ == "__main__":
    main(int(sys.argv[1]))
