from django.urls import path

from unionhall.kernel.notify import views

app_name = "notify"
urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("settings/", views.settings_page, name="settings"),
    path("read/", views.read_all, name="read_all"),
    path("<int:message_id>/", views.message, name="message"),
    path("<int:message_id>/read/", views.read, name="read"),
]
