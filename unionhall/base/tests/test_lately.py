"""Memory with a known age."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from unionhall.base.lately import Lately


def counting(values=None):
    asked = []

    def read(key):
        asked.append(key)
        return key * 10 if values is None else values.pop(0)

    return read, asked


def test_what_was_read_lately_is_not_read_again():
    read, asked = counting()
    lately = Lately(read, age_s=60)
    assert [lately(1), lately(1), lately(2)] == [10, 10, 20]
    assert asked == [1, 2]


def test_what_is_too_old_or_was_forgotten_is_read_again():
    read, asked = counting()
    old = Lately(read, age_s=0)
    assert [old(1), old(1)] == [10, 10]
    lately = Lately(read, age_s=60)
    lately(2)
    lately.forget(2)
    lately(2)
    assert asked == [1, 1, 2, 2]


def test_what_is_not_there_is_not_remembered():
    read, asked = counting([None, 7])
    lately = Lately(read, age_s=60)
    assert [lately(1), lately(1), lately(1)] == [None, 7, 7]
    assert asked == [1, 1]


def test_no_more_is_kept_than_there_is_room():
    read, asked = counting()
    lately = Lately(read, age_s=60, most=2)
    for key in (1, 2, 3, 3, 1):
        lately(key)
    assert asked == [1, 2, 3, 1]


def test_of_many_one_reads():
    gate, asked = threading.Barrier(8), []

    def read(key):
        asked.append(key)
        return key

    lately = Lately(read, age_s=60)
    with ThreadPoolExecutor(8) as crowd:
        answers = list(crowd.map(lambda _nth: (gate.wait(30), lately(5))[1], range(8)))
    assert (answers, asked) == ([5] * 8, [5])
