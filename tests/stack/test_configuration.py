"""The configurations as files: what must hold in each of them, and what the real binary says to them."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from otel_kit.policy.collector import render
from otel_kit.policy.load import load_policy
from tests.stack.collector_process import (
    BASE,
    GATEWAY,
    LGTM,
    REDACTION,
    REPOSITORY,
    TO_FILES,
    config_arguments,
    free_ports,
)

AGENT = REPOSITORY / "collector" / "agent.yaml"
SIGNALS = ("logs", "metrics", "traces")

_ADDRESSES = {
    "OTELCOL_LOKI_ENDPOINT": "http://127.0.0.1:3100/otlp",
    "OTELCOL_PROMETHEUS_ENDPOINT": "http://127.0.0.1:9090/api/v1/otlp",
    "OTELCOL_TEMPO_ENDPOINT": "127.0.0.1:4327",
}


def test_both_protocols_have_the_guard_in_both_places() -> None:
    """A protocol without it would be open to everybody; stored metadata would hold the key."""
    protocols = _load(GATEWAY)["receivers"]["otlp"]["protocols"]

    assert set(protocols) == {"grpc", "http"}
    for protocol in protocols.values():
        assert protocol["auth"] == {"authenticator": "ingest_guard"}
        assert protocol["middlewares"] == [{"id": "ingest_guard"}]
        assert "include_metadata" not in protocol


def test_every_listener_is_on_loopback_by_default() -> None:
    """No address of the gateway defaults to anything but 127.0.0.1."""
    text = GATEWAY.read_text()

    listeners = re.findall(r"(?:endpoint|host): (.*)", text)

    assert len(listeners) == 4
    assert not [address for address in listeners if "127.0.0.1" not in address]


@pytest.mark.parametrize("signal", SIGNALS)
def test_everything_passes_memory_limiter_and_redaction(signal: str) -> None:
    """One way in for each signal, two ways through the redaction, and both end where the overlays begin."""
    pipelines = _load(GATEWAY)["service"]["pipelines"]
    kind = "metrics" if signal == "metrics" else "records"
    end = "forward/unsampled" if signal == "traces" else "forward/redacted"

    assert {
        name: pipelines[name] for name in pipelines if name.startswith(f"{signal}/") and name[-7:] != "sampled"
    } == {
        f"{signal}/otlp": {"receivers": ["otlp"], "exporters": ["forward/received"]},
        f"{signal}/in": {
            "receivers": ["forward/received"],
            "processors": ["memory_limiter", "nesting_limit", "transform/ingest"],
            "exporters": [f"routing/redaction_{signal}"],
        },
        f"{signal}/redact": {
            "receivers": [f"routing/redaction_{signal}"],
            "processors": ["transform/expose", f"redaction/{kind}", "transform/restore"],
            "exporters": [end],
        },
        f"{signal}/trusted": {
            "receivers": [f"routing/redaction_{signal}"],
            "processors": ["transform/trusted_expose", f"redaction/trusted_{kind}", "transform/trusted_restore"],
            "exporters": [end],
        },
    }
    assert {name.partition("/")[0] for name in pipelines} == set(SIGNALS)


def test_traces_can_be_sampled_between_redaction_and_destinations() -> None:
    """The one pipeline that an overlay may give processors has none here, so nothing is replaced."""
    pipelines = _load(GATEWAY)["service"]["pipelines"]

    assert pipelines["traces/sampled"] == {"receivers": ["forward/unsampled"], "exporters": ["forward/redacted"]}


def test_the_four_redactions_differ_in_nothing_else() -> None:
    """On metrics no count, which would be a label; of trusted data the rules for keys alone."""
    processors = _load(REDACTION)["processors"]
    whole = processors["redaction/records"]

    assert whole["blocked_values"]
    assert processors["redaction/metrics"] == {**whole, "summary": "silent"}
    trusted = processors["redaction/trusted_records"]
    assert trusted == {**whole, "blocked_values": [], "ignored_keys": trusted["ignored_keys"]}
    assert set(trusted["ignored_keys"]) > set(whole["ignored_keys"])
    assert processors["redaction/trusted_metrics"] == {**trusted, "summary": "silent"}


@pytest.mark.parametrize("signal", SIGNALS)
def test_what_matches_no_mark_is_redacted_in_full(signal: str) -> None:
    """The routing knows the shipped policy and no other way past the rules for values."""
    routing = _load(REDACTION)["connectors"][f"routing/redaction_{signal}"]

    assert routing == {
        "default_pipelines": [f"{signal}/redact"],
        "table": [
            {
                "context": "resource",
                "condition": f'resource.attributes["otel_kit.redaction.policy"] == "{load_policy().id}"',
                "pipelines": [f"{signal}/trusted"],
            }
        ],
    }


def test_a_failing_statement_refuses_the_request() -> None:
    """Each transform propagates its errors, and each group names its context (inferred, it may never run)."""
    processors = _load(REDACTION)["processors"] | _load(GATEWAY)["processors"]
    transforms = [value for name, value in processors.items() if name.startswith("transform/")]

    assert len(transforms) == 5
    for transform in transforms:
        groups = [group for signal in SIGNALS for group in transform.get(f"{signal.rstrip('s')}_statements", ())]
        assert transform["error_mode"] == "propagate"
        assert groups
        assert {frozenset(group) for group in groups} == {frozenset({"context", "statements"})}


@pytest.mark.parametrize("overlay", [LGTM, AGENT], ids=lambda path: path.stem)
def test_destination_only_adds(overlay: Path) -> None:
    """It starts where the gateway ends and replaces nothing: a list in a later file would take the place of ours."""
    gateway, added = _load(GATEWAY), _load(overlay)

    assert set(added) <= {"connectors", "processors", "exporters", "service"}
    assert set(added["service"]) == {"pipelines"}
    for kind in ("connectors", "processors", "exporters"):
        assert not set(added.get(kind, {})) & set(gateway.get(kind, {}))
    assert not set(added["service"]["pipelines"]) & set(gateway["service"]["pipelines"])
    behind = {"forward/redacted", *added.get("connectors", {})}
    assert all(set(pipeline["receivers"]) <= behind for pipeline in added["service"]["pipelines"].values())


@pytest.mark.parametrize("name", ["tls", "mtls"])
def test_tls_changes_nothing_else(name: str) -> None:
    """Both protocols alike, and nothing beside their `tls`: the guard stays where it is."""
    overlay = _load(REPOSITORY / "collector" / "overlays" / f"{name}.yaml")

    protocols = overlay["receivers"]["otlp"]["protocols"]
    assert overlay == {"receivers": {"otlp": {"protocols": protocols}}}
    assert set(protocols) == {"grpc", "http"}
    assert protocols["grpc"] == protocols["http"]
    assert set(protocols["grpc"]) == {"tls"}


@pytest.mark.parametrize("overlay", [LGTM, AGENT], ids=lambda path: path.stem)
def test_every_destination_has_a_queue_on_disk_and_never_gives_up(overlay: Path) -> None:
    """The queue survives the process, is written through to the disk, and is retried for ever."""
    storage = _load(GATEWAY)["extensions"]["file_storage/queue"]

    assert storage["fsync"] is True
    for exporter in _load(overlay)["exporters"].values():
        assert exporter["sending_queue"]["storage"] == "file_storage/queue"
        assert exporter["retry_on_failure"]["max_elapsed_time"] == 0
        assert exporter["sending_queue"]["batch"]["max_size"] < 4 * 1024 * 1024
        # Pages of the storage's file are rounded up, and it doubles when it grows.
        assert exporter["sending_queue"]["sizer"] == "bytes"
        queue_size = int(re.sub(r"\$\{env:\w+:-(\d+)\}", r"\1", str(exporter["sending_queue"]["queue_size"])))
        assert queue_size * 4 <= storage["max_size"]


def test_builder_and_core_are_of_one_release() -> None:
    """Providers count from 1; parts of the contributed repository may lag behind, they compile against the core."""
    manifest = (REPOSITORY / "collector" / "manifest.yaml").read_text()
    builder = (REPOSITORY / "collector" / "builder" / "go.mod").read_text()

    versions = set(re.findall(r"gomod: go\.opentelemetry\.io/\S+ (v0\S+)", manifest))

    assert versions == set(re.findall(r"cmd/builder (v\S+)", builder))


@pytest.mark.stack
@pytest.mark.parametrize(
    "configurations",
    [(*BASE, LGTM), (*BASE, TO_FILES), (*BASE, LGTM, TO_FILES), (*BASE, TO_FILES, LGTM)],
    ids=lambda paths: "+".join(path.stem for path in paths),
)
def test_shipped_combination_is_valid(otelcol: Path, tmp_path: Path, configurations: tuple[Path, ...]) -> None:
    """Overlays go together in any number and order, and nothing in them is deprecated."""
    said = _validate(otelcol, tmp_path, configurations, _ADDRESSES)

    assert said.returncode == 0, said.stderr
    assert "deprecated" not in said.stderr


@pytest.mark.stack
def test_rendered_policy_of_a_user_is_valid(otelcol: Path, tmp_path: Path) -> None:
    """Every action, scope and list that a layer can hold ends in a configuration that the binary takes."""
    layer, processors = tmp_path / "policy.yaml", tmp_path / "redaction.yaml"
    layer.write_text(_LAYER)
    processors.write_text(render(load_policy(layer)).text)

    said = _validate(otelcol, tmp_path, (GATEWAY, processors, TO_FILES), {})

    assert said.returncode == 0, said.stderr


_LAYER = r"""
version: 1
classes: { confidential: { action: drop } }
rules:
  staff_id: { pattern: '\bSTAFF-[0-9]{6}\b', examples: { "by STAFF-123456": "by [REDACTED:staff_id]" } }
  price: { pattern: 'US\$ ?[0-9]{4,9}', action: truncate, keep: 3 }
  room: { pattern: 'room [0-9]{3}', context: [meeting] }
  quoted: { pattern: 'it''s "[a-z]{4}" \\ [0-9]{2000,}', enabled: false }
  tried: { pattern: 'zz[0-9]{8}', mode: report }
keys:
  badge: { words: [badge number], action: drop }
  note_text: { exact: ["note.*"], action: truncate, keep: 5 }
  visitor: { words: [visitor id], action: pseudonym, fallback: replace }
  link: { words: [magic], scope: query }
allow: { keys: [shop.note, "shop.raw.*"], values: ["O'Neil@example.com"], rules: { email: [mail.to] } }
"""


@pytest.mark.stack
def test_gateway_alone_is_refused(otelcol: Path, tmp_path: Path) -> None:
    """Without a destination it says so, instead of accepting data and dropping it."""
    said = _validate(otelcol, tmp_path, BASE, {})

    assert said.returncode != 0
    assert "no exporter configuration" in said.stderr


@pytest.mark.stack
@pytest.mark.parametrize("signal", SIGNALS)
def test_signal_without_destination_is_refused(otelcol: Path, tmp_path: Path, signal: str) -> None:
    """An overlay that leaves out a signal is refused, with the name of the connector and of the signal."""
    overlay = _load(TO_FILES)
    del overlay["service"]["pipelines"][f"{signal}/file"]
    partial = tmp_path / "partial.yaml"
    partial.write_text(yaml.safe_dump(overlay))

    said = _validate(otelcol, tmp_path, (*BASE, partial), {})

    assert said.returncode != 0
    assert "forward/redacted" in said.stderr
    assert signal in said.stderr


@pytest.mark.stack
@pytest.mark.parametrize(("variable", "exporters"), [
    ("OTELCOL_LOKI_ENDPOINT", {"otlp_http/loki", "otlp_http/loki_audit"}),
    ("OTELCOL_PROMETHEUS_ENDPOINT", {"otlp_http/prometheus"}),
    ("OTELCOL_TEMPO_ENDPOINT", {"otlp_grpc/tempo"}),
])  # fmt: skip
def test_missing_address_is_refused_by_name(otelcol: Path, tmp_path: Path, variable: str, exporters: set[str]) -> None:
    """Each address has to be given; the error names the exporters that lack it, and no other."""
    addresses = {name: value for name, value in _ADDRESSES.items() if name != variable}

    said = _validate(otelcol, tmp_path, (*BASE, LGTM), addresses)

    assert said.returncode != 0
    assert exporters == set(re.findall(r"exporters::([\w/]+)", said.stderr))


@pytest.mark.stack
def test_missing_key_file_variable_is_refused_by_name(otelcol: Path, tmp_path: Path) -> None:
    """There is no default key and no way to run without one."""
    said = _validate(otelcol, tmp_path, (*BASE, TO_FILES), {"OTELCOL_KEYS_FILE": ""})

    assert said.returncode != 0
    assert "extensions::ingest_guard: keys_file" in said.stderr


@pytest.mark.stack
@pytest.mark.parametrize("content", [None, "", '{"version": 1, "keys": ['], ids=["missing", "empty", "cut off"])
def test_key_file_that_cannot_be_read_is_refused_at_start(otelcol: Path, tmp_path: Path, content: str | None) -> None:
    """It does not start, neither open to everybody nor closed to everybody, and names the file."""
    keys = tmp_path / "keys.json"
    if content is not None:
        keys.touch(mode=0o600)
        keys.write_text(content)

    said = _run(otelcol, tmp_path, config_arguments((*BASE, TO_FILES)), {"OTELCOL_KEYS_FILE": str(keys)})

    assert said.returncode != 0
    assert str(keys) in said.stderr


def _load(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def _validate(
    otelcol: Path, folder: Path, configurations: tuple[Path, ...], variables: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    return _run(otelcol, folder, ["validate", *config_arguments(configurations)], variables)


def _run(
    otelcol: Path, folder: Path, arguments: list[str], variables: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    ports = free_ports(4)
    return subprocess.run(
        [str(otelcol), *arguments],
        env={
            "OTELCOL_KEYS_FILE": os.devnull,
            "OTELCOL_STATE_DIR": str(folder / "state"),
            "OTELCOL_TEST_OUTPUT": str(folder),
            "OTELCOL_METRICS_PORT": str(ports[0]),
            "OTELCOL_HEALTH_ENDPOINT": f"127.0.0.1:{ports[1]}",
            "OTELCOL_GRPC_ENDPOINT": f"127.0.0.1:{ports[2]}",
            "OTELCOL_HTTP_ENDPOINT": f"127.0.0.1:{ports[3]}",
            **variables,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
