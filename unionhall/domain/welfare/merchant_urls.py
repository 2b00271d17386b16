from __future__ import annotations

from django.urls import path

from unionhall.domain.welfare import merchant

app_name = "welfare_merchant"
urlpatterns = [
    path("", merchant.redeem, name="redeem"),
    path("check/", merchant.check, name="check"),
    path("redemptions/", merchant.redemptions, name="redemptions"),
    path("redemptions/<int:redemption_id>/", merchant.redemption, name="redemption"),
    path("redemptions/<int:redemption_id>/undo/", merchant.undo, name="undo"),
    path("today/", merchant.today, name="today"),
    path("settlement/", merchant.settle, name="settlement"),
]
