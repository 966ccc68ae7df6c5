from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.utils.module_loading import autodiscover_modules


class WebConfig(AppConfig):
    name = "marketplace.web"
    label = "web"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from marketplace import logs, reporting, request_ids, sandbox
        from marketplace.sandbox.starting import check_sandbox
        from marketplace.web import form_text, security_log
        from marketplace.web.connections import check_connections

        form_text.install()
        logs.configure()
        request_ids.connect()
        reporting.start(sentry_dsn=settings.SENTRY_DSN, otlp_endpoint=settings.OTLP_ENDPOINT)
        security_log.connect()
        sandbox.require(settings.SANDBOX_REQUIRED)
        checks.register(check_sandbox, checks.Tags.security, deploy=True)
        checks.register(check_connections, checks.Tags.security, deploy=True)
        autodiscover_modules("integration")  # what each app tells the kernel and the other apps
