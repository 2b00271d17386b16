import pytest

pytestmark = pytest.mark.django_db


def test_an_address_for_buttons_alone_says_so_when_it_is_opened(client, ann):
    client.force_login(ann.user)
    response = client.get("/me/theme/")
    assert (response.status_code, response["Allow"]) == (405, "POST")
    assert "这个网址不能直接打开。" in response.text
