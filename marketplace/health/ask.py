"""Ask an address of this machine's web server as one of its names: ``python -m marketplace.health.ask URL``.

For the health checks of containers, which have no other client. The exit status is 0 when it answers 200.
"""

import os
import sys
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

PATIENCE_SECONDS = 8


def main(url: str) -> int:
    """Print what was answered; returns 0 for an answer of 200, else 1."""
    host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].strip()
    asked = Request(url, headers={"Host": host})  # noqa: S310  (an address of the command line)
    try:
        with urlopen(asked, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310
            told, is_well = answer.read(2000).decode(errors="replace"), answer.status == 200
    except HTTPError as error:
        told, is_well = error.read(2000).decode(errors="replace"), False
    except (URLError, OSError) as error:
        told, is_well = str(error), False
    sys.stdout.write(told + "\n")
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
