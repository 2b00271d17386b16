from django.urls import path

from unionhall.kernel.notify import views

urlpatterns = [path("texts/", views.sent_texts, name="demo_texts")]
