from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unionhall.kernel.audience.rules import EVERYBODY, Audience

ids = st.lists(st.integers(1, 50), max_size=4, unique=True).map(tuple)
audiences = st.builds(
    Audience,
    under_union=st.none() | st.integers(1, 9),
    standings=st.sampled_from([(), ("current",), ("current", "retained")]),
    sexes=st.sampled_from([(), ("f",), ("m", "f")]),
    employments=st.sampled_from([(), ("regular",), ("dispatched", "new_form")]),
    front_line=st.sampled_from([None, True, False]),
    min_skill_grade=st.none() | st.integers(1, 8),
    joined_before=st.none() | st.dates(dt.date(1990, 1, 1), dt.date(2030, 1, 1)),
    also=ids,
    except_=ids,
)


@given(audiences)
def test_an_audience_survives_its_storage(audience: Audience) -> None:
    assert Audience.from_json(audience.to_json()) == audience


def test_everybody_is_the_empty_object() -> None:
    assert EVERYBODY.to_json() == {}
    assert Audience(front_line=False).to_json() == {"front_line": False}


def test_a_word_that_the_vocabulary_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="shoe_size"):
        Audience.from_json({"shoe_size": 38})
