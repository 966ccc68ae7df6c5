"""How the web server runs. gunicorn reads this file by itself; its command line overrides it."""

import gc
import importlib
import os
from typing import Any

from marketplace import logs

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


def post_worker_init(worker: Any) -> None:
    """Leave all that is loaded out of garbage collection: going through it takes 0.1 s amid somebody's
    request."""
    importlib.import_module("marketplace.urls")
    gc.collect()
    gc.freeze()
