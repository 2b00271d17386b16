import collections
import time

import pytest

pytestmark = pytest.mark.django_db


def test_town():
    from tests.tenancy import matrix as mm
    from tests.tenancy.town import a_town

    t0 = time.time()

    def lap(s):
        print(
            f"{s}: {time.time() - t0:.1f}s asked {m.asked}",
            {k: len(v) for k, v in m.offences.items()},
            flush=True,
        )

    m = mm.Matrix(a_town())
    lap("town")
    mm.rights_are_gone(m)
    lap("rights")
    import logging
    import os

    logging.disable(logging.CRITICAL)
    for step in os.environ["STEPS"].split():
        if step == "doors":
            m.doors(("own",), ("GET",))
        else:
            getattr(m, step)()
        lap(step)
    print("not opened", sorted({r.where for r in m.routes} - m.opened))
    for k, v in m.offences.items():
        print("==", k, len(v))
        seen = collections.Counter()
        for one in v:
            key = mm.NUMBER.sub("#", one)[:150]
            seen[key] += 1
            if seen[key] == 1:
                print("  ", one[:420])
