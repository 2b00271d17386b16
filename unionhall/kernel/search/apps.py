from django.apps import AppConfig


class SearchConfig(AppConfig):
    name = "unionhall.kernel.search"
    verbose_name = "搜索"
