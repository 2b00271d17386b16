from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _
from hypothesis import given
from hypothesis import strategies as st

from unionhall.kernel.notify import rules

words = st.text(max_size=20)
values = (
    words
    | st.integers()
    | st.booleans()
    | st.none()
    | st.dates()
    | st.datetimes(timezones=st.just(dt.UTC))
    | st.lists(words, max_size=3)
)


@given(st.dictionaries(st.sampled_from("abcdef"), values))
def test_a_context_survives_its_storage(context: dict[str, object]) -> None:
    assert rules.from_text(rules.to_text(context)) == context


def test_translatable_words_become_words() -> None:
    assert rules.from_text(rules.to_text({"what": _("发完了。")})) == {"what": "发完了。"}


def test_pauses_grow_and_end() -> None:
    pauses = [rules.pause_after(tries) for tries in range(1, len(rules.PAUSES) + 2)]
    assert pauses[-1] is None
    known = [pause for pause in pauses if pause]
    assert known == sorted(known)
    assert known[0] == dt.timedelta(seconds=10)
