from tests.cast import a_login
from unionhall.domain.welfare.models import Redemption
from unionhall.domain.welfare.tests.conftest import an_offer
from unionhall.kernel.allotment import actions as allotment

VOUCHERS, REDEMPTIONS = "/api/v1/welfare/vouchers/", "/api/v1/welfare/redemptions/"


def redeem(client, number):
    return client.post(REDEMPTIONS, {"number": number}, content_type="application/json")


def test_a_member_lists_her_vouchers_and_nobody_elses(client, voucher, ann, chen):
    client.force_login(ann.user)
    (mine,) = client.get(VOUCHERS).json()
    assert (mine["number"], mine["standing"], mine["face_value"]) == (
        voucher.number,
        "usable",
        8000,
    )
    for user in (chen.user, a_login("田处暑")):
        client.force_login(user)
        assert client.get(VOUCHERS).json() == []


def test_a_clerk_redeems_and_every_no_has_its_code(client, voucher, till1, till2, usher):
    client.force_login(usher.user)
    assert redeem(client, voucher.number).json()["code"] == "another_shop"
    client.force_login(till1.user)
    assert redeem(client, "123").json()["code"] == "miswritten"
    done = redeem(client, voucher.number)
    assert done.status_code == 200
    assert (done.json()["title"], done.json()["till"]) == ("蛋糕券", "1 号收银")
    assert redeem(client, voucher.number).json() == done.json()
    client.force_login(till2.user)
    refused = redeem(client, voucher.number)
    assert refused.status_code == 409
    assert refused.json()["code"] == "already_used"
    assert "1 号收银" in refused.json()["why"]
    assert Redemption.objects.count() == 1


def test_only_clerks_redeem(client, voucher, ann, bo):
    for user in (ann.user, bo):
        client.force_login(user)
        assert redeem(client, voucher.number).status_code == 403
    client.logout()
    assert redeem(client, voucher.number).status_code == 401


def test_my_vouchers_ask_as_often_for_three(
    client, voucher, ann, district, bakery, fu, asks_no_more
):
    def two_more():
        for _nth in range(2):
            allotment.claim(an_offer(district, bakery, fu).pool_id, member=ann)

    client.force_login(ann.user)
    asks_no_more(VOUCHERS, two_more, at_most=8)
