"""Requests to the HTTP APIs of the stack's components: JSON in, JSON out, with the standard library alone."""

from __future__ import annotations

import http.client
import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from otel_kit.errors import OtelKitError

_TIMEOUT_S: Final = 15.0
_MOST_BYTES: Final = 64 * 2**20
_SHOWN: Final = 300


class Unreachable(OtelKitError):
    """Nobody answered at that address."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the HTTP status, and the body as JSON where it is JSON, else as text."""

    status: int
    body: Any

    @property
    def is_ok(self) -> bool:
        """Whether the request was successful."""
        return 200 <= self.status < 300

    @property
    def told(self) -> str:
        """What the server says of an error, in one short line."""
        body = self.body
        if isinstance(body, dict):
            body = next((body[key] for key in ("message", "error", "msg") if body.get(key)), json.dumps(body))
        return f"HTTP {self.status} {' '.join(str(body).split())[:_SHOWN]}".rstrip()


@dataclass(frozen=True, slots=True)
class Api:
    """An HTTP API: its base address without a slash at the end, and what each request carries.

    ``headers`` may hold a secret: they are not shown. ``ca_file`` is trusted besides what the system trusts.
    """

    base: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    ca_file: str | None = None
    timeout_s: float = _TIMEOUT_S

    def get(self, path: str, **parameters: str) -> Answer:
        """Ask for something; see ``ask``."""
        return self.ask("GET", path + (f"?{urlencode(parameters)}" if parameters else ""))

    def ask(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        """Send a request and return what came back, whatever its status; blocks for at most ``timeout_s``.

        No proxy is used: the stack is near. ``body`` goes as JSON.

        Raises:
            Unreachable: no connection, no valid certificate, no answer in time or none that is HTTP.
        """
        data = None if body is None else json.dumps(body).encode()
        carried = {"Accept": "application/json", **self.headers, **(headers or {})}
        if data is not None:
            carried.setdefault("Content-Type", "application/json")
        try:
            request = urllib.request.Request(self.base + path, data, carried, method=method)  # noqa: S310 - see _opener
            with _opener(self.ca_file).open(request, timeout=self.timeout_s) as response:
                return Answer(response.status, _read(response))
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, _read(error))
        except urllib.error.URLError as error:
            raise Unreachable(f"{self.base} does not answer: {_reason(error.reason)}") from None
        except ValueError:
            # What Python says of it would show the header, which may be a key.
            raise Unreachable(f"{self.base!r} cannot be asked: the address or a header is not valid") from None
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(f"{self.base} does not answer: {_reason(error)}") from None


def _opener(ca_file: str | None) -> urllib.request.OpenerDirector:
    opener = urllib.request.OpenerDirector()
    # HTTP only: neither files nor other schemes, no proxies, and no redirects that would carry the headers elsewhere.
    context = ssl.create_default_context()
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    for handler in (
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(context=context),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    return opener


def _read(response: Any) -> Any:
    text = response.read(_MOST_BYTES).decode("utf-8", "replace")
    try:
        return json.loads(text)
    except ValueError:
        return text


def _reason(error: object) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message}); name the authority that signed it"
    return str(error) or type(error).__name__
