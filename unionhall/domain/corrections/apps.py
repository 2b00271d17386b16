from django.apps import AppConfig


class CorrectionsConfig(AppConfig):
    name = "unionhall.domain.corrections"
    verbose_name = "更正"
