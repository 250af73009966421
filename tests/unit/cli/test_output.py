"""What every command does when its output or its user goes away."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap

from tests.subprocesses import child_environ


def test_a_reader_that_goes_away_is_no_traceback() -> None:
    """As behind `| head -1`."""
    with subprocess.Popen(
        [sys.executable, "-m", "otel_kit", "policy", "schema"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=child_environ(),
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()

        assert b"" == process.stderr.read()
        assert 141 == process.wait(20)


def test_ctrl_c_is_no_traceback() -> None:
    """While a policy is compiled, say."""
    code = """
        import signal, sys
        from otel_kit import cli
        from otel_kit.cli.policy import schema

        signal.signal(signal.SIGINT, signal.default_int_handler)
        schema.run = lambda arguments: signal.raise_signal(signal.SIGINT)
        sys.exit(cli.main(["policy", "schema"]))
    """

    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], env=child_environ(), capture_output=True, timeout=30, check=False
    )

    assert (128 + signal.SIGINT, b"", b"") == (done.returncode, done.stdout, done.stderr)


def test_what_the_terminal_cannot_show_is_escaped() -> None:
    """Whatever its encoding, and whatever bytes came in as an argument."""
    done = subprocess.run(
        [sys.executable, "-m", "otel_kit", "policy", "explain", "--key", b"caf\xc3\xa9\xff"],
        env=child_environ({"PYTHONIOENCODING": "ascii"}), capture_output=True, timeout=30, check=False,
    )  # fmt: skip

    assert (0, b"") == (done.returncode, done.stderr)
    assert b"caf\\xe9\\udcff has no class" in done.stdout
