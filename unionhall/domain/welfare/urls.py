from __future__ import annotations

from django.urls import path

from unionhall.domain.welfare import views

app_name = "welfare"
urlpatterns = [
    path("", views.vouchers, name="vouchers"),
    path("<int:claim_id>/", views.voucher, name="voucher"),
    path("offers/", views.offers, name="offers"),
    path("offers/<int:offer_id>/", views.offer, name="offer"),
    path("offers/<int:offer_id>/claim/", views.claim, name="claim"),
    path("offers/<int:offer_id>/standing/", views.standing, name="standing"),
]
