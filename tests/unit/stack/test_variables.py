"""The table of variables, the files that use them, and the `.env` between them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from otel_kit.errors import ConfigError
from otel_kit.stack import assets, environment
from otel_kit.stack.flags import FLAGS
from otel_kit.stack.kinds import kind_of
from otel_kit.stack.rendering import names_in
from otel_kit.stack.variables import PREFIXES, VARIABLES, by_name

_COLLECTORS = re.compile(r"(?<!\$)\$\{env:(?P<name>[A-Z][A-Z0-9_]*)(?::-(?P<default>[^}]*))?\}")


def uses() -> Iterator[tuple[str, str, str | None]]:
    """Yield (place, variable, default) of every use in the stack's files and command lines."""
    root = assets.root()
    files = [path for name in ("collector", "backends", "grafana") for path in sorted((root / name).rglob("*.y*ml"))]
    for path in [*files, root / "docker-compose.yml"]:
        text = path.read_text("utf-8")
        code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
        place = str(path.relative_to(root))
        for match in _COLLECTORS.finditer(code):
            yield place, match["name"], match["default"]
        for name, default in names_in(code.replace("${env:", "$${env:")):
            yield place, name, default
    for component, flags in FLAGS.items():
        for flag in flags:
            for name, default in names_in(flag):
                yield f"the flags of {component}", name, default


def test_every_variable_of_the_files_is_a_row_with_the_same_default() -> None:
    """What a file reads is in `.env` and in the docs, and what they say about it is true."""
    rows = by_name()
    found = list(uses())

    assert len(found) > 50
    unknown = {(place, name) for place, name, _ in found if name not in rows and name.startswith(PREFIXES)}
    assert unknown == set()
    other = {
        (place, name, default, rows[name].default)
        for place, name, default in found
        if name in rows and (default or None) != (rows[name].default or None)
    }
    assert other == set()


def test_every_row_is_used() -> None:
    """No dead options. Some are read by Python alone."""
    used = {name for _, name, _ in uses()}
    package = Path(environment.__file__).parents[1]
    code = "\n".join(path.read_text("utf-8") for path in package.rglob("*.py") if path.name not in ("variables.py",))

    assert [row.name for row in VARIABLES if row.name not in used and row.name not in code] == []


def test_the_table_is_in_order() -> None:
    """Names are unique and of our kind, sentences end, a secret has no default."""
    names = [row.name for row in VARIABLES]

    assert len(names) == len(set(names))
    for row in VARIABLES:
        assert row.name.startswith(PREFIXES), row
        assert re.fullmatch(r"\S[^\n]*\.", row.sentence), row
        assert not (row.secret and row.default), row
        assert not (row.required and row.default), row


def test_a_written_file_names_everything_and_reads_back(tmp_path: Path) -> None:
    """Every variable stands there with its sentence; only what was given is set, whatever characters it has."""
    values = {
        "STACK_RETENTION_DEBUG": "24h",
        "STACK_LOKI_DATA": '/srv/my data/#1 $HOME "x" \\ `id`',
        "OTELCOL_KEYS_FILE": "",
    }

    path = tmp_path / ".env"
    path.write_text(environment.written(values, head="The stack of shop\nsecond line"), "utf-8")
    text = path.read_text("utf-8")

    assert environment.read(path) == values
    assert text.startswith("# The stack of shop\n# second line\n")
    for row in VARIABLES:
        assert re.search(rf"(?m)^#?{row.name}=", text), row.name
        assert f"# {row.sentence}\n" in text


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("STACK_ALERT_SMTP_USER=24h", "24h"),
        ("  export STACK_ALERT_SMTP_USER = 24h   # a day", "24h"),
        ("STACK_ALERT_SMTP_USER='24h # kept'", "24h # kept"),
        ('STACK_ALERT_SMTP_USER="24h" # comment', "24h"),
        ("STACK_ALERT_SMTP_USER=a#b", "a#b"),
        ("STACK_ALERT_SMTP_USER=", ""),
        ("STACK_ALERT_SMTP_USER=#nothing", ""),
        ("STACK_ALERT_SMTP_USER='$(touch x) `id` ${HOME}'", "$(touch x) `id` ${HOME}"),
        ("STACK_ALERT_SMTP_USER=a=b=c", "a=b=c"),
        ("\ufeffSTACK_ALERT_SMTP_USER=24h", "24h"),
        ("STACK_ALERT_SMTP_USER=24h\r", "24h"),
    ],
)
def test_a_line_is_read_without_a_shell(tmp_path: Path, line: str, expected: str) -> None:
    """Quotes hold a value together and nothing in it is run or expanded."""
    path = tmp_path / ".env"
    path.write_bytes(f"{line}\n\n# comment\nMINE=1\n".encode())

    assert environment.read(path) == {"STACK_ALERT_SMTP_USER": expected, "MINE": "1"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"STACK_RETENTION_DEBG=24h", ":1 sets STACK_RETENTION_DEBG, which no part of the stack knows; did you mean"),
        (b"\nnonsense", ":2 is no assignment"),
        (b"2X=1", ":1 has a name that no variable can have"),
        (b"A-B=1", ":1 has a name that no variable can have"),
        (b"A=1\nA=2", ":2 sets A again; line 1 does already"),
        (b"A='open", ":1 has a value of A that does not end"),
        (b"A='a'b", ":1 has a value of A that does not end"),
        (b"A=$(id)", ":1 has $, a quotation mark or \\ in the value of A"),
        (b'A="$HOME"', ":1 has $ or \\ in the value of A"),
        (b"A=a\x00b", ":1 has a control character in the value of A"),
        (b"A=a\x1b[31m", ":1 has a control character in the value of A"),
        (b"A=\xff", "is not UTF-8"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    """With its number; the value never stands in the text."""
    path = tmp_path / ".env"
    path.write_bytes(content)

    with pytest.raises(ConfigError) as error:
        environment.read(path)

    assert said in str(error.value)
    assert "id)" not in str(error.value)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("STACK_RETENTION_METRICS=banana", "is 'banana'; a duration of Prometheus is needed, such as"),
        ("STACK_RETENTION_METRICS=1.5d", "duration of Prometheus"),
        ("STACK_RETENTION_TRACES=forever", "is 'forever'; a duration of Go is needed"),
        ("STACK_RETENTION_TRACES=14d", "duration of Go"),
        ("STACK_RETENTION_TRACES=0s", "duration of Go"),
        ("STACK_RETENTION_AUDIT=1h", "at least 24h"),
        ("STACK_RETENTION_DEBUG=1439m", "at least 24h"),
        ("STACK_RETENTION_USAGE=999999y", "duration of Prometheus"),
        ("STACK_RETENTION_METRICS_SIZE=20", "a size"),
        ("STACK_LOKI_HTTP_PORT=65536", "1 to 65535"),
        ("STACK_LOKI_HTTP_PORT=\u0663", "1 to 65535"),
        ("OTELCOL_HTTP_ENDPOINT=4318", "host:port"),
        ("OTELCOL_OTLP_ENDPOINT=vendor.example.com", "begins with http:// or https://"),
        ("OTELCOL_HTTP_CHECK_URLS=https://a.example,b", "with commas"),
        ("OTELCOL_OTLP_TRACES=yes", "true or false"),
        ("OTELCOL_QUEUE_LOGS=1073741825", "1 to 1073741824"),
        ("OTELCOL_MEMORY_LIMIT_MIB=", "to nothing; a whole number from 1 on is needed. Take the line out for 512."),
        ("OTELCOL_SAMPLING_PERCENT=101", "from 0 to 100"),
        ("OTELCOL_CONTAINER_LOGS=/var/log/x", "a YAML list"),
        ("OTELCOL_KAFKA_MECHANISM=SCRAM", "one of SCRAM-SHA-512"),
        ("STACK_UID=me", "number of a user"),
        ("STACK_LOKI_CPUS=0", "processors above 0"),
        ("STACK_LOKI_MEMORY=2x", "such as 512m"),
        ("STACK_LOKI_GOMEMLIMIT=800m", "such as 800MiB"),
    ],
)
def test_a_value_of_another_kind_is_named(tmp_path: Path, line: str, said: str) -> None:
    """With its line and what is needed: the program that reads it would only stop, in its own words, elsewhere."""
    path = tmp_path / ".env"
    path.write_text(f"# one\n{line}\n")

    with pytest.raises(ConfigError) as error:
        environment.read(path)

    assert f"{path}:2 sets {line.partition('=')[0]}" in str(error.value)
    assert said in str(error.value)


def test_a_secret_of_another_kind_is_not_shown(tmp_path: Path) -> None:
    """Only that it is none."""
    path = tmp_path / ".env"
    path.write_text("OTELCOL_OTLP_HEADERS='api-key=hunter2'\n")

    with pytest.raises(ConfigError, match="has a value of another kind; a YAML map is needed") as error:
        environment.read(path)

    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("STACK_RETENTION_METRICS", ["1y2w3d4h5m6s7ms", "90d", ""]),
        ("STACK_RETENTION_TRACES", ["1h30m", "1.5h", "336h"]),
        ("STACK_RETENTION_DEBUG", ["24h", "1d", "1440m"]),
        ("OTELCOL_HTTP_ENDPOINT", ["[::1]:4318", "0.0.0.0:4318", ":4318", "127.0.0.1:0"]),
        ("OTELCOL_SAMPLING_PERCENT", ["0", "0.5", "100"]),
        ("STACK_LOKI_MEMORY", ["512m", "2G", "1.5gb", "1073741824"]),
        ("STACK_LOKI_GOMEMLIMIT", ["800MiB", "1GiB", "off", "1000000"]),
        ("OTELCOL_GATEWAY_CA_FILE", [""]),
    ],
)
def test_a_value_of_its_kind_is_taken(tmp_path: Path, name: str, values: list[str]) -> None:
    """In each of its forms."""
    path = tmp_path / ".env"
    for value in values:
        path.write_text(f"{name}={value}\n")
        assert environment.read(path) == {name: value}


def test_every_default_is_of_its_kind() -> None:
    """And every variable has one."""
    assert [row.name for row in VARIABLES if row.default and not kind_of(row.name).accepts(row.default)] == []


def test_all_faults_of_a_file_come_at_once(tmp_path: Path) -> None:
    """Each with its line."""
    path = tmp_path / ".env"
    path.write_text("x\nA=$b\nSTACK_NOTHING=1\nB=1\nB=2\nSTACK_UID=me\nSTACK_RETENTION_AUDIT=1h\n")

    with pytest.raises(ConfigError) as error:
        environment.read(path)

    assert [fault.where.rpartition(":")[2] for fault in error.value.faults] == ["1", "2", "3", "5", "6", "7"]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """With the system's reason."""
    with pytest.raises(ConfigError, match=r"none\.env cannot be read: No such file"):
        environment.read(tmp_path / "none.env")


@pytest.mark.parametrize(
    ("name", "value"), [("STACK_NOTHING", "1"), ("STACK_LOKI_DATA", "it's"), ("STACK_LOKI_DATA", "a\nb")]
)
def test_what_cannot_be_written_is_refused(name: str, value: str) -> None:
    """An unknown name, and values that no reader would read the same."""
    with pytest.raises(ConfigError):
        environment.written({name: value})
