"""What mypy sees of events: mistakes are errors, correct use is clean. By the command, strict, on small files."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.subprocesses import REPOSITORY, child_environ

_DEFINED = """
import dataclasses
from collections.abc import Callable
from typing import Annotated

import otel_kit
from otel_kit import alert, event


@event.define(name="shop.order.placed", category="business", tier="default")
class OrderPlaced:
    order_id: str
    total: float
    items: int = 1
    customer: Annotated[str | None, event.attribute("user.id")] = None
    lines: list[str] = dataclasses.field(default_factory=list)


@event.define
class CacheCleared:
    entries: int
"""
_CLEAN = """
event.emit(OrderPlaced(order_id="17", total=12.5))
event.emit(OrderPlaced(order_id="17", total=12, items=2, customer="u", lines=["a"]), severity="warning")
otel_kit.event.emit(CacheCleared(entries=3), outcome="success")

delivered: event.Delivered | event.Pending = event.audit("user.delete", actor="42", outcome="failure")
if isinstance(delivered, event.Pending):
    print(delivered.reason)


async def handler() -> None:
    outcome = await event.audit.wait("user.delete", actor="42")
    print(outcome.reason if isinstance(outcome, event.Pending) else "there")


event.security("authentication", outcome="failure", severity="high", source_address="203.0.113.7")
event.performance("render", duration_s=1.5, threshold_s=1)
event.api("GET", "/x/{id}", status=None, provider="stripe")
event.database("SELECT", rows_returned=3)
event.business("order.paid", amount=12.5, attributes={"shop.colour": "red"})
event.interaction("chat", session="s", input_text="hello", confidence=0.9, success=True, consent="granted")
event.system("cache.cleared", severity="debug")
with event.migration("orders", before="1", after="2"):
    pass
with alert("payment-provider", severity="critical", reason="slow", provider="x") as active:
    print(active.is_active)
alert.resolve("payment-provider")
for one in alert.active():
    print(one.name, one.severity, one.since.isoformat(), one.reason)
"""
_MISTAKES = {
    'OrderPlaced(oder_id="17", total=1.0)': 'Unexpected keyword argument "oder_id" for "OrderPlaced"',
    'OrderPlaced(order_id="17")': 'Missing named argument "total" for "OrderPlaced"',
    "OrderPlaced(order_id=17, total=1.0)": 'incompatible type "int"; expected "str"',
    'OrderPlaced("17", 1.0)': 'Too many positional arguments for "OrderPlaced"',
    "CacheCleared(entrys=3)": 'Unexpected keyword argument "entrys" for "CacheCleared"',
    'event.define(name="x.y", category="busines")': "No overload variant",
    'event.audit("x", actr="42")': 'Unexpected keyword argument "actr"',
    'event.audit("x", actor="42", outcome="ok")': "Literal['success', 'failure', 'unknown']",
    'event.security("authentication")': 'Missing named argument "outcome"',
    'event.security("login", outcome="failure")': "Literal['authentication', 'authorization'",
    'event.performance("x", duration="1")': 'Unexpected keyword argument "duration"',
    'event.api("GET", "/x", statsu=200)': 'Unexpected keyword argument "statsu"',
    'event.database("SELECT", row_count=3)': 'Unexpected keyword argument "row_count"',
    'event.business("x", amount="12.50")': 'incompatible type "str"',
    'event.interaction("chat", session="s", inputtext="x")': 'Unexpected keyword argument "inputtext"',
    'event.interaction("talk", session="s")': "Literal['chat', 'speech_to_text'",
    'event.system(nam="x")': 'Unexpected keyword argument "nam"',
    'alert("x", severity="hgih")': "Literal['info', 'low', 'medium', 'high', 'critical']",
    "event.adit": 'Module has no attribute "adit"',
}


def _mypy(folder: Path, code: str) -> tuple[int, list[str]]:
    file = folder / "shop.py"
    file.write_text(textwrap.dedent(code))
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--follow-imports=silent",
         f"--cache-dir={REPOSITORY / '.mypy_cache'}", str(file)],
        cwd=REPOSITORY, env=child_environ(), capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    return done.returncode, [line for line in done.stdout.splitlines() if "error:" in line]


@pytest.mark.timeout(300)
def test_correct_use_is_clean_and_each_mistake_is_an_error(tmp_path: Path) -> None:
    """Each mistake on a line of its own, with the message that names it, and no other line."""
    assert _mypy(tmp_path, _DEFINED + _CLEAN) == (0, [])

    start = _DEFINED.count("\n") + 1
    code, errors = _mypy(tmp_path, _DEFINED + "\n".join(_MISTAKES) + "\n")
    found = {int(line.split(":")[1]) - start: line for line in errors}
    missed = {
        call: found.get(number, "clean") for number, (call, message) in enumerate(_MISTAKES.items())
        if message not in found.get(number, "")
    }  # fmt: skip

    assert missed == {}
    assert (code, set(found)) == (1, set(range(len(_MISTAKES))))
