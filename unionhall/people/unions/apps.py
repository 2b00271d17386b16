from django.apps import AppConfig


class UnionsConfig(AppConfig):
    name = "unionhall.people.unions"
    verbose_name = "工会"
