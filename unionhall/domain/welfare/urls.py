from __future__ import annotations

from django.urls import path

from unionhall.domain.welfare import views

app_name = "welfare"
urlpatterns = [
    path("", views.vouchers, name="vouchers"),
    path("<int:claim_id>/", views.voucher, name="voucher"),
]
