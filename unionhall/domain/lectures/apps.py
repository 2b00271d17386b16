from django.apps import AppConfig


class LecturesConfig(AppConfig):
    name = "unionhall.domain.lectures"
    verbose_name = "讲堂"
