"""What is posted to addresses that organisations name reaches the public Internet, or nothing."""

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from marketplace.deliveries import outward
from marketplace.deliveries.outward import (
    SHOWN_CHARACTERS,
    BadAddress,
    NotTaken,
    check_address,
    checked,
    is_public,
    post,
    target_of,
)

PUBLIC = ipaddress.ip_address("93.184.215.14")
LOOPBACK = ipaddress.ip_address("127.0.0.1")

REFUSED = (
    # by what they are
    "http://93.184.215.14/",
    "http://desk.example.com/",
    "ftp://desk.example.com/",
    "file:///etc/passwd",
    "gopher://desk.example.com/",
    "//desk.example.com/",
    "desk.example.com/hooks",
    "https://",
    "https:///hooks",
    "https://user:secret@desk.example.com/",
    "https://user@desk.example.com/",
    "https://desk.example.com@127.0.0.1/",
    "https://desk.example.com:0/",
    "https://desk.example.com:99999/",
    "https://desk.example.com\\@127.0.0.1/",
    "https://desk.example.com/\r\nHost: 127.0.0.1",
    "https://desk .example.com/",
    "https://dеsk.example.com/",
    "https://desk_one..example.com/",
    "https://" + "a" * 600 + ".example.com/",
    # this machine and networks of one's own
    "https://127.0.0.1/",
    "https://127.255.255.254/",
    "https://0.0.0.0/",
    "https://0.1.2.3/",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://172.31.255.255/",
    "https://192.168.1.1/",
    "https://100.64.0.1/",
    "https://169.254.1.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://192.0.0.8/",
    "https://192.0.2.1/",
    "https://192.88.99.1/",
    "https://198.18.0.1/",
    "https://198.51.100.1/",
    "https://203.0.113.1/",
    "https://224.0.0.1/",
    "https://239.255.255.250/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
    # the same in odd forms
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0177.0.0.1/",
    "https://017700000001/",
    "https://127.1/",
    "https://127.0.1/",
    "https://0/",
    "https://0x0/",
    "https://127.0.0.1./",
    "https://１２７.0.0.1/",
    # IPv6, and IPv4 within it
    "https://[::1]/",
    "https://[::]/",
    "https://[0:0:0:0:0:0:0:1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::ffff:93.184.215.14]/",
    "https://[::127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b:1::a00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[2002:a9fe:a9fe::1]/",
    "https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/",
    "https://[2001:db8::1]/",
    "https://[2001:20::1]/",
    "https://[3fff::1]/",
    "https://[fe80::1]/",
    "https://[fe80::1%25eth0]/",
    "https://[fec0::1]/",
    "https://[fc00::1]/",
    "https://[fd00:ec2::254]/",
    "https://[ff02::1]/",
    "https://[100::1]/",
    "https://[5f00::1]/",
    # names of this machine
    "https://localhost/",
    "https://localhost./",
    "https://LOCALHOST/",
)
"""Addresses that nothing is posted to."""


@pytest.fixture(autouse=True)
def strict(settings):
    settings.WEBHOOK_LOOPBACK = False


@pytest.fixture
def loopback(settings):
    settings.WEBHOOK_LOOPBACK = True


def leading_to(*answers):
    """A resolver that answers each time the next of these; the last from then on."""
    left = [[ipaddress.ip_address(each) for each in answer] for answer in answers]

    def resolve(host, port, seconds=0.0):
        return left.pop(0) if len(left) > 1 else left[0]

    return resolve


def test_the_list_is_as_long_as_is_asked():
    assert len(set(REFUSED)) >= 40


@pytest.mark.parametrize("url", REFUSED)
def test_nothing_is_posted_to_it_and_a_sentence_says_why(url, monkeypatch):
    monkeypatch.setattr(outward.socket, "create_connection", unreachable)
    with pytest.raises(BadAddress) as checking:
        check_address(url)
    with pytest.raises(BadAddress) as posting:
        post(url, b"{}", {})
    assert str(checking.value) == str(posting.value)
    assert str(checking.value).endswith(".")
    assert " " in str(checking.value)


def unreachable(*arguments, **named):
    pytest.fail("A connection was made.")


PRIVATE = (
    "10.0.0.1",
    "127.0.0.1",
    "169.254.169.254",
    "100.64.0.1",
    "::1",
    "fd00::1",
    "::ffff:10.0.0.1",
    "64:ff9b::a00:1",
)


@pytest.mark.parametrize("private", PRIVATE)
@pytest.mark.parametrize("order", [1, -1], ids=["private last", "private first"])
def test_a_name_of_which_any_address_is_not_public_is_refused(private, order, monkeypatch):
    monkeypatch.setattr(outward.socket, "create_connection", unreachable)
    answer = [str(PUBLIC), private][::order]
    with pytest.raises(BadAddress, match="which is not an address of the public Internet"):
        post("https://desk.example.com/", b"{}", {}, resolve=leading_to(answer))


def test_a_name_that_leads_nowhere_is_refused(monkeypatch):
    def unknown(*arguments, **named):
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(outward.socket, "getaddrinfo", unknown)
    with pytest.raises(BadAddress, match="can't be found"):
        check_address("https://desk.example.com/")


def test_a_name_that_turns_private_after_the_check_is_called_where_it_was_checked(monkeypatch):
    asked, connected = [], []

    def look_up(host, port, *arguments, **named):
        asked.append(host)
        address = str(PUBLIC) if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    def connect(address, *arguments, **named):
        connected.append(address)
        raise ConnectionRefusedError("nobody there")

    monkeypatch.setattr(outward.socket, "getaddrinfo", look_up)
    monkeypatch.setattr(outward.socket, "create_connection", connect)
    with pytest.raises(NotTaken):
        post("https://desk.example.com/", b"{}", {})
    assert asked == ["desk.example.com"]
    assert connected == [(str(PUBLIC), 443)]
    with pytest.raises(BadAddress, match=r"leads to 127\.0\.0\.1"):
        post("https://desk.example.com/", b"{}", {})
    assert len(connected) == 1


@pytest.mark.parametrize("address", ["93.184.215.14", "1.1.1.1", "2606:2800:220:1::1", "2a00:1450::1"])
def test_public_addresses_are_called(address):
    found = ipaddress.ip_address(address)
    assert is_public(found)
    assert checked(target_of("https://desk.example.com/"), [found]) == [found]


def test_loopback_is_called_where_the_installation_allows_it_and_no_other_network(loopback):
    assert checked(target_of("http://localhost:9/"), [LOOPBACK]) == [LOOPBACK]
    for private in ("10.0.0.1", "169.254.169.254", "192.168.0.1", "fd00::1"):
        with pytest.raises(BadAddress):
            checked(target_of("https://desk.example.com/"), [ipaddress.ip_address(private)])
        with pytest.raises(BadAddress):
            checked(target_of("https://desk.example.com/"), [LOOPBACK, ipaddress.ip_address(private)])
    with pytest.raises(BadAddress, match="https"):
        checked(target_of("http://desk.example.com/"), [PUBLIC])


class Server(ThreadingHTTPServer):
    """A receiver on this machine that answers as it is told, and notes what it got."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, answer, context=None):
        self.answer, self.got = answer, []
        super().__init__(("127.0.0.1", 0), Handler)
        if context is not None:
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def handle_error(self, request, client_address):
        """A client that goes away in the middle is what is tested."""


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, dict(self.headers), body))
        self.server.answer(self)

    def log_message(self, *arguments):
        """Nothing."""


@contextmanager
def serving(answer, context=None):
    server = Server(answer, context)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def answers(status, body=b"", **headers):
    def answer(handler):
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def url_of(server, scheme="http", host="127.0.0.1"):
    return f"{scheme}://{host}:{server.server_address[1]}/hooks?of=desk"


def test_body_and_headers_arrive_and_the_answer_is_told(loopback):
    with serving(answers(202, b"thanks")) as server:
        answer = post(url_of(server), b'{"a":1}', {"webhook-id": "msg_1"})
    assert (answer.status, answer.text) == (202, "thanks")
    (path, headers, body), *others = server.got
    assert (path, headers["webhook-id"], body, others) == ("/hooks?of=desk", "msg_1", b'{"a":1}', [])


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status, loopback):
    with (
        serving(answers(200)) as inside,
        serving(answers(status, Location=url_of(inside))) as server,
        pytest.raises(NotTaken) as caught,
    ):
        post(url_of(server), b"{}", {})
    assert caught.value.status == status
    assert inside.got == []


@pytest.mark.parametrize("status", [400, 401, 404, 410, 429, 500, 503])
def test_anything_but_2xx_is_told_with_its_status_and_text(status, loopback):
    with serving(answers(status, b"no room")) as server, pytest.raises(NotTaken) as caught:
        post(url_of(server), b"{}", {})
    assert (caught.value.status, caught.value.text) == (status, "no room")


def test_of_a_large_answer_little_is_read_and_500_characters_are_shown(loopback):
    written = []

    def endless(handler):
        handler.send_response(200)
        handler.end_headers()
        for _ in range(20_000):
            handler.wfile.write(b"x" * 10_000)
            written.append(10_000)

    with serving(endless) as server:
        answer = post(url_of(server), b"{}", {})
        assert answer.text == "x" * SHOWN_CHARACTERS
        time.sleep(0.2)
        assert sum(written) < 50_000_000


def test_what_is_no_text_is_shown_as_far_as_it_is(loopback):
    with serving(answers(200, b"\x00\x1b[31mred\xff\n<b>")) as server:
        text = post(url_of(server), b"{}", {}).text
    assert text.isprintable()
    assert "red" in text


def never(handler):
    time.sleep(3)


def drop_by_drop(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    for _ in range(30):
        handler.wfile.write(b"x")
        handler.wfile.flush()
        time.sleep(0.1)


def head_drop_by_drop(handler):
    for sign in b"HTTP/1.1 200 OK\r\nServer: very slow":
        handler.wfile.write(bytes([sign]))
        handler.wfile.flush()
        time.sleep(0.1)


@pytest.mark.parametrize("slow", [never, head_drop_by_drop])
def test_all_of_it_ends_after_the_time_that_it_has(slow, loopback):
    with serving(slow) as server:
        begun = time.monotonic()
        with pytest.raises(NotTaken, match="No answer within"):
            post(url_of(server), b"{}", {}, seconds=0.5)
        assert time.monotonic() - begun < 1.5


def test_one_that_took_it_and_then_talks_slowly_is_listened_to_no_longer_than_that(loopback):
    with serving(drop_by_drop) as server:
        begun = time.monotonic()
        answer = post(url_of(server), b"{}", {}, seconds=1.5)
        assert time.monotonic() - begun < 2.8, "all that it says takes three seconds"
    assert answer.status == 200
    assert 1 <= len(answer.text) < 20


def test_a_server_that_never_greets_ends_in_time_too(loopback):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        begun = time.monotonic()
        with pytest.raises(NotTaken, match="No answer within"):
            post(f"https://127.0.0.1:{silent.getsockname()[1]}/", b"{}", {}, seconds=0.5)
        assert time.monotonic() - begun < 1.5


def test_a_slow_connection_leaves_the_answer_only_what_is_left_of_the_time(loopback, monkeypatch):
    usual = socket.create_connection

    def slowly(address, timeout, *arguments, **named):
        time.sleep(0.6)
        return usual(address, timeout, *arguments, **named)

    monkeypatch.setattr(outward.socket, "create_connection", slowly)
    with serving(head_drop_by_drop) as server:
        begun = time.monotonic()
        with pytest.raises(NotTaken, match="No answer within"):
            post(url_of(server), b"{}", {}, seconds=0.5)
        assert time.monotonic() - begun < 2


def test_where_nobody_listens_it_is_not_taken(loopback):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(NotTaken):
        post(f"http://127.0.0.1:{port}/", b"{}", {})


def test_where_the_first_address_of_a_name_does_not_answer_the_next_one_is_called(loopback):
    with serving(answers(200, b"thanks")) as server:
        to_two = leading_to(["::1", str(LOOPBACK)])
        assert post(url_of(server, host="localhost"), b"{}", {}, resolve=to_two).text == "thanks"


@pytest.fixture(scope="module")
def certified(tmp_path_factory):
    """A server's context with a certificate for desk.example.com alone, and where its issuer's is."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "desk.example.com")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("desk.example.com")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("certificates")
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context, folder / "cert.pem"


def trusted(monkeypatch, issuer):
    usual = ssl.create_default_context
    monkeypatch.setattr(outward.ssl, "create_default_context", lambda: usual(cafile=issuer))


def test_the_certificate_must_be_of_the_name_though_the_connection_goes_to_the_address(
    certified, loopback, monkeypatch
):
    context, issuer = certified
    trusted(monkeypatch, issuer)
    to_us = leading_to([str(LOOPBACK)])
    with serving(answers(200, b"thanks"), context) as server:
        answer = post(url_of(server, "https", "desk.example.com"), b"{}", {}, resolve=to_us)
        assert answer.text == "thanks"
        assert server.got[0][1]["Host"].startswith("desk.example.com:")
        with pytest.raises(NotTaken, match=r"[Cc]ertificate|CERTIFICATE"):
            post(url_of(server, "https", "other.example.com"), b"{}", {}, resolve=to_us)
    assert len(server.got) == 1


def test_a_certificate_of_nobody_known_is_not_trusted(certified, loopback):
    context, _ = certified
    with (
        serving(answers(200), context) as server,
        pytest.raises(NotTaken, match="certificate of the address"),
    ):
        post(url_of(server, "https", "desk.example.com"), b"{}", {}, resolve=leading_to([str(LOOPBACK)]))
    assert server.got == []


def test_a_slow_talker_behind_tls_ends_in_time_too(certified, loopback, monkeypatch):
    context, issuer = certified
    trusted(monkeypatch, issuer)
    with serving(head_drop_by_drop, context) as server:
        begun = time.monotonic()
        with pytest.raises(NotTaken, match="No answer within"):
            post(
                url_of(server, "https", "desk.example.com"),
                b"{}",
                {},
                seconds=0.8,
                resolve=leading_to([str(LOOPBACK)]),
            )
        assert time.monotonic() - begun < 2


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (ConnectionRefusedError(111, "refused"), "Nothing listens at the address"),
        (ConnectionResetError(104, "reset"), "broken off"),
        (http.client.RemoteDisconnected("gone"), "closed before an answer"),
        (http.client.BadStatusLine("SSH-2.0"), "not HTTP"),
        (ssl.SSLError(1, "WRONG_VERSION_NUMBER"), "No encrypted connection"),
        (OSError(113, "No route to host"), "could not be reached"),
    ],
)
def test_what_goes_wrong_on_the_way_is_said_without_a_code(broken, said, monkeypatch):
    def connect(*arguments, **named):
        raise broken

    monkeypatch.setattr(outward.socket, "create_connection", connect)
    with pytest.raises(NotTaken) as told:
        post(f"https://{PUBLIC}/", b"{}", {})
    assert said in str(told.value)
    assert "rrno" not in str(told.value)
    assert type(broken).__name__ not in str(told.value)
