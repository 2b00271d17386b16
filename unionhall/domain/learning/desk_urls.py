from django.urls import path

from unionhall.domain.learning import desk

app_name = "learning_desk"

urlpatterns = [
    path("", desk.index, name="index"),
    path("new/", desk.new, name="new"),
    path("<int:lesson_id>/", desk.lesson, name="lesson"),
    path("<int:lesson_id>/video/", desk.video, name="video"),
    path("<int:lesson_id>/captions/", desk.captions, name="captions"),
]
