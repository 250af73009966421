"""``otel-kit redact`` as a user runs it: what goes in, what comes out, line by line."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otel_kit.cli import main
from otel_kit.cli.redact.batches import Batch, batches
from otel_kit.cli.redact.line import LineRedactor
from otel_kit.cli.redact.treatments import json_treatment, treatment
from otel_kit.redaction.redactor import default_redactor
from tests.subprocesses import child_environ

COMMAND = [sys.executable, "-m", "otel_kit", "redact"]
CARD = b"4111111111111111"
MASKED = b"4111-****-****-1111"


class Done(NamedTuple):
    """How a run of the command ended."""

    returncode: int
    stdout: bytes
    stderr: bytes


def redact(*arguments: str, given: bytes = b"", cwd: Path | None = None) -> Done:
    """Run the command on ``given``, in this process: only what is about processes needs one of its own."""
    out, said = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
    read, folder = sys.stdin, Path.cwd()
    sys.stdin = io.TextIOWrapper(io.BytesIO(given), "utf-8")
    os.chdir(cwd or folder)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(said):
            status = main(["redact", *arguments])
    finally:
        sys.stdin = read
        os.chdir(folder)
    return Done(status, out.buffer.getvalue(), said.getvalue().encode())  # type: ignore[attr-defined]


def redactor(*, jsonl: bool = False, surface: str = "log") -> LineRedactor:
    """Return what redacts one line of the shipped policy."""
    shipped = default_redactor()
    return LineRedactor(treatment(shipped, surface), json_treatment(shipped, surface) if jsonl else None)


def lined(data: bytes, line_redactor: LineRedactor) -> bytes:
    """Return ``data`` as the command copies it, without its process."""
    out = b""
    for batch in batches(io.BytesIO(data)):
        lines = [line_redactor.line(raw, ended=batch.ended)[0] for raw in batch.lines]
        out += b"\n".join(lines) + (b"\n" if batch.ended else b"")
    return out


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"mail bob@example.com\nok\n", b"mail b***@example.com\nok\n"),
        (b"a bob@example.com\r\nb\r\n", b"a b***@example.com\r\nb\r\n"),
        (b"last bob@example.com", b"last b***@example.com"),
        (b"\n\n \n\r\n", b"\n\n \n\r\n"),
        (b"", b""),
        (b"a\rb bob@example.com\rc\n", b"a\rb b***@example.com\rc\n"),
        (b"a\x0bb\x0cc\x1cd\n", b"a\x0bb\x0cc\x1cd\n"),
        ("a\u2028b\u2029c\x85d\n".encode(), "a\u2028b\u2029c\x85d\n".encode()),
        (b"\xef\xbb\xbfcard " + CARD + b"\n", b"\xef\xbb\xbfcard " + MASKED + b"\n"),
        (b"\xffAKIAIOSFODNN7EXAMPLE\n", "\xff[REDACTED:aws_key]\n".encode()),
        (b"caf\xe9 bob@example.com\n", "caf\xe9 b***@example.com\n".encode()),
        (b"\x80\n", "\N{REPLACEMENT CHARACTER}\n".encode()),
        (b"a\0b\n", b"a\0b\n"),
        (b"card 4111\x001111\x001111\x001111\n", b"card " + MASKED + b"\n"),
    ],
)  # fmt: skip
def test_a_line_stays_a_line(before: bytes, after: bytes) -> None:
    """Line ends, empty lines, a last line without an end, NULs, foreign bytes and what only looks like a line end."""
    done = redact(given=before)

    assert (0, after) == (done.returncode, done.stdout)


def test_a_file_in_utf_16_carries_nothing_through() -> None:
    """It is not read as it was meant, but what is ASCII in it is found."""
    done = redact(given="mail bob@example.com\nok\n".encode("utf-16"))

    assert b"bob" not in done.stdout.replace(b"\0", b"")
    assert 2 == done.stdout.count(b"\n")


def test_files_come_one_after_the_other(tmp_path: Path) -> None:
    """A last line without an end and the first line of the next file stay two."""
    (tmp_path / "a.log").write_bytes(b"one\ntwo")
    (tmp_path / "b.log").write_bytes(b"three")

    done = redact("a.log", "b.log", "-", given=b"four", cwd=tmp_path)

    assert (0, b"one\ntwo\nthree\nfour") == (done.returncode, done.stdout)
    assert b"4 lines, 0 values altered" in done.stderr


def test_a_file_that_cannot_be_read_is_named_and_the_others_go_on(tmp_path: Path) -> None:
    """The exit status is 2."""
    (tmp_path / "b.log").write_bytes(b"two\n")

    done = redact("none.log", "b.log", cwd=tmp_path)

    assert (2, b"two\n") == (done.returncode, done.stdout)
    assert b"none.log cannot be read: No such file or directory" in done.stderr


def test_counts_by_rule_are_on_standard_error() -> None:
    """The most frequent first; never a value."""
    done = redact(given=b"bob@example.com and jane@example.com\n" + CARD + b"\n")

    assert [b"2 lines, 3 values altered", b"  email  2", b"  card   1"] == done.stderr.splitlines()


@pytest.mark.parametrize(
    ("arguments", "before", "after"),
    [
        (["--surface", "url"], b"?pin=1&b=bob%40example.com", b"?pin=[REDACTED:query_secret]&b=b***%40example.com"),
        (["--surface", "sql"], b"select * from t where a = 'x' and b = 3", b"select * from t where a = ? and b = ?"),
        (["--surface", "attribute"], b"plain", b"plain"),
        (["--surface", "attribute", "--key", "user.password"], b"plain", b"[REDACTED:password]"),
        (["--key", "user.password"], b"plain", b"[REDACTED:password]"),
        (["--jsonl", "--surface", "sql"], b'{"q": "select 1", "n": 1}', b'{"q": "select ?", "n": 1}'),
    ],
)  # fmt: skip
def test_the_surface_says_what_a_line_is(arguments: list[str], before: bytes, after: bytes) -> None:
    """Text of a log, an attribute under its key, a URL, an SQL statement."""
    assert after == redact(*arguments, given=before).stdout


def test_a_key_goes_with_attributes_only() -> None:
    """Else one of the two would be ignored."""
    done = redact("--surface", "url", "--key", "a")

    assert 2 == done.returncode
    assert b"--key does not go with --surface url" in done.stderr


def test_the_policy_file_is_used_and_its_faults_are_said(tmp_path: Path) -> None:
    """The user's layer over the shipped policy."""
    (tmp_path / "good.yaml").write_text("rules: {email: {action: replace}}\n")
    (tmp_path / "bad.yaml").write_text("rules: {email: {action: mask}}\n")

    good = redact("--policy", "good.yaml", given=b"bob@example.com", cwd=tmp_path)
    bad = redact("--policy", "bad.yaml", given=b"bob@example.com", cwd=tmp_path)

    assert b"[REDACTED:email]" == good.stdout
    assert (2, b"") == (bad.returncode, bad.stdout)
    assert b"bad.yaml:1" in bad.stderr


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{"b": 1.50, "a" : "x" }', '{"b": 1.50, "a" : "x" }'),
        ('{"n":-0.0,"e":1E5,"big":123456789012345678901234567890}', None),
        ('{"u":"\\u00e9\\/","mail":"bob@example.com","n":1.0}', '{"u":"\\u00e9\\/","mail":"b***@example.com","n":1.0}'),
        ('{"a":"bob@example.com","a":"x@example.com","a":1}', '{"a":"b***@example.com","a":"x***@example.com","a":1}'),
        ('{"user":{"password":{"x":[1]},"n":1.10}}', '{"user":{"password":"[REDACTED:password]","n":1.10}}'),
        ('[ {"card_number": 4111111111111111} , [] , {}]', '[ {"card_number": "4111-****-****-1111"} , [] , {}]'),
        ('{"headers":[["Authorization","Bearer abc"],["Host","x"]]}',
         '{"headers":[["Authorization","Bearer [REDACTED:authorization]"],["Host","x"]]}'),
        ('{"bob@example.com": 1}', '{"b***@example.com": 1}'),
        ('{"m":"line\\nbob@example.com \\u2028"}', '{"m":"line\\nb***@example.com \\u2028"}'),
        ('"bob@example.com"', '"b***@example.com"'),
        ('{"q":"{\\"password\\":\\"x\\"}"}', '{"q":"{\\"password\\":\\"[REDACTED:password]\\"}"}'),
        ("", None), ("  ", None), ("12", None), ("null", None), ("[]", None), ("{ }", None), ('""', None),
    ],
)  # fmt: skip
def test_a_line_of_json_keeps_what_is_not_altered(before: str, after: str | None) -> None:
    """Byte by byte: spaces, numbers, escapes, the order of keys, keys that come twice."""
    shown, seen = redactor(jsonl=True).line(before.encode(), ended=True)

    assert ((after or before), None) == (shown.decode(), seen)


def test_a_key_class_that_drops_takes_the_member_along(tmp_path: Path) -> None:
    """Its neighbours stay as they were written, and the line stays JSON."""
    (tmp_path / "p.yaml").write_text("keys: {session: {action: drop, words: [session]}}\n")

    done = redact("--jsonl", "--policy", "p.yaml", given=b'{"a": 1.0, "session":"x" , "b": 2.50}\n', cwd=tmp_path)

    assert {"a": 1.0, "b": 2.5} == {key: value for key, value in json.loads(done.stdout).items() if key != "session"}
    assert b"1.0" in done.stdout
    assert b"2.50" in done.stdout
    assert b'"x"' not in done.stdout


@pytest.mark.parametrize(
    "bad", ["{'a': 1}", "{", '{"a": NaN}', "mail bob@example.com", '{"a":1} {"b":2}', "[" * 100_000]
)
def test_a_line_that_is_no_json_is_redacted_as_text_and_named(bad: str) -> None:
    """The others are JSON all the same; the exit status is 2."""
    given = f'{{"a": "bob@example.com"}}\n{bad}\n\n{{"b": 1}}\n'

    done = redact("--jsonl", given=given.encode())

    lines = done.stdout.decode().split("\n")
    assert (2, 5) == (done.returncode, len(lines))
    assert ('{"a": "b***@example.com"}', "", '{"b": 1}', "") == (lines[0], *lines[2:])
    assert "bob@" not in lines[1]
    assert b"line 2 is" in done.stderr
    assert b"line 3" not in done.stderr


def test_many_lines_that_are_no_json_are_named_in_ranges(tmp_path: Path) -> None:
    """Each of them, with the file's name."""
    (tmp_path / "x.jsonl").write_text("bad\n" * 20 + "1\n" + "bad\n" * 500 + "{}\n" + "bad\n")

    done = redact("--jsonl", "x.jsonl", cwd=tmp_path)

    said = done.stderr.decode().splitlines()
    assert "x.jsonl:20 is no JSON, redacted as text" in said
    assert "x.jsonl: lines 22-521, 523: each is no JSON, redacted as text" in said


def test_a_long_line_comes_out_as_one_cut_line_and_is_named() -> None:
    """The redactor cuts a text at 64 KiB; so does it here, and the next line is not touched."""
    given = b"x" * (1 << 20) + b" bob@example.com\nnext bob@example.com\n"

    done = redact(given=given)

    first, second, rest = done.stdout.split(b"\n")
    assert (b"next b***@example.com", b"") == (second, rest)
    assert first.decode().endswith("…[truncated]")
    assert len(first) <= 1 << 16
    assert b"line 1 was cut" in done.stderr


def test_a_json_line_with_a_long_string_is_cut_and_stays_json() -> None:
    """Only the string that is too long."""
    given = json.dumps({"a": "x" * 100_000, "b": 1.5}).encode()

    done = redact("--jsonl", given=given)

    assert {"a", "b"} == json.loads(done.stdout).keys()
    assert json.loads(done.stdout)["a"].endswith("…[truncated]")
    assert b"line 1 was cut" in done.stderr


def test_a_line_comes_out_before_the_next_one_is_there() -> None:
    """Behind `tail -f` nothing waits for a buffer to fill."""
    buffered = child_environ({"PYTHONUNBUFFERED": ""})
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=buffered) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for name in (b"bob", b"jane"):
            process.stdin.write(b"mail " + name + b"@example.com\n")
            process.stdin.flush()
            assert b"mail " + name[:1] + b"***@example.com\n" == process.stdout.readline()
        process.stdin.close()
        assert 0 == process.wait(20)


# A background job's children inherit that it ignores SIGINT.
INTERRUPTIBLE = """
    import signal, sys
    signal.signal(signal.SIGINT, signal.default_int_handler)
    from otel_kit.cli import main
    sys.exit(main(["redact"]))
"""


def test_ctrl_c_ends_with_the_counts() -> None:
    """No traceback, and what was read is out."""
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(INTERRUPTIBLE)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=child_environ(),
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(b"bob@example.com\n")
        process.stdin.flush()
        process.stdout.readline()
        process.send_signal(signal.SIGINT)

        assert b"1 line, 1 value altered\n  email  1\n" == process.stderr.read()
        assert 130 == process.wait(20)


def test_a_reader_that_goes_away_ends_it_with_the_counts(tmp_path: Path) -> None:
    """As behind `| head -1`: no traceback."""
    (tmp_path / "big.log").write_bytes(b"mail bob@example.com\n" * 50_000)
    with subprocess.Popen(
        [*COMMAND, "big.log"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=child_environ()
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read()

        assert 141 == process.wait(20)
    assert b"values altered\n  email  " in said
    assert b"Traceback" not in said
    assert b"Exception" not in said


PIECES = st.sampled_from(
    [b"bob@example.com", CARD, b"password=hunter2", b"\n", b"\r\n", b"\r", b"\0", b"\xff", b"\xe2\x80\xa8", b" ",
     b"%40", b'{"a":', b'"x"', b"}", b"[", b"]", b",", b"1.50", b"\\u0041", b"AKIAIOSFODNN7EXAMPLE"]
)  # fmt: skip
DATA = st.one_of(st.lists(PIECES, max_size=12).map(b"".join), st.binary(max_size=60))


@settings(max_examples=300, deadline=None)
@given(data=DATA, jsonl=st.booleans(), surface=st.sampled_from(["log", "url", "sql"]))
def test_as_many_lines_come_out_as_went_in_and_a_second_time_nothing_changes(
    data: bytes, jsonl: bool, surface: str
) -> None:
    """Whatever the bytes are; what comes out is UTF-8."""
    line_redactor = redactor(jsonl=jsonl, surface=surface)

    once = lined(data, line_redactor)

    once.decode()
    assert data.count(b"\n") == once.count(b"\n")
    assert b"bob@example.com" not in once
    assert once == lined(once, line_redactor)


TEXTS = st.one_of(st.text(max_size=12), st.sampled_from(["bob@example.com", CARD.decode(), "a=b", "\ud800"]))
KEYS = st.one_of(st.text(max_size=5), st.sampled_from(["password", "user.email", "a", "card_number"]))
LEAVES = st.one_of(TEXTS, st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.booleans(), st.none())
VALUES: Any = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(value=VALUES, ascii_only=st.booleans(), spaces=st.booleans())
def test_a_line_of_json_stays_one_and_a_second_time_nothing_changes(value: Any, ascii_only: bool, spaces: bool) -> None:
    """As many members and items as before, whatever is in them; no line is redacted as text."""
    text = json.dumps(value, ensure_ascii=ascii_only, indent=None, separators=None if spaces else (",", ":"))
    line_redactor = redactor(jsonl=True)

    once, seen = line_redactor.line(text.encode("utf-8", "backslashreplace"), ended=True)
    again, _ = line_redactor.line(once, ended=True)

    json.loads(once)
    assert seen is None or not seen.not_json
    assert once == again


@given(data=DATA)
def test_batches_hold_every_byte(data: bytes) -> None:
    """However the reads fall."""

    class Slow(io.BytesIO):
        def read1(self, size: int | None = -1, /) -> bytes:
            return super().read1(3)

    found = list(batches(Slow(data)))

    assert data == b"".join(b"\n".join(batch.lines) + (b"\n" if batch.ended else b"") for batch in found)
    assert all(batch.ended for batch in found[:-1])


def test_a_line_without_end_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is beyond the limit is dropped up to the next LF."""
    monkeypatch.setattr("otel_kit.cli.redact.batches.MAX_LINE", 1 << 17)
    data = b"a" * (1 << 20) + b"\nnext\n"

    found = [line for batch in batches(io.BytesIO(data)) for line in batch.lines]

    assert b"next" == found[1]
    assert len(found[0]) <= 1 << 18
    assert [Batch([b"x"], ended=False)] == list(batches(io.BytesIO(b"x")))


@pytest.mark.parametrize("engine", ["auto", "stdlib", "hyperscan"])
def test_every_engine_gives_the_same(engine: str) -> None:
    """Whichever is asked for."""
    done = redact("--engine", engine, given=b"mail bob@example.com\ncard " + CARD + b"\n")

    assert (0, b"mail b***@example.com\ncard " + MASKED + b"\n") == (done.returncode, done.stdout)


def test_a_file_that_ends_while_the_engine_compiles_is_copied(tmp_path: Path) -> None:
    """The faster engine is started when there are many lines, and its thread does not hold up the end."""
    (tmp_path / "big.log").write_bytes(b"ok\n" * 80_000 + b"mail bob@example.com\n")

    done = subprocess.run(
        [*COMMAND, "big.log"], cwd=tmp_path, env=child_environ(), capture_output=True, timeout=50, check=False
    )

    assert (0, b"ok\n" * 80_000 + b"mail b***@example.com\n") == (done.returncode, done.stdout)
    assert b"80001 lines, 1 value altered\n  email  1\n" == done.stderr


def test_what_was_not_closed_is_said() -> None:
    """No traceback where there is no input, and none where the output is full."""
    code = "import sys; sys.stdin = None; from otel_kit.cli import main; sys.exit(main(['redact']))"

    done = subprocess.run(
        [sys.executable, "-c", code], env=child_environ(), capture_output=True, timeout=30, check=False
    )

    assert 2 == done.returncode
    assert done.stderr.startswith(b"otel-kit redact: - cannot be read: Bad file descriptor\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no full device")
def test_an_output_that_is_full_is_said(tmp_path: Path) -> None:
    """With the system's reason."""
    (tmp_path / "a.log").write_bytes(b"one\n")
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*COMMAND, "a.log"], cwd=tmp_path, env=child_environ(), stdout=full, stderr=subprocess.PIPE, timeout=30,
            check=False,
        )  # fmt: skip

    assert (2, b"otel-kit redact: the output cannot be written: No space left on device\n") == (
        done.returncode, done.stderr
    )  # fmt: skip


def test_a_stream_without_end_leaves_nothing_behind() -> None:
    """Keys are counted for status pages, not here."""
    line_redactor = redactor(jsonl=True)

    for number in range(50):
        line_redactor.line(f'{{"key{number}": "bob@example.com"}}'.encode(), ended=True)

    assert {"email": 50} == line_redactor.findings.hits
    assert {} == line_redactor.findings.places
