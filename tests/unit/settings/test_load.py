"""Settings from all their sources: who wins, which units, what is said about faults."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from otel_kit.errors import ConfigError
from otel_kit.settings import explain, load, load_leniently

_SOURCES = ("argument", "OTEL_KIT_*", "OTEL_*", "file", "default")
# key, then one value for each source as it is written there, then the value that each gives.
_PRECEDENCE: list[tuple[str, tuple[Any, str, str, Any], tuple[Any, ...]]] = [
    (
        "service.name",
        ("code", "kit", "standard", "file"),
        ("code", "kit", "standard", "file", "unknown_service"),
    ),
    ("metrics.interval", (1, "2s", "3000", "4s"), (1.0, 2.0, 3.0, 4.0, 60.0)),
    ("pipeline.traces_delay", ("100ms", "200ms", "300", "400ms"), (0.1, 0.2, 0.3, 0.4, 1.0)),
    ("export.timeout", (1, "2s", "3000", 4), (1.0, 2.0, 3.0, 4.0, None)),
    ("export.traces.endpoint", ("http://a", "http://b", "b:1", "c:1"), ("http://a", "http://b", "b:1", "c:1", None)),
    ("enabled", (False, "false", "true", False), (False, False, False, False, True)),
    ("logs.exporter", ("none", "console", "otlp,none", []), (("none",), ("console",), ("otlp", "none"), (), ("otlp",))),
    ("resource.attributes", ({"a": "1"}, "a=2", "a=3", {"a": 4}), (*({"a": text} for text in "1234"), None)),
]  # fmt: skip
_STANDARD = {
    "service.name": "OTEL_SERVICE_NAME",
    "metrics.interval": "OTEL_METRIC_EXPORT_INTERVAL",
    "pipeline.traces_delay": "OTEL_BSP_SCHEDULE_DELAY",
    "export.timeout": "OTEL_EXPORTER_OTLP_TIMEOUT",
    "export.traces.endpoint": "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "enabled": "OTEL_SDK_DISABLED",
    "logs.exporter": "OTEL_LOGS_EXPORTER",
    "resource.attributes": "OTEL_RESOURCE_ATTRIBUTES",
}


def value_of(loaded: Any, key: str) -> Any:
    """Return the value of one key of the table."""
    from otel_kit.settings import all_rows

    row = next(row for row in all_rows() if row.option.key == key)
    value: Any = loaded.settings
    for name in row.path:
        value = getattr(value, name)
    return value


def in_yaml(key: str, value: Any) -> str:
    """Return a settings file that sets one key."""
    import yaml

    document: Any = value
    for part in reversed(key.split(".")):
        document = {part: document}
    return yaml.safe_dump(document)


@pytest.mark.parametrize("strongest", range(5), ids=_SOURCES)
@pytest.mark.parametrize(("key", "given", "wanted"), _PRECEDENCE, ids=[row[0] for row in _PRECEDENCE])
def test_the_first_source_that_sets_an_option_wins(
    tmp_path: Path, key: str, given: tuple[Any, str, str, Any], wanted: tuple[Any, ...], strongest: int
) -> None:
    """Argument before OTEL_KIT_* before OTEL_* before the file before the default; the origin says which."""
    file = tmp_path / "kit.yaml"
    file.write_text(in_yaml(key, given[3]) if strongest <= 3 else "")
    variable = "OTEL_KIT_" + key.upper().replace(".", "_")
    environ = {
        name: value
        for name, value, rank in ((variable, given[1], 1), (_STANDARD[key], given[2], 2))
        if strongest <= rank
    }
    arguments = {key: given[0]} if strongest == 0 else {}

    loaded = load(arguments, config=file, environ=environ)

    origins = (f"init({key}=...)", variable, _STANDARD[key], f"{key} in {file}:{key.count('.') + 1}", "default")
    assert (wanted[strongest], origins[strongest]) == (value_of(loaded, key), loaded.origins[key])
    assert loaded.explicit == frozenset(arguments)


@pytest.mark.parametrize(
    ("text", "wanted"), [("true", False), ("TRUE", False), ("1", False), ("false", True), ("0", True), ("", True)]
)
def test_sdk_disabled_switches_the_kit_off(text: str, wanted: bool) -> None:
    """OTEL_SDK_DISABLED says the opposite of ``enabled``; empty counts as unset."""
    assert load(environ={"OTEL_SDK_DISABLED": text}).settings.enabled is wanted


def test_the_kits_own_switch_is_not_inverted() -> None:
    """OTEL_KIT_ENABLED goes before OTEL_SDK_DISABLED and means what it says."""
    assert load(environ={"OTEL_SDK_DISABLED": "true", "OTEL_KIT_ENABLED": "true"}).settings.enabled is True


@pytest.mark.parametrize("variable", ["OTEL_SERVICE_NAME", "OTEL_KIT_SERVICE_NAME"])
@pytest.mark.parametrize("empty", ["", " ", "\t"])
def test_an_empty_variable_counts_as_unset(variable: str, empty: str) -> None:
    """The specification says so for OTEL_*, and the kit's own follow."""
    loaded = load(environ={variable: empty})

    assert (loaded.settings.service_name, loaded.origins["service.name"]) == ("unknown_service", "default")


@pytest.mark.parametrize("signal", ["traces", "metrics", "logs"])
@pytest.mark.parametrize(
    ("name", "field", "text", "wanted"),
    [
        ("ENDPOINT", "endpoint", "https://otlp.example:4318/x", "https://otlp.example:4318/x"),
        ("PROTOCOL", "protocol", "grpc", "grpc"),
        ("HEADERS", "headers", "authorization=Bearer%20x,b=2", {"authorization": "Bearer x", "b": "2"}),
        ("TIMEOUT", "timeout_s", "1500", 1.5),
        ("COMPRESSION", "compression", "gzip", "gzip"),
        ("CERTIFICATE", "certificate", "/ca.pem", "/ca.pem"),
        ("CLIENT_CERTIFICATE", "client_certificate", "/c.pem", "/c.pem"),
        ("CLIENT_KEY", "client_key", "/k.pem", "/k.pem"),
        ("INSECURE", "insecure", "true", True),
    ],
)
def test_each_signal_has_its_own_standard_variables(
    signal: str, name: str, field: str, text: str, wanted: object
) -> None:
    """OTEL_EXPORTER_OTLP_<SIGNAL>_* sets that signal's group and no other."""
    settings = load(environ={f"OTEL_EXPORTER_OTLP_{signal.upper()}_{name}": text}).settings

    assert wanted == getattr(getattr(settings, f"export_{signal}"), field)
    others = [
        settings.export,
        *(getattr(settings, f"export_{s}") for s in ("traces", "metrics", "logs") if s != signal),
    ]
    assert [getattr(other, field) for other in others] == [None] * 3


@pytest.mark.parametrize("signal", ["traces", "metrics", "logs"])
def test_none_as_exporter_switches_one_signal_off(signal: str) -> None:
    """OTEL_<SIGNAL>_EXPORTER=none leaves the other two alone."""
    settings = load(environ={f"OTEL_{signal.upper()}_EXPORTER": "none"}).settings

    assert {signal: ()} == {
        s: settings.exporters(s) for s in ("traces", "metrics", "logs") if not settings.exporters(s)
    }


def test_the_first_standard_variable_of_an_option_goes_first() -> None:
    """FastAPI's own exclusion variable goes before the one for all frameworks."""
    loaded = load(environ={"OTEL_PYTHON_EXCLUDED_URLS": "b", "OTEL_PYTHON_FASTAPI_EXCLUDED_URLS": "a,c"})

    assert loaded.settings.excluded_urls == ("a", "c")


def test_an_unknown_key_in_the_file_is_named_with_its_line_and_the_nearest_name(tmp_path: Path) -> None:
    """A typo is found where it stands."""
    file = tmp_path / "kit.yaml"
    file.write_text("service:\n  name: a\n  verion: 1\n")

    with pytest.raises(ConfigError) as caught:
        load(config=file, environ={})

    assert f"service.verion in {file}:3 is unknown; did you mean service.version?" in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "environ", "wanted"),
    [
        ({"servicename": "x"}, {}, "init(servicename=...) is unknown; did you mean service.name?"),
        ({1: "x"}, {}, "init(1=...) is unknown"),
        ({}, {"OTEL_KIT_TRUTS": "all"}, "OTEL_KIT_TRUTS is unknown; did you mean OTEL_KIT_TRUST?"),
    ],
)
def test_unknown_arguments_and_variables_are_faults(
    arguments: dict[Any, str], environ: dict[str, str], wanted: str
) -> None:
    """A variable of the kit that sets nothing is a typo; other programs' variables are not the kit's business."""
    with pytest.raises(ConfigError) as caught:
        load(arguments, environ={**environ, "OTEL_SOMETHING_NEW": "x", "PATH": "/bin"})

    assert len(caught.value.faults) == 1
    assert wanted in str(caught.value)


def test_all_faults_of_all_sources_come_at_once(tmp_path: Path) -> None:
    """Mending a configuration must not take one run per mistake."""
    file = tmp_path / "kit.yaml"
    file.write_text("web:\n  engine: flask\nlogs: loud\ntrust: friends\n")

    with pytest.raises(ConfigError) as caught:
        load(
            {"export.endpoint": "ftp://x"},
            config=file,
            environ={"OTEL_BSP_SCHEDULE_DELAY": "soon", "OTEL_KIT_STRICT": "perhaps", "OTEL_KIT_NONSENSE": "1"},
        )

    places = [fault.where for fault in caught.value.faults]
    assert sorted(places) == sorted(
        [
            f"web.engine in {file}:2", f"logs in {file}:3", f"trust in {file}:4", "init(export.endpoint=...)",
            "OTEL_BSP_SCHEDULE_DELAY", "OTEL_KIT_STRICT", "OTEL_KIT_NONSENSE",
        ]
    )  # fmt: skip
    assert str(caught.value).startswith("7 faults:")


def test_a_faulty_source_leaves_the_option_to_the_next(tmp_path: Path) -> None:
    """Leniently loaded settings are always usable."""
    file = tmp_path / "kit.yaml"
    file.write_text("metrics:\n  interval: 7s\n")

    loaded = load_leniently({"metrics.interval": "x"}, config=file, environ={"OTEL_METRIC_EXPORT_INTERVAL": "y"})

    assert (loaded.settings.metrics_interval_s, len(loaded.faults)) == (7.0, 2)


class _Unprintable:
    def __repr__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    "value",
    [_Unprintable(), object(), 10**400, b"x", float("nan"), -1, True, [1], {}],
    ids=["unprintable", "object", "huge", "bytes", "nan", "negative", "bool", "list", "dict"],
)
@pytest.mark.parametrize("key", ["metrics.interval", "pipeline.queue_bytes", "pipeline.batch_items", "service.name"])
def test_no_value_makes_loading_raise(key: str, value: object) -> None:
    """Whatever stands in an argument becomes a fault."""
    loaded = load_leniently({key: value}, environ={})

    assert (len(loaded.faults), loaded.origins[key]) == (1, "default")


@pytest.mark.parametrize("pattern", ["(", "a{99999999999}", "(" * 5000])
def test_a_pattern_that_does_not_compile_is_a_fault(pattern: str) -> None:
    """However Python's compiler fails."""
    assert len(load_leniently(environ={"OTEL_PYTHON_FASTAPI_EXCLUDED_URLS": pattern}).faults) == 1


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("export.headers", "no-pair-but-k3y"),
        ("export.headers", {"a": ["k3y"]}),
        ("export.endpoint", "ftp://user:k3y@host"),
        ("export.endpoint", "user:k3y@host:port"),
        ("export.endpoint", "http://user:k3y@host:99999"),
    ],
)
def test_a_fault_never_shows_a_secret(key: str, value: object) -> None:
    """Faults are logged: keys and credentials are masked in them."""
    loaded = load_leniently({key: value}, environ={})

    assert len(loaded.faults) == 1
    assert "k3y" not in str(loaded.faults[0])
    assert "***" in str(loaded.faults[0])


def test_secrets_stand_neither_in_repr_nor_in_explain() -> None:
    """Settings end up in tracebacks and bug reports."""
    environ = {
        "OTEL_EXPORTER_OTLP_HEADERS": "authorization=Bearer%20k3y",
        "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": "https://user:k3y@otlp.example/v1/logs",
    }

    loaded = load(environ=environ)

    assert loaded.settings.export.headers == {"authorization": "Bearer k3y"}
    assert "k3y" not in repr(loaded)
    shown = {row.key: row.value for row in explain(loaded)}
    assert (shown["export.headers"], shown["export.logs.endpoint"]) == ("***", "https://***@otlp.example/v1/logs")
    assert "k3y" not in repr(shown)


def test_the_file_is_found_by_argument_then_variable_then_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A named file must exist, ``otel-kit.yaml`` need not."""
    for name in ("argument", "variable", "otel-kit"):
        (tmp_path / f"{name}.yaml").write_text(f"service: {{name: {name}}}\n")
    monkeypatch.chdir(tmp_path)
    environ = {"OTEL_KIT_CONFIG": str(tmp_path / "variable.yaml")}

    assert load(config=tmp_path / "argument.yaml", environ=environ).settings.service_name == "argument"
    assert load(environ=environ).settings.service_name == "variable"
    assert load(environ={}).settings.service_name == "otel-kit"
    assert len(load_leniently(config=tmp_path / "missing.yaml", environ={}).faults) == 1
    assert len(load_leniently(config="nul\0", environ={}).faults) == 1


def test_an_empty_file_and_empty_sections_are_fine(tmp_path: Path) -> None:
    """Commenting a section out leaves null behind."""
    file = tmp_path / "kit.yaml"
    file.write_text("service:\nexport:\n  traces:\n")

    assert load(config=file, environ={}).settings == load(environ={}).settings


def test_a_general_argument_goes_before_a_signals_own_variable() -> None:
    """Code goes before the environment: an endpoint given to init is not sent past by OTEL_EXPORTER_OTLP_TRACES_*."""
    variables = {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://other:4318", "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT": "50"}

    loaded = load({"export.endpoint": "http://mine:4318"}, environ=variables)

    assert (loaded.settings.export.endpoint, loaded.settings.export_traces.endpoint) == ("http://mine:4318", None)
    assert loaded.origins["export.traces.endpoint"] == "init(export.endpoint=...)"
    assert loaded.settings.export_traces.timeout_s == 0.05
