"""A bakery, its tills, and vouchers in members' hands."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import a_login
from unionhall.domain.welfare import actions
from unionhall.kernel.allotment import actions as allotment
from unionhall.site.second_factor import remember


def at_the_desk(client, user):
    """The client of an officer who has shown her second factor."""
    client.force_login(user)
    session = client.session
    remember(session, user)
    session.save()
    return client


@pytest.fixture
def asks_no_more(client, django_assert_num_queries):
    """Opens a page with one row and again after ``add_two``: the same number of questions, and few of them."""

    def check(url, add_two, *, at_most=20):
        client.get(url)
        with CaptureQueriesContext(connection) as with_one:
            client.get(url)
        assert len(with_one) <= at_most
        add_two()
        with django_assert_num_queries(len(with_one)):
            assert client.get(url).status_code == 200

    return check


@pytest.fixture
def bakery(district, fu):
    return actions.register_merchant(
        by=fu,
        union=district,
        name="云杉面包坊，柳溪路店",
        address="柳溪路 12 号",
        phone="010-00000012",
    )


@pytest.fixture
def cinema(district, fu):
    return actions.register_merchant(by=fu, union=district, name="东桥影城", address="东桥街 3 号")


def a_clerk(merchant, by, *, name="丁霜降", till="1 号收银", is_manager=False):
    user = a_login(name)
    return actions.appoint_clerk(
        user.phone, merchant=merchant, by=by, till=till, is_manager=is_manager
    )


@pytest.fixture
def till1(bakery, dee, fu):
    """Dee stands at the bakery's first till."""
    return actions.appoint_clerk(dee.phone, merchant=bakery, by=fu, till="1 号收银")


@pytest.fixture
def till2(bakery, fu):
    return a_clerk(bakery, fu, name="田处暑", till="2 号收银")


@pytest.fixture
def manager(bakery, fu):
    return a_clerk(bakery, fu, name="柏大雪", till="店长", is_manager=True)


@pytest.fixture
def usher(cinema, fu):
    """A clerk of another shop."""
    return a_clerk(cinema, fu, name="向秋分")


def an_offer(union, merchant, by, *, capacity=10, title="蛋糕券", face_value=8000, **pool):
    return actions.open_offer(
        by=by,
        union=union,
        merchant=merchant,
        title=title,
        face_value=face_value,
        terms="店里任意蛋糕，超出的部分自己补",
        pool=allotment.open_pool(label="燃气安全答题", capacity=capacity, **pool),
    )


@pytest.fixture
def cake(district, bakery, fu):
    return an_offer(district, bakery, fu)


@pytest.fixture
def film(district, cinema, fu):
    return an_offer(district, cinema, fu, title="电影券", face_value=4550)


@pytest.fixture
def voucher(cake, ann):
    """Ann's cake voucher."""
    return allotment.claim(cake.pool_id, member=ann)
