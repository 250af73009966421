"""One HTTP request with one deadline: no redirects, a capped body, and no secret in any error.

Standard library only: what it sends is traced by nothing. The errors name kinds of failure, never the text of an
exception, which may hold a URL with a token in it.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from otel_kit.pipeline.deadline_socket import DeadlineTLSSocket, connect
from otel_kit.pipeline.endpoint import basic_authorization

MAX_BODY = 1 << 20
_USER_AGENT = "otel-kit-health"


class FetchError(Exception):
    """There was no answer; the text says why and holds nothing that was sent."""


@dataclass(frozen=True, slots=True)
class Request:
    """What to ask. Headers and URL may hold secrets and are not shown."""

    url: str = field(repr=False)
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    max_body: int = MAX_BODY


@dataclass(frozen=True, slots=True)
class Response:
    """What was answered; names of headers in lower case, the body cut at the request's ``max_body``."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_cut: bool


class _Connection(http.client.HTTPConnection):
    """A connection that keeps one deadline; plain, TLS, and through the proxy that the environment asks for."""

    def __init__(self, host: str, port: int, tls: ssl.SSLContext | None, proxy: str | None, deadline: float) -> None:
        self._target, self._tls, self._deadline = host, tls, deadline
        self.proxy_headers: dict[str, str] = {}
        self.forwards = proxy is not None and tls is None  # by the whole URL, not by a tunnel
        if proxy is None:
            super().__init__(host, port)
            return
        parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        self.proxy_headers = basic_authorization("proxy-authorization", parts)
        super().__init__(parts.hostname or "", parts.port or 80)
        if tls is not None:
            self.set_tunnel(host, port, self.proxy_headers)

    def connect(self) -> None:
        """Connect before the deadline. Raises OSError."""
        self.sock = connect(self.host, self.port, self._deadline)
        if self._tls is None:
            return
        if getattr(self, "_tunnel_host", None):
            self._tunnel()  # type: ignore[attr-defined]
        self.sock.settimeout(max(0.001, self._deadline - time.monotonic()))
        self.sock = self._tls.wrap_socket(self.sock, server_hostname=self._target)
        if isinstance(self.sock, DeadlineTLSSocket):
            self.sock.deadline = self._deadline


def fetch(request: Request, timeout_s: float, *, cafile: str | None = None) -> Response:
    """Send one request and return the answer, whatever its status; blocks at most about ``timeout_s``.

    Raises:
        FetchError: nothing was answered in time, or nothing that is HTTP.
    """
    try:
        with contextlib.closing(_connection(request, time.monotonic() + timeout_s, cafile)) as connection:
            return _exchange(connection, request)
    except FetchError:
        raise
    except Exception as error:
        raise FetchError(why(error)) from None


def _connection(request: Request, deadline: float, cafile: str | None) -> _Connection:
    parts = urlsplit(request.url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise FetchError("the URL is not one of http or https")
    is_secure = parts.scheme == "https"
    port = parts.port or (443 if is_secure else 80)
    proxy = None if proxy_bypass(f"{parts.hostname}:{port}") else getproxies().get(parts.scheme)
    return _Connection(parts.hostname, port, _tls(cafile) if is_secure else None, proxy, deadline)


def _exchange(connection: _Connection, request: Request) -> Response:
    parts = urlsplit(request.url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if connection.forwards:
        path = f"http://{parts.netloc.rpartition('@')[2]}{path}"
    headers = {
        "user-agent": _USER_AGENT,
        "accept": "*/*",
        "connection": "close",
        **(connection.proxy_headers if connection.forwards else {}),
        **basic_authorization("authorization", parts),
        **request.headers,
    }
    connection.request(request.method, path, body=request.body, headers=headers)
    answer = connection.getresponse()
    body = answer.read(request.max_body + 1)
    if len(body) <= request.max_body and answer.length:
        raise FetchError("the answer is not complete")
    shown = {name.lower(): value for name, value in answer.getheaders()}
    return Response(answer.status, shown, body[: request.max_body], len(body) > request.max_body)


def why(error: BaseException) -> str:
    """Return what kind of failure ``error`` is, in words that hold nothing of what was sent."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate is not accepted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {error.reason or type(error).__name__}"
    if isinstance(error, socket.gaierror):
        return "the host name is not known"
    if isinstance(error, http.client.RemoteDisconnected):
        return "the connection was closed without an answer"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    if isinstance(error, http.client.HTTPException):
        return f"the answer is not HTTP ({type(error).__name__})"
    return f"the request could not be made ({type(error).__name__})"


def _tls(cafile: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=cafile)
    context.sslsocket_class = DeadlineTLSSocket
    return context
