"""The standing cast: each has a reason to be here, and most tests need no other set-up.

ann   a member of Plant 7: the one the product is for.
bo    Plant 7's officer.
chen  a member of Harbour 2, who must see nothing of Plant 7's.
cai   Harbour 2's officer: the wrong officer for everything of Plant 7's.
dee   has a login and no place on any roll: becomes a merchant's clerk where a test needs one.
eve   the operator.
fu    an officer of the district, above both unions.
"""

from __future__ import annotations

import pytest

from tests.people import a_login, a_member, a_phone, many_members  # noqa: F401 — asked for here, too
from unionhall.people.accounts.models import User
from unionhall.people.members.models import Member
from unionhall.people.unions import actions as tree
from unionhall.people.unions.models import Office, Union


@pytest.fixture
def district(db: None) -> Union:
    return tree.found("云桥区总工会", parent=None, level=Union.Level.DISTRICT)


@pytest.fixture
def plant7(district: Union) -> Union:
    return tree.found("七号厂工会", parent=district, level=Union.Level.GRASSROOTS)


@pytest.fixture
def harbour2(district: Union) -> Union:
    return tree.found("二号港工会", parent=district, level=Union.Level.GRASSROOTS)


@pytest.fixture
def ann(plant7: Union) -> Member:
    return a_member("苏惊蛰", plant7, user=a_login("苏惊蛰"))


@pytest.fixture
def chen(harbour2: Union) -> Member:
    return a_member("陈小满", harbour2, user=a_login("陈小满"))


@pytest.fixture
def bo(plant7: Union) -> User:
    return _officer("何立夏", plant7)


@pytest.fixture
def cai(harbour2: Union) -> User:
    return _officer("蔡谷雨", harbour2)


@pytest.fixture
def fu(district: Union) -> User:
    return _officer("周白露", district)


@pytest.fixture
def dee(db: None) -> User:
    return a_login("丁霜降")


@pytest.fixture
def eve(db: None) -> User:
    return User.objects.create_user(a_phone(), name="于冬至", is_staff=True)


def _officer(name: str, union: Union) -> User:
    user = a_login(name)
    tree.appoint(user, union=union, role=Office.Role.OFFICER)
    return user
