"""Whatever is scarce is given out here: vouchers, prizes, seats.

    pool = allotment.open_pool(label="蛋糕券", capacity=80)
    claim = allotment.claim(pool.pk, member=member)     # claim.place is 1 … 80; or SoldOut, NotOpen, NotForYou
    allotment.use(claim, by=clerk)

Three promises, whatever happens at the same time: never more live claims than the capacity; places without a gap, in
the order of commit; one live claim per member and family, and the same claim again for the same request.

How: ``deciding.take`` changes the pool's row in one conditional UPDATE. Until commit that row is ours, so the place
that it gives is the order of commit; if we roll back, the place was never given. All else that can be written before
is written before, for everybody else's claim on this pool waits meanwhile. Constraints stand behind each promise.
A pool in slices gives up the order of places
for speed: each of its rows decides for itself. Locks are taken in one order everywhere: the family (whoever gives to many at once), claims, the pool's row last. So
in one transaction nobody gives to a second member when she has the first one's place: see ``deciding.give_many_alone``.
"""

from unionhall.kernel.allotment.actions.claims import (
    claim,
    expire_due,
    release,
    renumber,
    undo_use,
    use,
)
from unionhall.kernel.allotment.actions.draws import draw, grant, resize_and_grant
from unionhall.kernel.allotment.actions.pools import (
    close_pool,
    open_pool,
    resize,
    tell_sliced_pools,
)

__all__ = [
    "claim",
    "close_pool",
    "draw",
    "expire_due",
    "grant",
    "open_pool",
    "release",
    "renumber",
    "resize",
    "resize_and_grant",
    "tell_sliced_pools",
    "undo_use",
    "use",
]
