from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "unionhall.people.accounts"
    verbose_name = "登录"
