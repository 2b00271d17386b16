"""Whatever the house tells its members is declared, so that they can choose how to hear of it."""

from __future__ import annotations

from pathlib import Path

from tests.architecture.house import PACKAGE
from unionhall.kernel.notify.rules import Topic
from unionhall.site.topics import TOPICS


def told(folder: Path) -> dict[str, set[str]]:
    """Topic -> its channels, by the wordings that there are; a sign-in code is no topic of a member's."""
    found: dict[str, set[str]] = {}
    for channel, ending in (("inbox", ".inbox.html"), ("sms", ".sms.txt")):
        for file in folder.rglob(f"*{ending}"):
            if "tests" not in file.parts:
                name = f"{file.parent.name}/{file.name.removesuffix(ending)}"
                found.setdefault(name, set()).add(channel)
    return {name: channels for name, channels in found.items() if "inbox" in channels}


def test_every_topic_is_declared_with_its_channels() -> None:
    assert {topic.name: set(topic.channels) for topic in TOPICS} == told(PACKAGE)


def test_a_wording_that_nobody_declared_would_be_seen(tmp_path: Path) -> None:
    (tmp_path / "clubs").mkdir()
    (tmp_path / "clubs/seat_freed.inbox.html").touch()
    assert told(tmp_path) == {"clubs/seat_freed": {"inbox"}}


def test_a_text_message_can_always_be_switched_off() -> None:
    kept = Topic("quiz/prize_won", "", "", why="不说，券会白白过期", channels=("inbox", "sms"))
    assert kept.may_be_off("sms")
    assert not kept.may_be_off("inbox")
    assert not kept.may_be_off("pigeon")
