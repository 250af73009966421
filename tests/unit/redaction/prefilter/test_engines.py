"""Which engine answers, from the first text to the last, on every thread and in every child."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from otel_kit.policy.load import load_policy
from otel_kit.policy.model import Policy, Rule
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.prefilter.engines import WORTH_COMPILING, has_hyperscan
from otel_kit.redaction.redactor import Redactor, compile_policy

needs_hyperscan = pytest.mark.skipif(not has_hyperscan(), reason="the extra fast is not installed")
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform cannot fork")
DIRTY = "mail john@example.com, password=hunter2x"
REDACTED = "mail j***@example.com, password=[REDACTED:password]"


def small() -> Redactor:
    """Return a Redactor that compiles in no time."""
    policy = load_policy()
    rules = tuple(rule for rule in policy.rules if rule.id in ("email", "card", "phone_spoken", "ip"))
    return compile_policy(Policy(rules=rules, keys=policy.keys))


def test_the_standard_library_answers_until_something_else_is_started() -> None:
    """And when the choice is stdlib, nothing is ever started."""
    redactor = small()
    before = threading.active_count()

    redactor.start_engine("stdlib")

    assert redactor.text(DIRTY, Findings()) == REDACTED
    assert redactor.engine == "stdlib"
    assert redactor.wait_ready(0)
    assert threading.active_count() == before


@needs_hyperscan
def test_hyperscan_takes_over_from_a_background_thread() -> None:
    """What comes out is the same before and after."""
    redactor = small()
    redactor.start_engine("auto")

    during = redactor.text(DIRTY, Findings())

    assert redactor.wait_ready(60)
    assert redactor.engine == "hyperscan"
    assert during == redactor.text(DIRTY, Findings()) == REDACTED


@needs_hyperscan
def test_nothing_is_compiled_before_it_is_worth_it() -> None:
    """A program that says little ends before; one that says much gets its engine without asking again."""
    redactor = small()
    before = threading.active_count()
    redactor.start_engine("auto")
    redactor.text(DIRTY, Findings())

    assert threading.active_count() == before

    for number in range(WORTH_COMPILING):
        redactor.text(f"text {number}", Findings())
    assert redactor._engine._done.wait(60)
    assert redactor.engine == "hyperscan"


@needs_hyperscan
def test_each_thread_scans_on_its_own() -> None:
    """Hyperscan refuses two scans that share their scratch; a clean text must not hide that."""
    redactor = small()
    redactor.start_engine("hyperscan", wait=True)
    faults: list[str] = []
    together = threading.Barrier(4)

    def scan(number: int) -> None:
        together.wait()
        for count in range(300):
            text = f"{DIRTY} {number} {count} " + "x" * 400
            if redactor.text(text, Findings()) != text.replace(DIRTY, REDACTED):
                faults.append(text)

    threads = [threading.Thread(target=scan, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert faults == []


@needs_hyperscan
def test_a_scan_inside_of_a_scan_is_answered_too() -> None:
    """A signal handler may log while its thread is in the middle of a scan."""
    redactor = small()
    redactor.start_engine("hyperscan", wait=True)
    finder = redactor._engine._find.__self__  # type: ignore[attr-defined]  # the scratch in use is nobody else's business
    finder.steps_for(DIRTY)
    inner: list[object] = []

    def handler(*_: object) -> None:
        inner.append(redactor.text(DIRTY + " again", Findings()))

    finder._database.scan(DIRTY.encode(), handler, 0, None, finder._own.scratch)

    assert inner
    assert set(inner) == {REDACTED + " again"}


@needs_hyperscan
def test_a_rule_that_hyperscan_refuses_keeps_its_needles() -> None:
    """It takes none that can never match, even as one of two ways. The others go on with it; nothing is lost."""
    rules = (Rule(id="half", pattern=r"[0-9]\b[a-z]|AB[0-9]{3}"), Rule(id="odd", pattern="[0-9]{2}-[0-9]{2}"))
    redactor = compile_policy(Policy(rules=rules))
    redactor.start_engine("hyperscan", wait=True)

    text = redactor.text("12-34 AB123", Findings())

    assert redactor.engine == "hyperscan"
    refused = redactor._engine._find.__self__._refused  # type: ignore[attr-defined]
    assert len(refused) == 1  # else this tests nothing
    assert text == "[REDACTED:odd] [REDACTED:half]"


FORKING = """
import os, sys
from pathlib import Path
from otel_kit.policy.load import load_policy
from otel_kit.policy.model import Policy
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import compile_policy
policy = load_policy()
rules = tuple(rule for rule in policy.rules if rule.id in ("email", "card", "iban", "phone"))
redactor = compile_policy(Policy(rules=rules, keys=policy.keys))
if {wait}:
    redactor.start_engine("hyperscan", wait=True)
    redactor.text("warm up the scratch of this thread", Findings())
else:
    redactor.start_engine("auto", state_folder={state!r} and Path({state!r}))
if {state!r}:
    redactor.text("nothing is kept yet", Findings())
    redactor.wait_ready(0)
child = os.fork()
assert redactor.text({dirty!r}, Findings()) == {redacted!r}
assert redactor.wait_ready(60)
assert redactor.engine == {engine!r}, redactor.engine
if child:
    _, status = os.waitpid(child, 0)
    sys.exit(os.waitstatus_to_exitcode(status))
"""


@needs_fork
@needs_hyperscan
@pytest.mark.timeout(120)
@pytest.mark.parametrize("wait", [True, False], ids=["when compiled", "while compiling"])
def test_a_forked_child_redacts_and_gets_its_engine(wait: bool) -> None:
    """The compiling thread does not survive a fork; the child begins anew."""
    program = FORKING.format(wait=wait, dirty=DIRTY, redacted=REDACTED, engine="hyperscan", state=None)

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=100)

    assert (done.returncode, done.stderr) == (0, "")


@needs_fork
@needs_hyperscan
@pytest.mark.timeout(120)
def test_a_child_forked_while_its_parent_compiles_shares_the_database(tmp_path: Path) -> None:
    """The child waits for the lock that its parent's thread holds, and lets go what it inherited of it."""
    program = FORKING.format(wait=False, dirty=DIRTY, redacted=REDACTED, engine="hyperscan", state=str(tmp_path))

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=100)

    assert (done.returncode, done.stderr) == (0, "")
    assert len(list(tmp_path.glob("redaction/*.database"))) == 1


@needs_hyperscan
def test_a_program_may_end_while_it_compiles() -> None:
    """The compiling thread holds nobody up and breaks nothing."""
    begin = "default_redactor().start_engine('auto'); default_redactor().wait_ready(0)"
    program = f"from otel_kit.redaction.redactor import default_redactor; {begin}"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=20)

    assert (done.returncode, done.stderr) == (0, "")
