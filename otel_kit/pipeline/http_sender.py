"""OTLP over HTTP: 2xx only, no redirects, replies of at most 64 KiB, one deadline for the whole request."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import os
import ssl
import time
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from otel_kit.pipeline.deadline_socket import DeadlineSocket, DeadlineTLSSocket, connect
from otel_kit.pipeline.endpoint import Endpoint, basic_authorization, hint
from otel_kit.pipeline.replies import MAX_REPLY, RESPONSES
from otel_kit.pipeline.seams import Delivered, Encoded, Outcome, Rejected, Retry, TooLarge, shown

# OTLP specification 1.x, "Failures": these are retryable, all other codes are not.
_RETRYABLE = frozenset({429, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class _Proxy:
    host: str
    port: int
    headers: dict[str, str] = field(repr=False)


class _Connection(http.client.HTTPConnection):
    """A connection whose sockets keep a deadline; plain, TLS, and through a proxy."""

    def __init__(self, endpoint: Endpoint, tls: ssl.SSLContext | None, proxy: _Proxy | None) -> None:
        super().__init__(*((proxy.host, proxy.port) if proxy else (endpoint.host, endpoint.port)))
        self._endpoint = endpoint
        self._tls = tls
        self.deadline = 0.0
        if proxy and tls:
            self.set_tunnel(endpoint.host, endpoint.port, proxy.headers)

    def connect(self) -> None:
        """Connect before the deadline. Raises OSError."""
        self.sock = connect(self.host, self.port, self.deadline)
        if self._tls is None:
            return
        if getattr(self, "_tunnel_host", None):
            self._tunnel()  # type: ignore[attr-defined]
        plain = self.sock
        plain._limit()
        self.sock = self._tls.wrap_socket(plain, server_hostname=self._endpoint.host)

    def limit(self, deadline: float) -> None:
        """Set the deadline for what follows."""
        self.deadline = deadline
        if isinstance(self.sock, DeadlineSocket | DeadlineTLSSocket):
            self.sock.deadline = deadline


class HttpSender:
    """A ``Sender`` over one kept-alive connection."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._tls = _tls_context(endpoint) if endpoint.is_secure else None
        self._proxy = _proxy(endpoint)
        self._connection: _Connection | None = None
        self._headers = {"content-type": "application/x-protobuf", **endpoint.headers}
        if endpoint.gzip:
            self._headers["content-encoding"] = "gzip"
        self._url = f"{endpoint.path}?{endpoint.query}" if endpoint.query else endpoint.path
        if self._proxy and self._tls is None:
            self._url = f"http://{endpoint.authority}{self._url}"
            self._headers.update(self._proxy.headers)

    @property
    def target(self) -> str:
        """Where it sends."""
        return self._endpoint.shown

    def send(self, encoded: Encoded, timeout_s: float) -> Outcome:
        """POST one request; blocks at most ``timeout_s``."""
        deadline = time.monotonic() + timeout_s
        body = encoded.request()
        if self._endpoint.gzip:
            body = gzip.compress(body, compresslevel=1)
        was_open = self._connection is not None
        try:
            return self._post(body, encoded, deadline)
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError) as error:
            self.close()
            if was_open:
                # The server had closed the idle connection: that is no failure of this request.
                with contextlib.suppress(OSError, http.client.HTTPException):
                    return self._post(body, encoded, deadline)
                self.close()
            return Retry(None, self._reason(error))
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            return Retry(None, self._reason(error))

    def close(self) -> None:
        """Close the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.close()

    def after_fork(self) -> None:
        """Drop the parent's connection; closing the descriptor here does not end it for the parent."""
        connection, self._connection = self._connection, None
        if connection is not None and connection.sock is not None:
            with contextlib.suppress(OSError):
                # Not close(): TLS would send the parent's peer a goodbye.
                os.close(connection.sock.detach())

    def _post(self, body: bytes, encoded: Encoded, deadline: float) -> Outcome:
        connection = self._connection
        if connection is None:
            connection = self._connection = _Connection(self._endpoint, self._tls, self._proxy)
        connection.limit(deadline)
        connection.request("POST", self._url, body=body, headers=self._headers)
        response = connection.getresponse()
        reply = response.read(MAX_REPLY + 1)
        if len(reply) > MAX_REPLY or response.will_close or not response.isclosed():
            self.close()
        return self._outcome(response, reply, encoded)

    def _outcome(self, response: http.client.HTTPResponse, reply: bytes, encoded: Encoded) -> Outcome:
        status = response.status
        if 200 <= status < 300:
            return _delivered(encoded, reply)
        if status == 413:
            return TooLarge("HTTP 413")
        if status in _RETRYABLE:
            return Retry(_retry_after(response.headers.get("retry-after")), f"HTTP {status}")
        # The reply's text may hold anything: it is not shown.
        advice = {401: " (is the ingest key right?)", 403: " (is the ingest key right?)", 404: " (is the path right?)"}
        if 300 <= status < 400:
            return Rejected(encoded.count, f"HTTP {status}: redirects are not followed")
        return Rejected(encoded.count, f"HTTP {status}{advice.get(status, '')}")

    def _reason(self, error: Exception) -> str:
        what = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
        advice = hint(self._endpoint)
        return f"{what}; {advice}" if advice else str(what)


def _delivered(encoded: Encoded, reply: bytes) -> Delivered:
    response_type, field = RESPONSES[encoded.signal]
    if not reply or len(reply) > MAX_REPLY:
        return Delivered()
    try:
        partial = response_type.FromString(reply).partial_success
    except Exception:  # a 2xx with a body that is not OTLP still means: taken
        return Delivered()
    rejected = getattr(partial, field)
    return Delivered(rejected, shown(partial.error_message)) if rejected else Delivered()


def _retry_after(value: str | None) -> float | None:
    """Return seconds from a Retry-After header, RFC 9110 section 10.2.3, at most an hour."""
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - time.time()
        except (ValueError, TypeError):
            return None
    return min(max(seconds, 0.0), 3600.0) if seconds == seconds else None


def _tls_context(endpoint: Endpoint) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=endpoint.certificate)
    if endpoint.client_certificate:
        context.load_cert_chain(endpoint.client_certificate, endpoint.client_key)
    context.sslsocket_class = DeadlineTLSSocket
    return context


def _proxy(endpoint: Endpoint) -> _Proxy | None:
    """Return the proxy that HTTP_PROXY, HTTPS_PROXY and NO_PROXY ask for."""
    url = getproxies().get(endpoint.scheme)
    if not url or proxy_bypass(f"{endpoint.host}:{endpoint.port}"):
        return None
    parts = urlsplit(url if "://" in url else f"http://{url}")
    if not parts.hostname:
        return None
    return _Proxy(parts.hostname, parts.port or 80, basic_authorization("proxy-authorization", parts))
