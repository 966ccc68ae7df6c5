"""A mail server that can be away: it keeps each mail that it took as a file."""

import socket
import socketserver
import threading
import uuid
from pathlib import Path

ANSWERS = {"EHLO": "250 here", "HELO": "250 here", "MAIL": "250 yes", "RCPT": "250 yes", "RSET": "250 yes"}


class _Talk(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self._say("220 here")
        for line in self.rfile:
            word = line[:4].decode("ascii", "replace").upper().strip()
            if word == "QUIT":
                return self._say("221 bye")
            if word == "DATA":
                self._say("354 go on")
                self._keep()
            else:
                self._say(ANSWERS.get(word, "500 what?"))
        return None

    def _keep(self) -> None:
        lines = []
        for line in self.rfile:
            if line == b".\r\n":
                break
            lines.append(line)
        (self.server.folder / f"{uuid.uuid4()}.eml").write_bytes(b"".join(lines))  # type: ignore[attr-defined]
        self._say("250 taken")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address, daemon_threads = True, True
    folder: Path


class MailServer:
    """Listens on ``port`` of this machine unless it is away."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self._server: _Server | None = None
        self.start()

    @property
    def is_there(self) -> bool:
        return self._server is not None

    def start(self) -> None:
        self._server = _Server(("127.0.0.1", self.port), _Talk)
        self._server.folder = self.folder
        threading.Thread(target=self._server.serve_forever, args=[0.1], daemon=True).start()

    def stop(self) -> None:
        """Take no new conversation; those that are going on end by themselves."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
