import pytest
from django.urls import reverse

from unionhall.domain.lectures.tests.made import a_published_phase

pytestmark = pytest.mark.django_db


def to(name, *args):
    return reverse(f"lectures_desk:{name}", args=args)


@pytest.fixture
def phase(plant7, bo):
    return a_published_phase(plant7, bo)


def test_the_search_of_the_list_is_a_button_and_nothing_found_has_none(bos, phase):
    new = f'href="{to("new")}"'
    for asked in ({}, {"q": "没有这样的"}):
        html = bos.get(to("index"), asked).text
        assert new not in html
        assert f'action="{to("new")}"' in html
