"""The arguments of ``otel-kit redact``, its files and its exit status."""

from __future__ import annotations

import argparse
import errno
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from otel_kit.cli import output
from otel_kit.cli.chosen_policy import HELP as POLICY_HELP
from otel_kit.cli.redact.batches import batches
from otel_kit.cli.redact.tally import Tally
from otel_kit.errors import OtelKitError

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from otel_kit.cli.redact.line import LineRedactor

SURFACES: Final = ("log", "attribute", "url", "sql")
_MANY = 50_000  # lines of a file from which on the faster engine is worth the seconds of its compilation
_DESCRIPTION = """\
Pass lines through the redaction: exactly one line out for each line in, in order, each as soon as it is there. What
was found is counted by rule on standard error. Use it to try the policy on data of your own.

  tail -f app.log | otel-kit redact
  otel-kit redact --jsonl export.jsonl > clean.jsonl
  otel-kit redact --policy redaction.yaml --surface url urls.txt
"""
_EPILOG = """\
exit status: 0; 2 if a file, the policy or a line of --jsonl could not be read (such a line is redacted as text).
A line ends with LF or CRLF, which stay as they are; nothing else ends one.
"""


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "redact",
        help="redact lines of text or JSON, to try the policy on your own data",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="*", metavar="FILE", help="files to read, - for standard input (the default)")
    parser.add_argument(
        "--jsonl",
        action="store_true",
        help="each line is one JSON value: its keys say what its values are; what is not altered stays byte by byte",
    )
    parser.add_argument(
        "--surface",
        choices=SURFACES,
        help="what a line, or a string of --jsonl, is: log text (default), an attribute's value, a URL or SQL",
    )
    parser.add_argument(
        "--key", metavar="KEY", help="the attribute whose value each line is; implies --surface attribute"
    )
    parser.add_argument("--policy", metavar="FILE", help=POLICY_HELP)
    parser.add_argument(
        "--engine",
        choices=("auto", "stdlib", "hyperscan"),
        default="auto",
        help="what finds the rules to try; the output is the same (default: hyperscan if it is installed)",
    )
    parser.set_defaults(func=run)


def run(arguments: argparse.Namespace) -> int:
    """Copy every file, redacted, to standard output; return the exit status.

    Raises:
        PolicyError: the policy cannot be used.
    """
    from otel_kit.cli.redact.treatments import line_redactor  # loads the engine: other commands need none of it

    redactor = line_redactor(arguments)
    tally = Tally(lambda text: print(text, file=sys.stderr))
    copy = Copy(redactor, tally, sys.stdout.buffer)
    status = 0
    try:
        for name in arguments.files or ["-"]:
            if not copy.file(name):
                status = 2
    except KeyboardInterrupt:
        status = output.INTERRUPTED
    except BrokenPipeError:
        output.drop()
        status = output.BROKEN_PIPE
    tally.end(redactor.findings)
    return status or (2 if tally.not_json else 0)


class Copy:
    """Copies files, redacted, to one output, which is flushed whenever the input would have to be waited for."""

    def __init__(self, redactor: LineRedactor, tally: Tally, out: BinaryIO) -> None:
        self._redactor = redactor
        self._tally = tally
        self._out = out
        self._unended = False
        self._before_many = _MANY

    def file(self, name: str) -> bool:
        """Copy a file, ``-`` for standard input; return whether it could be read."""
        try:
            if name == "-":
                self.stream(_standard_input(), "")
            else:
                with Path(name).open("rb") as stream:
                    self.stream(stream, name)
        except BrokenPipeError:
            raise
        except (OSError, ValueError) as error:  # ValueError: a name with a NUL
            reason = getattr(error, "strerror", None) or type(error).__name__
            print(f"otel-kit redact: {name} cannot be read: {reason}", file=sys.stderr)
            return False
        return True

    def stream(self, stream: BinaryIO, name: str) -> None:
        """Copy the lines of ``stream``."""
        number = 0
        for batch in batches(stream):
            if self._before_many <= number:
                self._before_many = sys.maxsize
                self._redactor.prepare()
            if self._unended:
                self._write([b""], ended=True)  # the last line of a file and the first of the next stay two
            done: list[bytes] = []
            try:
                for raw in batch.lines:
                    number += 1
                    redacted, seen = self._redactor.line(raw, ended=batch.ended)
                    if seen is not None:
                        self._tally.note(name, number, seen)
                    done.append(redacted)
            finally:  # Ctrl-C may come in the middle of a batch
                self._tally.count(len(done))
                self._write(done, ended=batch.ended)

    def _write(self, lines: list[bytes], *, ended: bool) -> None:
        self._unended = not ended
        try:
            self._out.write(b"\n".join(lines) + (b"\n" if ended and lines else b""))
            self._out.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            output.drop()
            raise OtelKitError(f"the output cannot be written: {error.strerror}") from error


def _standard_input() -> BinaryIO:
    if sys.stdin is None:  # closed by whoever started the command
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    return sys.stdin.buffer
