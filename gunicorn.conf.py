"""How the web server runs. gunicorn reads this file by itself; its command line overrides it."""

import gc
import importlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from marketplace import logs, memory

memory.collect_rarely()
workers = 2
threads = int(os.environ.get("WEB_THREADS", "8"))
# What a worker has not taken waits in the kernel's queue, first come first served, for whichever worker is free. With
# the default of 1000, each hoards what it happened to accept: in the last minute before bidding closes some wait twice
# as long as others.
worker_connections = 16
# A connection that is kept would tie a busy client to one worker while the other is idle.
keepalive = 0
timeout = 60
control_socket_disable = True
# What the server itself says, in the same lines as the rest; the command line's --access-logfile adds a line a request.
logconfig_dict = logs.logging_of(
    os.environ.get("LOG_LEVEL", "INFO"),
    is_json=os.environ.get(
        "LOG_JSON", "0" if "1" in (os.environ.get("DEMO"), os.environ.get("DEBUG")) else "1"
    )
    == "1",
    loggers=("gunicorn.error", "gunicorn.access"),
)

METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
OWN = "metrics-of-web-"


def on_starting(server: Any) -> None:
    """Give the processes an empty folder in which they count together."""
    folder = os.environ.get(METRICS_FOLDER) or tempfile.mkdtemp(prefix=OWN)
    os.environ[METRICS_FOLDER] = folder
    for left in Path(folder).glob("*.db"):
        left.unlink()


def child_exit(server: Any, worker: Any) -> None:
    """Forget what a process that ended was doing at the moment; what it counted stays counted."""
    importlib.import_module("prometheus_client.multiprocess").mark_process_dead(worker.pid)


def on_exit(server: Any) -> None:
    """Leave nothing behind in the temporary folder."""
    folder = Path(os.environ[METRICS_FOLDER])
    if folder.name.startswith(OWN):
        shutil.rmtree(folder, ignore_errors=True)


def post_worker_init(worker: Any) -> None:
    """Leave all that is loaded out of garbage collection: going through it takes 0.1 s amid somebody's
    request."""
    importlib.import_module("marketplace.urls")
    gc.collect()
    gc.freeze()
