from django.apps import AppConfig


class AllotmentConfig(AppConfig):
    name = "unionhall.kernel.allotment"
    verbose_name = "名额"
