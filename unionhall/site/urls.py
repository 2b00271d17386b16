"""All routes: pages, of which the front door's are in ``front_urls`` and each chapter has its own, and the API."""

from __future__ import annotations

from django.urls import path

from unionhall.site.api import api
from unionhall.site.page_urls import urlpatterns as pages

handler400 = "unionhall.site.mistakes.bad_request"
handler404 = "unionhall.site.mistakes.not_found"
handler500 = "unionhall.site.mistakes.server_error"

urlpatterns = [
    *pages,
    path("api/v1/", api.urls),  # programs
]
