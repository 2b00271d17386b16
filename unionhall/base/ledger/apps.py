from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "unionhall.base.ledger"
    verbose_name = "记录"
