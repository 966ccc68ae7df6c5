import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("PROCESS_ROLE", "web")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")
application = get_wsgi_application()

from marketplace.sandbox.starting import refuse_without_sandbox  # noqa: E402  (the settings come first)

refuse_without_sandbox()
