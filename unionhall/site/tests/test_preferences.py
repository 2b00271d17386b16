from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.test import Client

if TYPE_CHECKING:
    from unionhall.people.accounts.models import User

pytestmark = pytest.mark.django_db


def test_elder_size_is_kept_for_who_has_no_login(client: Client) -> None:
    assert 'data-size="elder"' not in client.get("/").content.decode()
    assert (
        client.post("/me/text-size/", {"size": "elder", "next": "/sign-in/"})["Location"]
        == "/sign-in/"
    )
    assert 'data-size="elder"' in client.get("/").content.decode()
    client.post("/me/text-size/", {"size": "normal"})
    assert 'data-size="elder"' not in client.get("/").content.decode()


def test_a_login_keeps_its_own_wishes(client: Client, dee: User) -> None:
    client.force_login(dee)
    client.post("/me/text-size/", {"size": "elder"})
    client.post("/me/theme/", {"theme": "dark"})
    client.post("/me/language/", {"language": "en"})
    dee.refresh_from_db()
    assert (dee.text_size, dee.theme, dee.language) == ("elder", "dark", "en")
    page = Client()
    page.force_login(dee)
    shown = page.get("/me/").content.decode()
    assert 'data-size="elder"' in shown
    assert 'data-theme="dark"' in shown
    assert '<html lang="en"' in shown


@pytest.mark.parametrize(
    ("path", "field"), [("text-size", "size"), ("theme", "theme"), ("language", "language")]
)
@pytest.mark.parametrize("nonsense", ["", "x" * 300, "zh", "<b>", "𠮷"])
def test_a_wish_that_is_none_falls_back(
    client: Client, dee: User, path: str, field: str, nonsense: str
) -> None:
    client.force_login(dee)
    assert client.post(f"/me/{path}/", {field: nonsense}).status_code == 302
    dee.refresh_from_db()
    assert (dee.text_size, dee.theme) == ("", "")
    assert dee.language in ("", "zh-hans")


def test_a_wish_is_a_post(client: Client) -> None:
    for path in ("text-size", "theme", "language"):
        assert client.get(f"/me/{path}/").status_code == 405


def test_the_browsers_own_languages_are_not_asked(client: Client) -> None:
    response = client.get("/", headers={"Accept-Language": "en-US"})
    assert response["Content-Language"] == "zh-hans"


def test_a_cookie_that_was_tampered_with_is_no_wish(client: Client) -> None:
    client.cookies["language"] = "en"
    client.cookies["size"] = "elder"
    page = client.get("/").content.decode()
    assert '<html lang="zh-hans"' in page
    assert "data-size" not in page
