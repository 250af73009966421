"""Kinds that only settings of logs have: what fits and what does not."""

from __future__ import annotations

from typing import Any

import pytest

from otel_kit.settings.kinds import Kind
from otel_kit.settings.log_kinds import SIZE_OR_ZERO, SYSLOG_ADDRESS, SyslogAddress


@pytest.mark.parametrize(
    ("kind", "given", "value"),
    [
        (SIZE_OR_ZERO, "0", 0),
        (SIZE_OR_ZERO, 0, 0),
        (SIZE_OR_ZERO, " 64MiB ", 64 << 20),
        (SYSLOG_ADDRESS, "udp://127.0.0.1", SyslogAddress("udp", "127.0.0.1", 514)),
        (SYSLOG_ADDRESS, "tcp://logs.example", SyslogAddress("tcp", "logs.example", 601)),
        (SYSLOG_ADDRESS, "tls://logs.example/", SyslogAddress("tls", "logs.example", 6514)),
        (SYSLOG_ADDRESS, "tls://[::1]:7000", SyslogAddress("tls", "::1", 7000)),
    ],
)
def test_value_that_fits(kind: Kind, given: Any, value: object) -> None:
    """The parsed value; an address prints as it was given."""
    assert value == kind.parse(given)
    if isinstance(value, SyslogAddress):
        assert value == kind.parse(str(value))


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        *((SIZE_OR_ZERO, given) for given in ("", "-1", -1, False, None, "0.0.0", "many")),
        *((SYSLOG_ADDRESS, given) for given in (
            "", "127.0.0.1:514", "http://host", "udp://", "tcp://host:99999", "tcp://host:x", "tcp://host/path", 514,
            "tcp://host?x=1", None, "tls://[::1",
        )),
    ],
)  # fmt: skip
def test_value_that_does_not_fit(kind: Kind, given: Any) -> None:
    """A ValueError, whatever it is."""
    with pytest.raises(ValueError):  # noqa: PT011 - the kind's own text is what users see
        kind.parse(given)
