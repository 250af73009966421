"""The user's own files: what the real Collector finds in them is told with file and line, all of it at once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from otel_kit.cli import main
from otel_kit.stack.check import check
from otel_kit.stack.check.layers import merge, read_layers
from otel_kit.stack.check.witness import read_otherwise
from tests.stack import file_output
from tests.stack.collector_process import BASE, LGTM, REPOSITORY, TO_FILES, NewCollector
from tests.stack.otlp_client import send_http
from tests.stack.payloads import log_request, new_record, new_uids

pytestmark = pytest.mark.stack

_VALUES = {
    "OTELCOL_KEYS_FILE": "/dev/null",
    "OTELCOL_LOKI_ENDPOINT": "http://127.0.0.1:1/otlp",
    "OTELCOL_PROMETHEUS_ENDPOINT": "http://127.0.0.1:1/api/v1/otlp",
    "OTELCOL_TEMPO_ENDPOINT": "127.0.0.1:1",
}
_PIPELINE = "service: {pipelines: {logs/mine: {receivers: [forward/redacted], exporters: [otlp_http/mine]}}}\n"
# A file -> line and words of each fault, in any order.
MISTYPED: dict[str, list[tuple[int, str]]] = {
    "exporters:\n  otlp_http/mine:\n    endpont: http://x\n" + _PIPELINE: [
        (3, "exporters.otlp_http/mine.endpont is unknown"),
        (2, "exporters.otlp_http/mine at least one endpoint must be specified"),
    ],
    "exporters:\n  otlp_http/mine: {endpoint: http://x}\n  otlp_htp/x: {}\n" + _PIPELINE: [
        (3, "exporters.otlp_htp/x has a type that this Collector does not have: otlp_htp; did you mean otlp_http?"),
    ],
    "exporters:\n  otlp_http/mine:\n    endpoint: http://x\n    sending_queue:\n      storag: y\n" + _PIPELINE: [
        (5, "exporters.otlp_http/mine.sending_queue.storag is unknown"),
    ],
    "exporters:\n  otlp_http/mine: {endpoint: http://x}\nservice:\n  pipelines:\n"
    "    logs/mine: {receivers: [forward/redactd], exporters: [otlp_http/mine]}\n": [
        (5, "names forward/redactd in receivers, which no file defines; did you mean forward/redacted?"),
    ],
    "exporters:\n  otlp_http/mine: {endpoint: http://x, timeout: soon}\n" + _PIPELINE: [(2, "timeout")],
    "recievers: {}\nexporters:\n  otlp_http/mine: {endpoint: http://x, a: 1}\n  debug:\n    b: 1\nprocessors:\n"
    "  filter/x: {c: 1}\n" + _PIPELINE: [
        (1, "recievers is unknown"),
        (3, "exporters.otlp_http/mine.a is unknown"),
        (5, "exporters.debug.b is unknown"),
        (7, "processors.filter/x.c is unknown"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("text", MISTYPED)
def test_what_the_collector_refuses_is_told_by_line(otelcol: Path, tmp_path: Path, text: str) -> None:
    """Unknown keys, types and references of all sections, though the Collector stops at the first of each."""
    mine = _users(tmp_path, text)

    said = [str(fault) for fault in check([*BASE, LGTM, mine], _VALUES, otelcol)]

    missed = [row for row in MISTYPED[text] if not any(f"{mine}:{row[0]} " in one and row[1] in one for one in said)]
    assert missed == [], said
    assert len(said) == len(MISTYPED[text]), said


def test_command_checks_the_users_files(otelcol: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder with a stack: its .env is read, its local.d is loaded last, what is wrong there is a fault."""
    shutil.copytree(REPOSITORY / "collector", tmp_path / "collector", ignore=_only_configuration)
    (tmp_path / ".env").write_text("".join(f"{name}={value}\n" for name, value in _VALUES.items()) + "MINE=http://x\n")
    mine = _users(tmp_path / "collector", "exporters:\n  otlp_http/mine: {endpoint: '${env:MINE}'}\n" + _PIPELINE)
    command = ["stack", "check", str(tmp_path), "--overlay", "lgtm", "--in-use"]

    assert main([*command, "--collector", str(otelcol)]) == 0, capsys.readouterr()
    said = capsys.readouterr().out
    assert said.startswith("in use  ok\n  to know:\n")
    assert "exporters.otlp_http/mine keeps its queue in memory" in said

    mine.write_text(mine.read_text().replace("MINE", "MY_OWN").replace("forward/redacted", "otlp"))
    assert main([*command, "--rules-only"]) == 1
    said = capsys.readouterr().out
    assert f"{mine}:2 exporters.otlp_http/mine.endpoint needs the variable MY_OWN" in said
    assert f"{mine}:3 pipeline logs/mine is fed straight from receiver otlp" in said
    assert "2 faults" in said


def test_users_destination_gets_redacted_data(otelcol: Path, new_collector: NewCollector, tmp_path: Path) -> None:
    """The example of the README in local.d, as it stands: loaded last, behind redaction."""
    readme = (REPOSITORY / "collector" / "local.d" / "README.md").read_text()
    example = readme.partition("```yaml\n")[2].partition("```")[0]
    mine = _users(tmp_path, example)
    copy = tmp_path / "errors.jsonl"
    collector = new_collector(*BASE, TO_FILES, mine, ERRORS_FILE=str(copy))
    assert not check([*BASE, TO_FILES, mine], collector.environment, otelcol)
    collector.start()
    (uid,) = new_uids(1)
    record = new_record(uid, body="refused for jane.doe@example.com")
    record.severity_number = 17

    for one in (record, new_record(uid, body="usual")):
        assert send_http(collector.http_port, log_request([one]), collector.token) == 200
    collector.stop()

    assert "refused for ****" in copy.read_text()
    assert "usual" not in copy.read_text()
    assert len(list(file_output.logs(collector.output))) == 2


def test_keys_that_the_collector_unfolds(otelcol: Path, new_collector: NewCollector, tmp_path: Path) -> None:
    """Why they are refused: loaded all the same, they take the guard and redaction away, and `validate` is content."""
    mine = _users(
        tmp_path,
        '"receivers::otlp::protocols::http": {auth: null, middlewares: []}\n'
        '"service::pipelines::logs/redact::processors": []\n',
    )
    collector = new_collector(*BASE, TO_FILES, mine)
    said = [str(fault) for fault in check([*BASE, TO_FILES, mine], collector.environment, otelcol)]
    assert [one.partition(" ")[0] for one in said] == [f"{mine}:1", f"{mine}:2"]
    # Whatever else it may unfold one day: what it makes of the files is compared with what the rules have seen.
    seen = merge(read_layers([*BASE, TO_FILES, mine], None, []))
    other = {str(one).partition(" ")[2] for one in read_otherwise(otelcol, collector.configurations, seen, _VALUES)}
    assert {one.partition(" ")[0] for one in other} == {
        "receivers.otlp.protocols.http.auth",
        "receivers.otlp.protocols.http.middlewares",
        "service.pipelines.logs/redact.processors",
    }
    collector.start()
    (uid,) = new_uids(1)

    # No key, and an answer of 200.
    assert send_http(collector.http_port, log_request([new_record(uid, body="password=Hunter0001")]), None) == 200
    collector.stop()

    assert "Hunter0001" in "".join(path.read_text() for path in collector.output.glob("*.jsonl"))


def _users(folder: Path, text: str) -> Path:
    mine = folder / "local.d" / "mine.yaml"
    mine.parent.mkdir(exist_ok=True)
    mine.write_text(text)
    return mine


def _only_configuration(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if (Path(folder) / name).is_file() and not name.endswith((".yaml", ".md"))]
