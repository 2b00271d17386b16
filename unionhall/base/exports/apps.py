from django.apps import AppConfig


class ExportsConfig(AppConfig):
    name = "unionhall.base.exports"
    verbose_name = "导出"
