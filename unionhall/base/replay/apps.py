from django.apps import AppConfig


class ReplayConfig(AppConfig):
    name = "unionhall.base.replay"
    verbose_name = "重复的请求"
