from django.apps import AppConfig


class CaseworkConfig(AppConfig):
    name = "unionhall.kernel.casework"
    verbose_name = "办事"
