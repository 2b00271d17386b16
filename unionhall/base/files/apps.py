from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "unionhall.base.files"
    verbose_name = "文件"
