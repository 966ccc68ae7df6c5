"""Posting to addresses that organisations name: nothing of our own network can be reached by one.

The address is checked at each attempt, and the connection is made to the very address that was checked, so that a name which
changes its mind in between leads nowhere. No redirects, a few seconds for all of it, and little of the answer is read.
"""

import http.client
import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
SECONDS = 5.0
LONGEST_URL = 500
READ_BYTES = 4096
SHOWN_CHARACTERS = 500
HTTPS, HTTP = "https", "http"
PORTS = {HTTPS: 443, HTTP: 80}
NAME = re.compile(
    r"(?=.{1,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
)
LIKE_A_NUMBER = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)")
PUBLIC_V6 = ipaddress.IPv6Network("2000::/3")
TUNNELS = tuple(map(ipaddress.IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))
"""Within the public range: Teredo and other protocols, examples, 6to4, which hold an IPv4 address or lead nowhere."""
OTHERS_V4 = tuple(
    map(ipaddress.IPv4Network, ("192.88.99.0/24", "192.0.0.0/24", "192.31.196.0/24", "192.175.48.0/24"))
)

NO_ADDRESS = "Write the whole address, such as https://desk.example.com/hooks."
NO_HTTPS = "Only addresses that begin with https:// are called."
TOO_LONG = f"The address has more than {LONGEST_URL} characters."
WITH_LOGIN = "Leave name and password out of the address: a webhook is known by its signature."
ODD_HOST = "“{}” is not the name of a host."
UNKNOWN_HOST = "“{}” can't be found."
NOT_PUBLIC = "“{}” leads to {}, which is not an address of the public Internet."
TOO_SLOW = f"No answer within {int(SECONDS)} seconds."

_resolving = ThreadPoolExecutor(max_workers=4, thread_name_prefix="resolving")


FAILURES: Sequence[tuple[type[Exception], str]] = (
    (ConnectionRefusedError, "Nothing listens at the address: the connection was refused."),
    (ssl.SSLError, "No encrypted connection could be made: the address doesn't speak HTTPS as it should."),
    (http.client.RemoteDisconnected, "The connection was closed before an answer came."),
    (ConnectionError, "The connection was broken off."),
    (http.client.HTTPException, "What was answered is not HTTP."),
)
"""What goes wrong on the way, the special case first, and what is said of it."""


class BadAddress(ValueError):
    """An address that is not called: the message is the sentence for people."""


class NotTaken(Exception):
    """The other side did not take what was sent: the message says what it answered, or that it did not."""

    def __init__(self, said: str, status: int | None = None, text: str = "") -> None:
        super().__init__(said)
        self.status, self.text = status, text


@dataclass(frozen=True)
class Answer:
    """What the other side answered, with no more of its text than is shown."""

    status: int
    text: str


@dataclass(frozen=True)
class Target:
    """An address in its parts."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def is_plain(self) -> bool:
        return self.scheme == HTTP


def target_of(url: str) -> Target:
    """The address in its parts, as far as its text can tell. Raises :class:`BadAddress`."""
    if len(url) > LONGEST_URL:
        raise BadAddress(TOO_LONG)
    if not url.isascii() or not url.isprintable() or set(url) & set(' \\"<>^`{|}'):
        raise BadAddress(NO_ADDRESS)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadAddress(NO_ADDRESS) from None
    if parts.scheme != HTTPS and not (parts.scheme == HTTP and settings.WEBHOOK_LOOPBACK):
        raise BadAddress(NO_HTTPS if parts.scheme == HTTP else NO_ADDRESS)
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        raise BadAddress(WITH_LOGIN)
    host = _host(parts)
    if port == 0:
        raise BadAddress(NO_ADDRESS)
    path = parts.path or "/"
    return Target(
        parts.scheme, host, port or PORTS[parts.scheme], f"{path}?{parts.query}" if parts.query else path
    )


def _host(parts: SplitResult) -> str:
    host = (parts.hostname or "").lower()
    if not host:
        raise BadAddress(NO_ADDRESS)
    if ":" in host:
        if "%" in host or _literal(host) is None:
            raise BadAddress(ODD_HOST.format(host))
        return host
    if not NAME.fullmatch(host):
        raise BadAddress(ODD_HOST.format(host))
    if LIKE_A_NUMBER.fullmatch(host.rpartition(".")[2]) and _literal(host) is None:
        raise BadAddress(
            ODD_HOST.format(host)
        )  # a number in another form, which some resolvers take for an address
    return host


def _literal(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public Internet, and holds no other address that may not."""
    if isinstance(address, ipaddress.IPv4Address):
        return (
            address.is_global
            and not (
                address.is_multicast or address.is_reserved or address.is_loopback or address.is_link_local
            )
            and not any(address in network for network in OTHERS_V4)
        )
    return address in PUBLIC_V6 and address.is_global and not any(address in network for network in TUNNELS)


def resolved(host: str, port: int, seconds: float = SECONDS) -> list[Address]:
    """All addresses of a host, in the resolver's order. Raises :class:`BadAddress` for a host that has none."""
    literal = _literal(host)
    if literal is not None:
        return [literal]
    try:
        found = _resolving.submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM).result(seconds)
    except (OSError, UnicodeError):
        raise BadAddress(UNKNOWN_HOST.format(host)) from None
    except Late:
        raise NotTaken(TOO_SLOW) from None
    addresses = [ipaddress.ip_address(str(each[4][0]).partition("%")[0]) for each in found]
    return list(dict.fromkeys(addresses))


def checked(target: Target, addresses: Iterable[Address]) -> list[Address]:
    """The addresses, if every one of them may be called. Raises :class:`BadAddress` for the first that may not."""
    found = list(addresses)
    if not found:
        raise BadAddress(UNKNOWN_HOST.format(target.host))
    if settings.WEBHOOK_LOOPBACK and all(each.is_loopback for each in found):
        return found
    for each in found:
        if not is_public(each):
            raise BadAddress(NOT_PUBLIC.format(target.host, each))
    if target.is_plain:
        raise BadAddress(NO_HTTPS)
    return found


def check_address(url: str) -> None:
    """Raise :class:`BadAddress` for an address that would not be called now."""
    target = target_of(url)
    checked(target, resolved(target.host, target.port))


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    seconds: float = SECONDS,
    resolve: Callable[[str, int, float], list[Address]] = resolved,
) -> Answer:
    """Post a body; the answer of one that took it (2xx).

    Raises :class:`BadAddress` for an address that may not be called, :class:`NotTaken` for any other answer, and for none.
    """
    until = time.monotonic() + seconds
    target = target_of(url)
    addresses = checked(target, resolve(target.host, target.port, seconds))
    connection = _connection(target, addresses, until)
    watch: threading.Timer | None = None
    try:
        connection.connect()
        watch = threading.Timer(_left(until), _cut, [connection.sock])
        watch.daemon = True
        watch.start()
        connection.request("POST", target.path, body=body, headers=dict(headers))
        with connection.getresponse() as response:
            answer = Answer(response.status, _text(response.read(READ_BYTES)))
    except (OSError, http.client.HTTPException) as error:
        if time.monotonic() >= until or isinstance(error, TimeoutError):
            raise NotTaken(TOO_SLOW) from None
        raise NotTaken(_in_words(error)) from None
    finally:
        if watch is not None:
            watch.cancel()
        connection.close()
    if not 200 <= answer.status < 300:
        raise NotTaken(f"Answered {answer.status}.", answer.status, answer.text)
    return answer


def _in_words(error: OSError | http.client.HTTPException) -> str:
    """Why nothing was taken, for who runs the address."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"The certificate of the address was not accepted: {error.verify_message}."[:SHOWN_CHARACTERS]
    for kind, words in FAILURES:
        if isinstance(error, kind):
            return words
    return "The address could not be reached."


def _text(data: bytes) -> str:
    told = "".join(sign if sign.isprintable() else " " for sign in data.decode("utf-8", "replace"))
    return told[:SHOWN_CHARACTERS]


def _left(until: float) -> float:
    return max(0.05, until - time.monotonic())


def _cut(sock: socket.socket) -> None:
    """End a conversation that trickles: each of its parts comes in time, all of it would not."""
    with suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _connection(target: Target, addresses: Sequence[Address], until: float) -> http.client.HTTPConnection:
    """A connection that goes to one of these addresses whatever the host's name leads to by then."""
    if target.is_plain:
        plain = http.client.HTTPConnection(target.host, target.port)
        plain._create_connection = _to(addresses, until)  # type: ignore[attr-defined]
        return plain
    secure = http.client.HTTPSConnection(target.host, target.port, context=ssl.create_default_context())
    secure._create_connection = _to(addresses, until)  # type: ignore[attr-defined]
    return secure


def _to(addresses: Sequence[Address], until: float) -> Callable[..., socket.socket]:
    """What connects to the first that answers; greeting by TLS and talking have what that leaves of the time."""

    def connect(told: tuple[str, int], timeout: object = None, source: object = None) -> socket.socket:
        *others, last = addresses
        for each in others:
            with suppress(OSError):
                return _connected(each, told[1], until)
        return _connected(last, told[1], until)

    return connect


def _connected(address: Address, port: int, until: float) -> socket.socket:
    sock = socket.create_connection((str(address), port), _left(until))
    sock.settimeout(_left(until))
    return sock
