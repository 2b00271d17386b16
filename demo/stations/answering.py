"""The quiz: drawn at the start, saved as given, decided once, explained honestly."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

from demo.pages import JourneyError
from demo.processes import ROOT

if TYPE_CHECKING:
    from demo.journey import Journey
    from demo.pages import Form, Page
    from demo.visitor import Visitor

KEY_FILE = ROOT / "demo/data/questions_safety.expected.jsonl"


def start(journey: Journey) -> str:
    """The paper exists from the start on, with a deadline of the server's clock."""
    page = open_quiz(journey, "member")
    page.must_say("80")
    page = begin(journey, "member", page)
    return f"paper drawn: {total_of(page)} questions, saved as they are answered"


def two_tabs(journey: Journey) -> str:
    """An answer from a page that is no longer the newest is not taken silently."""
    browser = journey.browser_of("member")
    page = browser.get(journey.carried["attempt of member"])
    answer_right(browser, page, "stay")
    stale = browser.submit(page, page.form(having="seq"), given(page, right=False), button="stay")
    stale.must_be(409)
    return "an older tab is told what is stored, and overwrites nothing"


def all_right(journey: Journey) -> str:
    """Every question answered, handed in, won, and told why."""
    browser = journey.browser_of("member")
    page = browser.get(journey.carried["attempt of member"])
    for position in range(1, total_of(page) + 1):
        here = browser.get(re.sub(r"\d+/$", f"{position}/", page.path)).must_be(200)
        last = answer_right(browser, here, "next")
    journey.carried["hand in"] = last.must_say("都答完了").path
    result = browser.submit(last, last.form(having="csrfmiddlewaretoken")).must_be(200)
    result.must_say("150 分，排在第 1 位", "蛋糕券")
    journey.keep("result of member", result.path)
    return "150 of 150 points, place 1, voucher won"


def handed_in_twice(journey: Journey) -> str:
    """The second tap gets the same answer."""
    browser = journey.browser_of("member")
    page = browser.get(journey.carried["result of member"])
    again = browser.post(journey.carried["hand in"], page).must_be(200)
    again.must_say("150 分，排在第 1 位")
    return "handed in again: the same result, no second voucher"


def not_enough(journey: Journey) -> str:
    """The elder leaves all but a few questions out, and reads what is missing."""
    browser = journey.browser_of("elder")
    page = begin(journey, "elder", open_quiz(journey, "elder"))
    answer_right(browser, page, "next")
    result = hand_in(browser, page).must_say("离及格还差")
    journey.keep("result of elder", result.path)
    return result.words[result.words.index("离及格还差") :][:12].strip()


def second_try(journey: Journey) -> str:
    """Anyone may try again; with fresh questions."""
    browser = journey.browser_of("elder")
    page = begin(journey, "elder", open_quiz(journey, "elder"))
    for position in range(1, total_of(page) + 1):
        answer_right(browser, browser.get(re.sub(r"\d+/$", f"{position}/", page.path)), "next")
    result = hand_in(browser, page).must_say("排在第 2 位")
    journey.keep("result of elder", result.path)
    return "second try passed: place 2"


def winners(journey: Journey) -> str:
    """The list is public and masked, and its chain can be reckoned again by anybody."""
    browser = journey.browser_of("elder")
    contest = journey.carried["contest"]
    browser.get(f"{contest}winners/").must_be(200).must_say("苏*蛰", "林*明")
    rows = list(csv.DictReader(io.StringIO(text_of(browser.get(f"{contest}winners.csv")))))
    link = sha256(f"unionhall winners 1|{contest.strip('/').split('/')[-1]}|0")
    for row in rows:
        link = sha256(f"{link}|{row['place']}|{row['commitment']}")
        if link != row["link"]:
            raise JourneyError(f"the chain breaks at place {row['place']}")
    return f"{len(rows)} winners, masked; the chain of their list holds"


def open_quiz(journey: Journey, part: str) -> Page:
    """From the lecture's page to the quiz."""
    browser = journey.browser_of(part)
    page = browser.get(journey.carried["phase"]).must_be(200)
    page = browser.submit(page, page.form("/quiz/")).must_be(200)
    journey.keep("contest", page.path)
    return page


def begin(journey: Journey, part: str, page: Page) -> Page:
    """The first question."""
    browser = journey.browser_of(part)
    page = browser.submit(page, page.form("/start/")).must_be(200)
    page.form(having="seq")
    journey.keep(f"attempt of {part}", page.path)
    return page


def answer_right(browser: Visitor, page: Page, button: str) -> Page:
    """Saves the right answer; the page that the button leads to."""
    form = page.form(having="seq")
    values = given(page, right=True) | {"go": button}
    return browser.submit(page, form, values).must_be(200)


def hand_in(browser: Visitor, page: Page) -> Page:
    """From wherever one is in the paper."""
    before = browser.get(re.sub(r"\d+/$", "hand-in/", page.path)).must_be(200)
    return browser.submit(before, before.form(having="csrfmiddlewaretoken")).must_be(200)


def given(page: Page, *, right: bool) -> dict[str, Any]:
    """What a member who knows (or does not know) the answer would choose or type."""
    form = page.form(having="seq")
    question = next((known for known in known_questions() if stem_of(known) in page.words), None)
    if question is None:
        raise JourneyError(f"an unknown question: {page.words[:400]}")
    answer = question["answer"]
    if question["type"] == "fill":
        return {"answer": [blank[0] if right else "不知道" for blank in answer]}
    texts = texts_of(question) if right else others_of(question)
    return {"answer": [value_of(form, text) for text in texts]}


def stem_of(question: dict[str, Any]) -> str:
    """As it stands on a page, where white space of any kind is one space."""
    return " ".join(question["stem"].split())


def texts_of(question: dict[str, Any]) -> list[str]:
    """The words of the right options."""
    if question["type"] == "judge":
        return ["对" if question["answer"] else "错"]
    return [question["options"]["ABCDEFGH".index(letter)] for letter in question["answer"]]


def others_of(question: dict[str, Any]) -> list[str]:
    """The words of a wrong option."""
    if question["type"] == "judge":
        return ["错" if question["answer"] else "对"]
    return [text for text in question["options"] if text not in texts_of(question)][:1]


def value_of(form: Form, text: str) -> str:
    """What is sent for the option that ends with exactly this text."""
    for option in form.options["answer"]:
        if " ".join(option.label.strip()[1:].split()) == " ".join(text.split()):
            return option.value
    raise JourneyError(f"{text!r} is not among {form.options['answer']}")


@cache
def known_questions() -> list[dict[str, Any]]:
    """The bank with its right answers, longest question first: one may be part of another."""
    lines = KEY_FILE.read_text(encoding="utf-8").splitlines()
    return sorted(map(json.loads, lines), key=lambda question: -len(question["stem"]))


def total_of(page: Page) -> int:
    """How many questions the paper has."""
    found = re.search(r"共 (\d+) 题", page.words)
    if found is None:
        raise JourneyError(f"{page.path} does not say how many questions there are")
    return int(found[1])


def text_of(page: Page) -> str:
    """The body of a file."""
    return page.must_be(200).body.decode("utf-8-sig")


def sha256(text: str) -> str:
    """In hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()
