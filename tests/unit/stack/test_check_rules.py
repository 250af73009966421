"""What an overlay must not do, as a table: each row is refused by name, and its twin, the way to do it, is not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from otel_kit.errors import Fault
from otel_kit.stack.assets import root
from otel_kit.stack.check import check, examine
from otel_kit.stack.check.layers import merge, read_layers
from otel_kit.stack.check.replaced import replacements

COLLECTOR = root() / "collector"
BASE = (COLLECTOR / "gateway.yaml", COLLECTOR / "generated" / "redaction.yaml")
VALUES = {
    "OTELCOL_KEYS_FILE": "/dev/null",
    "OTELCOL_LOKI_ENDPOINT": "http://127.0.0.1:1",
    "OTELCOL_PROMETHEUS_ENDPOINT": "http://127.0.0.1:1",
    "OTELCOL_TEMPO_ENDPOINT": "127.0.0.1:1",
    "FOLDED": "{'a::b': 1}",
    "ONCE_MORE": "${env:FOLDED}",
}
_GUARD = "auth: {authenticator: ingest_guard}, middlewares: [{id: ingest_guard}]"
_HTTP = f'{_GUARD}, max_request_body_size: 4194304, compression_algorithms: ["", gzip]'
_QUEUE = "sending_queue: {storage: file_storage/queue}, retry_on_failure: {max_elapsed_time: 0}"

# What is wrong -> the file, what the fault has to name, the same intention as it is allowed.
HOSTILE = {
    "a receiver straight into an exporter": (
        """
        receivers: {syslog/mine: {udp: {listen_address: 127.0.0.1:1}, protocol: rfc3164}}
        exporters: {debug: }
        service: {pipelines: {logs/mine: {receivers: [syslog/mine], exporters: [debug]}}}
        """,
        ["mine.yaml:4", "logs/mine", "straight from receiver syslog/mine", "debug", "forward/received"],
        """
        receivers: {syslog/mine: {udp: {listen_address: 127.0.0.1:1}, protocol: rfc3164}}
        exporters: {debug: }
        service:
          pipelines:
            logs/mine: {receivers: [syslog/mine], exporters: [forward/received]}
            logs/out: {receivers: [forward/redacted], exporters: [debug]}
        """,
    ),
    "a receiver into redacted data": (
        """
        receivers: {syslog/mine: {udp: {listen_address: 127.0.0.1:1}, protocol: rfc3164}}
        service: {pipelines: {logs/mine: {receivers: [syslog/mine], exporters: [forward/received, forward/redacted]}}}
        """,
        ["logs/mine", "syslog/mine", "forward/redacted"],
        None,
    ),
    "a receiver through an own connector": (
        """
        receivers: {otlp_json_file: {include: [/x]}}
        connectors: {forward/mine: }
        exporters: {debug: }
        service:
          pipelines:
            traces/a: {receivers: [otlp_json_file], exporters: [forward/mine]}
            traces/b: {receivers: [forward/mine], exporters: [debug]}
        """,
        ["traces/b", "receiver otlp_json_file by way of forward/mine", "debug"],
        """
        receivers: {otlp_json_file: {include: [/x]}}
        connectors: {forward/mine: }
        service:
          pipelines:
            traces/a: {receivers: [otlp_json_file], exporters: [forward/mine]}
            traces/b: {receivers: [forward/mine], exporters: [forward/received]}
        """,
    ),
    "metrics of unredacted spans": (
        """
        connectors: {span_metrics/mine: }
        exporters: {debug: }
        service:
          pipelines:
            traces/a: {receivers: [forward/received], exporters: [span_metrics/mine]}
            metrics/b: {receivers: [span_metrics/mine], exporters: [debug]}
        """,
        ["metrics/b", "receiver otlp by way of forward/received and span_metrics/mine"],
        """
        connectors: {span_metrics/mine: }
        exporters: {debug: }
        service:
          pipelines:
            traces/a: {receivers: [forward/unsampled], exporters: [span_metrics/mine]}
            metrics/b: {receivers: [span_metrics/mine], exporters: [debug, forward/redacted]}
        """,
    ),
    "a tap before redaction": (
        """
        exporters: {file/tap: {path: /x}}
        service: {pipelines: {logs/tap: {receivers: [forward/received], exporters: [file/tap]}}}
        """,
        ["logs/tap", "receiver otlp by way of forward/received", "file/tap"],
        """
        exporters: {file/tap: {path: /x}}
        service: {pipelines: {logs/tap: {receivers: [forward/redacted], exporters: [file/tap]}}}
        """,
    ),
    "redaction of one's own": (
        """
        receivers: {otlp_json_file: {include: [/x]}}
        exporters: {debug: }
        service:
          pipelines:
            traces/a: {receivers: [otlp_json_file], processors: [redaction/records], exporters: [debug]}
        """,
        ["traces/a", "otlp_json_file"],
        None,
    ),
    "behind the point where the sender is noted": (
        """
        receivers: {otlp_json_file: {include: [/x]}}
        service: {pipelines: {traces/a: {receivers: [otlp_json_file], exporters: [routing/redaction_traces]}}}
        """,
        ["traces/a", "routing/redaction_traces", "who sent it"],
        None,
    ),
    "a list of the base": (
        "service: {extensions: [health_check]}",
        ["mine.yaml:1", "service.extensions", "gateway.yaml:", "guard"],
        None,
    ),
    "a pipeline of the base": (
        "service: {pipelines: {logs/redact: {processors: []}}}",
        ["service.pipelines.logs/redact.processors", "gateway.yaml:"],
        None,
    ),
    "a further exporter for a pipeline of the base": (
        "exporters: {debug: }\nservice: {pipelines: {logs/in: {exporters: [routing/redaction_logs, debug]}}}",
        ["service.pipelines.logs/in.exporters"],
        None,
    ),
    "another value for a component of the base": (
        "extensions: {file_storage/queue: {fsync: false}}",
        ["extensions.file_storage/queue.fsync", "gateway.yaml:"],
        "service: {telemetry: {logs: {level: debug}}}",
    ),
    "a component of the base emptied": (
        "receivers: {otlp: }",
        ["receivers.otlp", "gateway.yaml:"],
        None,
    ),
    "redaction weakened by one more key": (
        "processors: {redaction/records: {allowed_values: ['.*']}}",
        ["processors.redaction/records", "belongs to the gateway"],
        None,
    ),
    "something else than a sampler in its slot": (
        "processors: {transform/mine: {}}\nservice: {pipelines: {traces/sampled: {processors: [transform/mine]}}}",
        ["service.pipelines.traces/sampled.processors", "transform/mine", "tail_sampling"],
        """
        processors: {probabilistic_sampler: {sampling_percentage: 10}}
        service: {pipelines: {traces/sampled: {processors: [probabilistic_sampler]}}}
        """,
    ),
    "something else than a sampler by a variable's default": (
        "processors: {transform/mine: {}}\n"
        "service: {pipelines: {traces/sampled: {processors: '${env:S:-[transform/mine]}'}}}",
        ["mine.yaml:2 service.pipelines.traces/sampled.processors", "transform/mine"],
        """
        processors: {tail_sampling/mine: {}}
        service: {pipelines: {traces/sampled: {processors: ['${env:S:-tail_sampling/mine}']}}}
        """,
    ),
    "a part of a base pipeline": (
        "service: {pipelines: {logs/in: {processors: [memory_limiter, transform/ingest]}}}",
        ["service.pipelines.logs/in.processors replaces"],
        None,
    ),
    "an extension that nobody starts": (
        "extensions: {zpages: }",
        ["extensions.zpages", "never be started"],
        None,
    ),
    "a receiver without guard": (
        "receivers: {otlp/mine: {protocols: {grpc: , http: {endpoint: 127.0.0.1:1}}}}",
        [
            "receivers.otlp/mine.protocols.grpc lacks the guard in auth",
            "receivers.otlp/mine.protocols.http lacks the guard in auth",
            "protocols.grpc lacks the guard in middlewares",
            "takes bodies of 20 MiB",
            "more than gzip",
        ],
        f"""
        receivers: {{otlp/mine: {{protocols: {{grpc: {{{_GUARD}}}, http: {{{_HTTP}}}}}}}}}
        service: {{pipelines: {{logs/mine: {{receivers: [otlp/mine], exporters: [forward/received]}}}}}}
        """,
    ),
    "the guard only half": (
        "receivers: {otlp/mine: {protocols: {grpc: {auth: {authenticator: ingest_guard}}}}}",
        ["lacks the guard in middlewares"],
        None,
    ),
    "a webhook without guard": (
        "receivers: {webhook_event/open: {endpoint: 127.0.0.1:1, path: /x}}",
        [
            "receivers.webhook_event/open lacks the guard in auth",
            "receivers.webhook_event/open lacks the guard in middlewares",
            "takes bodies of 20 MiB",
        ],
        f"receivers: {{webhook_event/mine: {{endpoint: 127.0.0.1:1, path: /x, {_HTTP}}}}}",
    ),
    "a webhook by its old name": ("receivers: {webhookevent: {endpoint: 127.0.0.1:1}}", ["the guard in auth"], None),
    "another authenticator": (
        "receivers: {otlp/x: {protocols: {grpc: {middlewares: [{id: ingest_guard}], auth: {authenticator: basic}}}}}",
        ["lacks the guard in auth"],
        None,
    ),
    "client metadata by a variable": (
        f"receivers: {{otlp/mine: {{protocols: {{grpc: {{{_GUARD}, include_metadata: '${{env:X:-true}}'}}}}}}}}",
        ["include_metadata", "queue's files"],
        f"receivers: {{otlp/mine: {{protocols: {{grpc: {{{_GUARD}, include_metadata: '${{env:X:-false}}'}}}}}}}}",
    ),
    "client metadata on the base's receiver": (
        "receivers: {otlp: {protocols: {http: {include_metadata: true}}}}",
        ["receivers.otlp.protocols.http.include_metadata"],
        "receivers: {otlp: {protocols: {http: {cors: {allowed_origins: [https://shop.example.com]}}}}}",
    ),
    "no limit on a body": (
        f"receivers: {{otlp/mine: {{protocols: {{http: {{{_HTTP.replace('4194304', '0')}}}}}}}}}",
        ["max_request_body_size"],
        None,
    ),
    "large messages": (
        f"receivers: {{otlp/mine: {{protocols: {{grpc: {{{_GUARD}, max_recv_msg_size_mib: 64}}}}}}}}",
        ["64 MiB"],
        f"receivers: {{otlp/mine: {{protocols: {{grpc: {{{_GUARD}, max_recv_msg_size_mib: 1}}}}}}}}",
    ),
    "zstd": (
        f"receivers: {{otlp/mine: {{protocols: {{http: {{{_HTTP.replace('gzip', 'zstd')}}}}}}}}}",
        ["compression_algorithms"],
        None,
    ),
    "a variable without a value": (
        "exporters: {otlp_http/mine: {endpoint: http://x, headers: {api-key: '${env:MY_API_KEY}'}}}",
        ["mine.yaml:1", "exporters.otlp_http/mine.headers.api-key", "MY_API_KEY", "not set"],
        "exporters: {otlp_http/mine: {endpoint: http://x, headers: {a: '${env:MY_API_KEY:-none}', b: '$${env:X}'}}}",
    ),
    "the sender's attributes behind a queue on disk": (
        f"""
        extensions: {{headers_setter/mine: {{headers: [{{key: X-Scope-OrgID, from_attribute: tenant}}]}}}}
        exporters: {{otlp_http/mine: {{endpoint: "http://x", auth: {{authenticator: headers_setter/mine}}, {_QUEUE}}}}}
        """,
        ["exporters.otlp_http/mine", "from_attribute", "panic", "from_context"],
        None,
    ),
    "a list of exporters in a variable": (
        """
        exporters: {debug: }
        service: {pipelines: {logs/x: {receivers: [forward/received], exporters: "${env:EXPORTERS:-[debug]}"}}}
        """,
        ["logs/x gets unredacted data", "debug"],
        None,
    ),
    "a receiver in a variable": (
        "receivers: {otlp/x: {protocols: '${env:P:-{grpc: }'}}\nservice: {pipelines: {}}",
        ["receivers.otlp/x.protocols is text", "a mapping is needed"],
        None,
    ),
    "a receiver in a file": (
        "receivers: {otlp/x: '${file:x.yaml}'}",
        ["receivers.otlp/x is text", "nobody checks"],
        None,
    ),
    "a section in a file": (
        "service: '${file:x.yaml}'",
        ["service", "gateway.yaml:", "a mapping is needed"],
        None,
    ),
    "a section emptied": (
        "receivers:\nexporters: {debug: }",
        ["mine.yaml:1 receivers replaces", "gateway.yaml:"],
        None,
    ),
    "extensions emptied": ("service: {extensions: }", ["service.extensions replaces"], None),
    "a name that nobody defines": (
        "service: {pipelines: {logs/x: {receivers: [forward/redacted], processors: [memory], exporters: [otlp_htp]}}}",
        ["pipeline logs/x names memory in processors", "names otlp_htp in exporters", "no file defines"],
        None,
    ),
    "a key given twice": ("exporters: {debug: }\nexporters: {debug: }", ["mine.yaml:2", "exporters", "twice"], None),
    "keys that the Collector unfolds": (
        """
        "receivers::otlp::protocols::http": {auth: null, middlewares: []}
        exporters: {debug: }
        "service::pipelines::logs/redact::processors": []
        """,
        ["mine.yaml:2 has the key 'receivers::otlp::protocols::http'", "mine.yaml:4", "Write it nested"],
        None,
    ),
    "such a key further in": (
        """
        service:
          pipelines:
            "logs/in::exporters": [debug]
          telemetry: {resource: [{"a::b": 1}]}
        """,
        ["mine.yaml:4 service.pipelines has the key 'logs/in::exporters'", "mine.yaml:5", "'a::b'"],
        """
        receivers: {syslog/mine: {udp: {listen_address: "[::1]:514"}, protocol: rfc3164}}
        service: {pipelines: {logs/mine: {receivers: [syslog/mine], exporters: [forward/received]}}}
        """,
    ),
    "such a key in a merged mapping": (
        """
        x: &x {"protocols::http": {endpoint: 127.0.0.1:1}}
        receivers: {otlp/mine: {<<: *x}}
        """,
        ["receivers.otlp/mine has the key 'protocols::http'"],
        None,
    ),
    "a key that ends in the delimiter's half": ("receivers: {'otlp/x:': {}}", ["'otlp/x:'"], None),
    "such a key in a variable": (
        "exporters: {otlp_http/x: {endpoint: http://x, headers: '${env:FOLDED}'}}",
        ["exporters.otlp_http/x.headers has the key 'a::b'", "(in the value of ${env:FOLDED})"],
        None,
    ),
    "such a key in a variable in a variable": (
        "exporters: {otlp_http/x: {endpoint: http://x, headers: '${env:ONCE_MORE}'}}",
        ["exporters.otlp_http/x.headers has the key 'a::b'"],
        None,
    ),
    "a name with a blank": (
        "receivers: {'otlp /open': {protocols: {grpc: }}}\nservice: {pipelines: {'logs/in ': {receivers: [otlp]}}}",
        ["'otlp /open'", "'logs/in '", "without blanks"],
        None,
    ),
    "a merge by a tag": (
        "receivers: {! <<: {otlp/x: {protocols: {grpc: }}}}",
        ["mine.yaml:1 has a YAML tag"],
        None,
    ),
    "a name in base64": (
        "exporters: {debug: }\n"
        "service: {pipelines: {logs/x: {receivers: [forward/received], exporters: [!!binary ZGVidWc=]}}}",
        ["mine.yaml:2 has a YAML tag", "exporters holds b'debug'"],
        None,
    ),
    "a name in base64 in a variable": (
        "exporters: {debug: }\n"
        "service: {pipelines: {logs/x: {receivers: [forward/received], exporters: '${env:X:-[!!binary ZGVidWc=]}'}}}",
        ["exporters holds b'debug'"],
        None,
    ),
    "two documents in one file": ("exporters: {debug: }\n---\nservice: {}", ["mine.yaml", "another document"], None),
    "a line end that nobody sees": (
        "exporters: {debug: }\n# a remark\u2028receivers: {otlp/x: {protocols: {grpc: }}}",
        ["mine.yaml:2 has the invisible character U+2028"],
        "\ufeffexporters: {debug: }",
    ),
    "a key that is a number": ("receivers: {1: {}}", ["has the key 1", "keys are text"], None),
    "no YAML": ("exporters: {", ["mine.yaml", "not valid YAML"], None),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_file_is_refused_by_name(tmp_path: Path, name: str) -> None:
    """It is a fault in that file, and says which component, where, and what would be right."""
    text, expected, _ = HOSTILE[name]

    said = [str(fault) for fault in _check(tmp_path, text)]

    assert said
    assert [words for words in expected if not any(words in one for one in said)] == [], said
    assert all(str(tmp_path / "mine.yaml") in one for one in said), said


@pytest.mark.parametrize("name", [name for name, row in HOSTILE.items() if row[2] is not None])
def test_the_allowed_way_is_accepted(tmp_path: Path, name: str) -> None:
    """What was meant can be done."""
    allowed = HOSTILE[name][2]
    assert allowed is not None

    assert [str(fault) for fault in _check(tmp_path, allowed)] == []


def test_all_faults_at_once(tmp_path: Path) -> None:
    """A file with three faults is told all three."""
    said = [
        str(fault)
        for fault in _check(
            tmp_path,
            """
            exporters: {file/tap: {path: "${env:TAP}"}}
            service:
              extensions: []
              pipelines: {logs/tap: {receivers: [forward/received], exporters: [file/tap]}}
            """,
        )
    ]

    assert len(said) == 3
    assert all(any(word in one for one in said) for word in ("TAP", "service.extensions", "logs/tap"))


def test_two_files_with_one_name(tmp_path: Path) -> None:
    """The last one would win without a word: refused by both places, unless they say the same."""
    first, second = tmp_path / "a.yaml", tmp_path / "b.yaml"
    first.write_text("exporters: {otlp_http/x: {endpoint: 'http://a'}}")
    second.write_text("exporters: {otlp_http/x: {endpoint: 'http://b'}}")

    (fault,) = check([*BASE, first, second], VALUES, None)

    assert "exporters.otlp_http/x.endpoint" in str(fault)
    assert f"{first}:1" in str(fault)
    assert f"{second}:1" in str(fault)
    second.write_text(first.read_text())
    assert not check([*BASE, first, second], VALUES, None)


def test_users_file_may_complete_an_overlay(tmp_path: Path) -> None:
    """A time-out or a filter for a shipped destination is added, its list of receivers is not replaced."""
    mine = tmp_path / "local.d" / "mine.yaml"
    mine.parent.mkdir()
    lgtm = COLLECTOR / "overlays" / "lgtm.yaml"
    mine.write_text("exporters: {otlp_http/prometheus: {timeout: 20s}}")
    assert not check([*BASE, lgtm, mine], VALUES, None)

    mine.write_text("service: {pipelines: {metrics/prometheus: {receivers: [otlp]}}}")
    said = "\n".join(str(fault) for fault in check([*BASE, lgtm, mine], VALUES, None))

    assert "lgtm.yaml:" in said
    assert "metrics/prometheus is fed straight from receiver otlp" in said


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("", ["queue in memory", "gives up on a batch after 5m"]),
        ("sending_queue: {storage: file_storage/queue}", ["gives up"]),
        ("sending_queue: {storage: file_storage/queue}, retry_on_failure: {max_elapsed_time: 10m}", ["after 10m"]),
        ("sending_queue: {storage: file_storage/queue}, retry_on_failure: {enabled: false}", ["the first failure"]),
        ("sending_queue: {enabled: false}, retry_on_failure: {max_elapsed_time: 0s}", ["queue in memory"]),
        (_QUEUE, []),
    ],
)
def test_forgetful_exporter_is_noted(tmp_path: Path, settings: str, expected: list[str]) -> None:
    """It may be wanted, so it is no fault; but it is said what is lost and when."""
    mine = tmp_path / "mine.yaml"
    mine.write_text(
        f"""
        exporters: {{otlp_http/x: {{endpoint: "http://x", {settings}}}}}
        service: {{pipelines: {{logs/x: {{receivers: [forward/redacted], exporters: [otlp_http/x]}}}}}}
        """
    )

    found = examine([*BASE, mine], VALUES, None)

    assert not found.faults
    assert len(found.notes) == len(expected)
    assert all(words in str(note) for words, note in zip(expected, found.notes, strict=True))


@pytest.mark.parametrize("address", ["0.0.0.0:4317", "[::]:4317", ":4317"])
def test_listening_everywhere_is_noted_unless_told(address: str) -> None:
    """The address may come from a variable; in a container it is right."""
    values = {**VALUES, "OTELCOL_GRPC_ENDPOINT": address}

    (note,) = examine(BASE, values, None).notes

    assert "receivers.otlp.protocols.grpc.endpoint" in str(note)
    assert address in str(note)
    assert not examine(BASE, values, None, in_container=True).notes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("receivers: {syslog/x: {tcp: {listen_address: '10.0.0.5:514'}}}", "takes data without keys (10.0.0.5:514)"),
        ("receivers: {syslog/x: {udp: {listen_address: '${env:A:-[fd00::1]:514}'}}}", "takes data without keys"),
        ("receivers: {syslog/x: {tcp: {listen_address: '127.0.0.1:514'}}}", ""),
        ("receivers: {zipkin: {endpoint: '127.0.0.1:9411'}}", "does not know whether it asks for keys"),
        ("receivers: {otlp: {protocols: {http: {cors: {allowed_origins: ['*']}}}}}", "has *: the page of any site"),
        ("receivers: {otlp: {protocols: {http: {cors: {allowed_origins: '${env:O:-*}'}}}}}", "has *: the page"),
        ("receivers: {otlp: {protocols: {http: {cors: {allowed_origins: [https://a.example]}}}}}", ""),
        ("service: {telemetry: {logs: {level: DEBUG}}}", "own log may show what it takes in"),
        ("service: {telemetry: {logs: {level: warn}}}", ""),
    ],
)
def test_exposure_is_noted(tmp_path: Path, text: str, expected: str) -> None:
    """No fault, as it may be wanted; told with its line, in a container as well."""
    mine = tmp_path / "mine.yaml"
    mine.write_text(text)

    found = examine([*BASE, mine], VALUES, None, in_container=True)

    assert not found.faults
    said = [str(note) for note in found.notes]
    assert len(said) == bool(expected)
    assert all(one.startswith(f"{mine}:1 ") and expected in one for one in said)


def test_broken_file_does_not_hide_the_others(tmp_path: Path) -> None:
    """What can be told without it is told; what it might define is not missed."""
    broken, mine = tmp_path / "broken.yaml", tmp_path / "mine.yaml"
    broken.write_text("exporters: {")
    mine.write_text("service: {extensions: [], pipelines: {logs/x: {receivers: [otlp], exporters: [file/of_broken]}}}")

    said = [str(fault) for fault in check([*BASE, broken, mine], VALUES, None)]

    assert [one.partition(" ")[0] for one in said if "broken.yaml" in one.partition(" ")[0]] == [f"{broken}:1"]
    assert any("service.extensions" in one for one in said)
    assert any("fed straight from receiver otlp" in one for one in said)
    assert not any("no file defines" in one for one in said)


def test_guess_is_a_name_that_nobody_knows(tmp_path: Path) -> None:
    """What is set for another part of the stack is no mistyped name."""
    mine = tmp_path / "mine.yaml"
    mine.write_text("exporters: {otlp_http/x: {endpoint: '${env:OTELCOL_LOKI_ENDPOINTS}'}}")
    assert "is that it" not in str(check([*BASE, mine], VALUES, None)[0])

    mine.write_text("exporters: {otlp_http/x: {endpoint: '${env:MY_ENDPOINT}'}}")
    assert "MY_ENDPIONT is set, is that it?" in str(check([*BASE, mine], {**VALUES, "MY_ENDPIONT": "x"}, None)[0])


@pytest.mark.parametrize("protocol", ["grpc", "http"])
@pytest.mark.parametrize("part", ["auth: { authenticator: ingest_guard }", "middlewares: [{ id: ingest_guard }]"])
def test_gateway_without_its_guard_is_refused(tmp_path: Path, protocol: str, part: str) -> None:
    """An edited gateway, too: each protocol, each of the two places."""
    gateway = tmp_path / "gateway.yaml"
    before, name, after = BASE[0].read_text().partition(f"      {protocol}:\n")
    gateway.write_text(before + name + after.replace(part, "", 1))

    said = [str(fault) for fault in check([gateway, BASE[1]], VALUES, None)]

    assert len(said) == 1
    assert f"receivers.otlp.protocols.{protocol} lacks the guard in {part.partition(':')[0]}" in said[0]


def test_nothing_of_the_gateway_can_be_taken_away(tmp_path: Path) -> None:
    """For each processor of each of its pipelines: neither the list without it passes, nor another value of its own."""
    mine = tmp_path / "mine.yaml"
    base = merge(read_layers(BASE, None, []))
    tried = 0
    for name, row in base.pipelines().items():
        for processor in row.get("processors", []):
            rest = [one for one in row["processors"] if one != processor]
            for data in (
                {"service": {"pipelines": {name: {"processors": rest}}}},
                {"processors": {processor: {"x": 1}}},
            ):
                mine.write_text(yaml.safe_dump(data))
                said = [str(one) for one in [*replacements(read_layers([*BASE, mine], None, []), VALUES)]]
                assert len(said) == 1, (data, said)
                assert said[0].startswith(f"{mine}:")
                tried += 1

    assert tried > 30
    assert not check(BASE, VALUES, None)


def test_gateway_without_redaction_is_refused(tmp_path: Path) -> None:
    """A pipeline of the base that no longer redacts is told, not only those of overlays."""
    gateway = tmp_path / "gateway.yaml"
    text = BASE[0].read_text()
    processors = "[transform/expose, redaction/metrics, transform/restore]"
    assert processors in text
    gateway.write_text(text.replace(processors, "[]"))
    mine = tmp_path / "mine.yaml"
    mine.write_text(
        "exporters: {debug: }\nservice: {pipelines: {metrics/out: {receivers: [forward/redacted], exporters: [debug]}}}"
    )

    said = "\n".join(str(fault) for fault in check([gateway, BASE[1], mine], VALUES, None))

    assert "receiver otlp" in said
    assert "debug" in said


def _check(folder: Path, text: str) -> Sequence[Fault]:
    mine = folder / "mine.yaml"
    mine.write_text(text)
    return check([*BASE, mine], VALUES, None)
