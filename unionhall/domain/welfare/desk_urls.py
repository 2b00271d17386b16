from __future__ import annotations

from django.urls import path

from unionhall.domain.welfare.desk import giveaways, merchants, redemptions, vouchers

app_name = "welfare_desk"
urlpatterns = [
    path("", redemptions.redemptions, name="redemptions"),
    path("offers/", redemptions.offers, name="offers"),
    path("giveaways/", giveaways.giveaways, name="giveaways"),
    path("giveaways/new/", giveaways.new_giveaway, name="new_giveaway"),
    path("giveaways/<int:offer_id>/", giveaways.giveaway, name="giveaway"),
    path("giveaways/<int:offer_id>/close/", giveaways.giveaway_close, name="giveaway_close"),
    path("merchants/", merchants.merchants, name="merchants"),
    path("merchants/new/", merchants.new_merchant, name="new_merchant"),
    path("merchants/<int:merchant_id>/", merchants.merchant, name="merchant"),
    path("merchants/<int:merchant_id>/clerks/", merchants.clerks, name="clerks"),
    path(
        "merchants/<int:merchant_id>/clerks/<int:clerk_id>/dismissal/",
        merchants.dismissal,
        name="dismissal",
    ),
    path("vouchers/", vouchers.search, name="search"),
    path("members/<int:member_id>/", vouchers.member, name="member"),
    path("vouchers/<int:claim_id>/", vouchers.voucher, name="voucher"),
    path("vouchers/<int:claim_id>/shown/", vouchers.shown, name="shown"),
    path("vouchers/<int:claim_id>/replacement/", vouchers.replacement, name="replacement"),
]
