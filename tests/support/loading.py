"""``python -m tests.support.loading PLACE LEADER``: load everything, then fork whoever asks at the socket of that place
(:mod:`tests.support.loaded`), until the process of that number ends.

A fork is told from a process that was started anew by this alone: /metrics of its web server tells of the one process
that is asked.
"""

import gc
import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec

import django
from asgiref.local import Local
from django.apps import apps
from django.conf import LazySettings, settings
from django.core.cache import caches
from django.db import connections
from django.utils.functional import empty

OF_THE_PLACE = [
    "ALIVE_FILE",
    "BACKUP_STAMP",
    "CACHES",
    "CELERY_BROKER_URL",
    "CLOCK",
    "DATABASES",
    "DATABASE_DIRECT_URL",
    "DATABASE_URL",
    "DATA_DIR",
    "DEMO",
    "DEMO_DESK",
    "EMAIL_BACKEND",
    "EMAIL_FILE_PATH",
    "EMAIL_HOST",
    "EMAIL_PORT",
    "LARGE_FILES_AT_ONCE",
    "LOGGING",
    "LOG_JSON",
    "MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN",
    "NEW_DATABASES_FROM",
    "REDIS_URL",
    "ROLE",
    "SECRET_KEY",
    "SESSION_DATABASE",
    "SETTINGS_MODULE",
    "SITE_URL",
    "VALKEY_URL",
    "WEBHOOK_LOOPBACK",
    "WHITENOISE_USE_FINDERS",
]
"""Settings that may differ, since each is looked up when it is needed, and never while a module is loaded."""
OF_DJANGO = {"DATABASES", "LOGGING"}
"""Those of them that Django itself looks up when it is set up, and that are looked up again."""
MODULES = [
    "celery.apps.beat",
    "celery.apps.worker",
    "celery.bin.beat",
    "celery.bin.celery",
    "celery.bin.worker",
    "celery.concurrency.prefork",
    "celery.fixups.django",
    "celery.worker.consumer",
    "celery.worker.strategy",
    "django.core.management.commands.migrate",
    "django.template.loader_tags",
    "django.test",
    "gunicorn.app.wsgiapp",
    "gunicorn.workers.gthread",
    "kombu.transport.redis",
    "marketplace.beat",
    "marketplace.celery",
    "marketplace.urls",
    "psycopg2.extras",
]
LARGEST = 200_000


@dataclass(frozen=True)
class Asked:
    """What a process is to become."""

    arguments: list[str]
    environment: dict[str, str]
    folder: str
    outputs: list[int]


class Forks:
    """Forks for whoever connects; each connection is that of one process, and ends it when it is closed."""

    def __init__(self, place: str, leader: int) -> None:
        self.waiting = selectors.DefaultSelector()
        self.listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listening.bind(f"{place}.new")
        self.listening.listen(50)
        os.rename(f"{place}.new", place)
        self.leader = os.pidfd_open(leader)
        self.processes: dict[socket.socket, int] = {}
        self.waiting.register(self.listening, selectors.EVENT_READ)
        self.waiting.register(self.leader, selectors.EVENT_READ)

    def serve(self) -> Asked:
        """Returns only in a fork, with what it is to become."""
        while True:
            for key, _ in self.waiting.select():
                if key.fileobj == self.leader:
                    self._end(self.processes.values())
                    sys.exit()
                elif key.fileobj is self.listening:
                    if asked := self._fork():
                        return asked
                elif key.data is not None:
                    self._tell(key.fileobj, key.data)
                elif key.fileobj in self.processes:
                    self.waiting.unregister(key.fileobj)
                    self._end([self.processes[key.fileobj]])

    def _fork(self) -> Asked | None:
        """What is to be become, in the fork."""
        answers, _ = self.listening.accept()
        told, outputs, _, _ = socket.recv_fds(answers, LARGEST, 2)
        pid = os.fork()
        if pid == 0:
            for each in [key.fileobj for key in self.waiting.get_map().values()]:
                os.close(each) if isinstance(each, int) else each.close()
            self.waiting.close()
            answers.close()
            asked = json.loads(told)
            return Asked(asked["arguments"], asked["environment"], asked["folder"], outputs)
        for each in outputs:
            os.close(each)
        self.processes[answers] = pid
        self.waiting.register(answers, selectors.EVENT_READ)
        self.waiting.register(os.pidfd_open(pid), selectors.EVENT_READ, answers)
        answers.send(str(pid).encode())
        return None

    def _tell(self, ended: int, answers: socket.socket) -> None:
        """Say how its process ended."""
        _, status = os.waitpid(self.processes.pop(answers), 0)
        with suppress(OSError):
            answers.send(str(os.waitstatus_to_exitcode(status)).encode())
        self.waiting.unregister(ended)
        os.close(ended)
        with suppress(KeyError):
            self.waiting.unregister(answers)
        answers.close()

    def _end(self, pids: Iterable[int]) -> None:
        for pid in pids:
            os.kill(pid, signal.SIGTERM)


def load() -> None:
    """All that processes of the site load before they begin their work."""
    django.setup()
    for name in MODULES:
        importlib.import_module(name)
    for middleware in settings.MIDDLEWARE:
        importlib.import_module(middleware.rpartition(".")[0])
    for app in apps.get_app_configs():
        if find_spec(f"{app.name}.tasks"):
            importlib.import_module(f"{app.name}.tasks")
    assert threading.active_count() == 1, "a thread does not come along into a fork"
    if held := sorted(
        settings.__dict__.keys() & {*OF_THE_PLACE} - OF_DJANGO
    ):  # it keeps what it was asked for
        raise RuntimeError(
            f"These settings are looked up while modules are loaded, so they can't differ: {held}."
        )
    gc.collect()
    gc.freeze()


def become(asked: Asked) -> None:
    """Run the module as if this process had just been started for it."""
    os.setsid()
    os.chdir(asked.folder)
    os.environ.clear()
    os.environ.update(asked.environment)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")  # as marketplace.celery did
    for own, output in zip((1, 2), asked.outputs, strict=True):
        os.dup2(output, own)
        os.close(output)
    tempfile.tempdir = None
    _settle_anew()
    name, *arguments = asked.arguments
    if name == "-c":
        code, *arguments = arguments
        sys.argv = [name, *arguments]
        exec(code, {"__name__": "__main__"})
    else:
        sys.argv = [name, *arguments]
        runpy.run_module(name, run_name="__main__", alter_sys=True)


def _settle_anew() -> None:
    """Let the settings be made of this environment when they are first needed, and with them what opens connections."""
    loaded = dict(settings._wrapped.__dict__)
    usual = LazySettings._setup

    def _setup(self: LazySettings, name: str | None = None) -> None:
        usual(self, name)
        now = self._wrapped.__dict__
        asked = {name for name in {*loaded, *now} - {*OF_THE_PLACE} if name.isupper()}
        if differ := sorted(name for name in asked if loaded.get(name) != now.get(name)):
            raise RuntimeError(
                f"Start this by its command line: it has another {differ} than what is loaded."
            )

    LazySettings._setup = _setup
    settings._wrapped = empty
    sys.modules.pop("marketplace.settings")
    for handler in (connections, caches):
        handler._settings = None
        handler.__dict__.pop("settings", None)
        handler._connections = Local(handler.thread_critical)


def main() -> None:
    place, leader = sys.argv[1:]
    gc.disable()
    load()
    gc.enable()
    become(Forks(place, int(leader)).serve())


if __name__ == "__main__":
    main()
