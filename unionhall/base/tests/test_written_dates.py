from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unionhall.base.tables import EPOCH_1904
from unionhall.base.written_dates import WrittenDay, read_day

DAY = dt.date(2019, 3, 5)


@pytest.mark.parametrize(
    ("cell", "how", "month_only"),
    [
        (DAY, "", False),
        (dt.datetime(2019, 3, 5, 9, 30), "", False),
        ("2019-03-05", "", False),
        ("2019-3-5", "text", False),
        ("2019.03.05", "text", False),
        ("2019/3/5", "text", False),
        ("2019年3月5日", "text", False),
        ("２０１９年３月５日", "text", False),
        ("2019-03-05 00:00:00", "text", False),
        ("20190305", "text", False),
        (20190305.0, "text", False),
        (43529.0, "serial", False),
        ("43529", "serial", False),
    ],
)
def test_a_day_is_read_however_it_is_written(cell, how, month_only):
    assert read_day(cell) == WrittenDay(DAY, how, month_only)


@pytest.mark.parametrize("cell", ["2019-03", "2019年3月", "2019.3", "201903", 2019.3, 2019.03])
def test_a_month_is_read_as_its_first_day(cell):
    assert read_day(cell) == WrittenDay(dt.date(2019, 3, 1), "text", True)


@pytest.mark.parametrize("cell", ["05/03/2019", "19.3.5", "3-5-19", "5.3.2019", 2019.1])
def test_what_can_be_read_in_two_ways_is_not_read(cell):
    assert read_day(cell).problem == "ambiguous"


@pytest.mark.parametrize(
    "cell",
    [
        "2019-02-30",
        "2019-13-01",
        "不详",
        "20191301",
        "0000-00-00",
        0.0,
        -3.0,
        1e300,
        True,
        2019,
        2019.0,
        2019.13,
    ],
)
def test_what_is_no_day_is_said(cell):
    assert read_day(cell).problem == "invalid"


@pytest.mark.parametrize("cell", [None, "", " "])
def test_a_blank_cell_is_no_day_and_no_problem(cell):
    assert read_day(cell) == WrittenDay()


def test_serials_are_counted_from_the_workbooks_own_epoch():
    assert read_day(42067.0, EPOCH_1904).day == DAY


@given(st.text(max_size=30) | st.floats(allow_nan=False))
def test_anything_is_a_day_a_blank_or_a_problem(cell):
    read = read_day(cell)
    assert not (read.day and read.problem)
