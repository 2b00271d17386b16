from django.apps import AppConfig
from django.core.checks import Tags, register


class NotifyConfig(AppConfig):
    name = "unionhall.kernel.notify"
    verbose_name = "通知"

    def ready(self) -> None:
        """Make the plug-ins' check known."""
        from unionhall.kernel.notify.checks import check_channels  # noqa: PLC0415 — models are not ready before

        register(check_channels, Tags.security, deploy=True)
