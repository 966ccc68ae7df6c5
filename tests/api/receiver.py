"""A server that keeps what is posted to it."""

from http.server import BaseHTTPRequestHandler


class Receiver(BaseHTTPRequestHandler):
    """Keeps what it is told; answers with what the server was set to."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((dict(self.headers), body))
        self.send_response(self.server.answers)
        if self.server.answers == 302:
            self.send_header("Location", "/elsewhere")
        self.end_headers()
        self.wfile.write(b"said " * 400)

    def log_message(self, *told):
        """Nothing is printed."""
