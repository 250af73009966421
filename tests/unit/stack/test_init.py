"""`otel-kit stack init`: what it writes, what it leaves alone, what it refuses."""

from __future__ import annotations

import os
import re
import shlex
import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from otel_kit.cli import main
from otel_kit.errors import ConfigError
from otel_kit.stack import assets, environment, keys
from otel_kit.stack.initialise import Done, stock
from otel_kit.stack.initialise.shipped import shipped
from otel_kit.stack.variables import PREFIXES, VARIABLES, by_name
from tests.unit.stack.composed import initialised

KEYS = Path("secrets/collector/keys.json")


@pytest.fixture
def done(tmp_path: Path) -> Done:
    """A new stack in ``tmp_path/stack``."""
    return initialised(tmp_path / "stack")


def handshake(done: Done, name: str) -> None:
    """Connect to a server with the stack's certificate as a client that trusts its CA only; raises if it does not."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls = done.folder / "secrets" / "collector"
    server.load_cert_chain(tls / "tls.crt", tls / "tls.key")
    client = ssl.create_default_context(cafile=done.folder / "ca.crt")
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [client.wrap_bio(to_client, to_server, server_hostname=name),
            server.wrap_bio(to_server, to_client, server_side=True)]  # fmt: skip
    for _ in range(4):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue


def everything(folder: Path) -> dict[str, bytes]:
    """Return path -> content of every file."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_writes_every_shipped_file_as_it_is(done: Done) -> None:
    """Complete, and nothing that only the checkout needs."""
    written = everything(done.folder)
    shipped_files = shipped(assets.root())

    assert {name: written[name] for name in shipped_files} == shipped_files
    wanted = {"docker-compose.yml", "collector/gateway.yaml", "collector/Dockerfile", "backends/loki/loki.yaml",
              "collector/ingestguard/go.mod", "grafana/provisioning/dashboards/otel-kit.yaml"}  # fmt: skip
    assert wanted <= set(shipped_files)
    assert not [name for name in shipped_files if name.endswith((".py", "_test.go")) or "/build/" in name]


def test_nobody_else_can_read_a_secret(done: Done) -> None:
    """0600 in folders of 0700, whatever the umask; containers can read all the rest."""
    for path in (done.folder / "secrets").rglob("*"):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode in ((0o700,) if path.is_dir() else (0o600,) if path.name != "tls.crt" else (0o644, 0o600)), path
    assert stat.S_IMODE((done.folder / ".env").stat().st_mode) == 0o600
    assert stat.S_IMODE((done.folder / "collector" / "gateway.yaml").stat().st_mode) == 0o644
    assert {"/secrets/", "/.env"} <= set((done.folder / ".gitignore").read_text().splitlines())


def test_containers_can_read_the_rest_whatever_the_umask(tmp_path: Path) -> None:
    """Where root ran init they are another user."""
    before = os.umask(0o077)
    try:
        folder = initialised(tmp_path / "stack").folder
    finally:
        os.umask(before)

    for name in ("collector", "backends", "grafana", "rendered"):
        for path in (folder / name, *(folder / name).rglob("*")):
            assert stat.S_IMODE(path.stat().st_mode) == (0o755 if path.is_dir() else 0o644), path


def test_key_is_shown_once_and_kept_nowhere(done: Done) -> None:
    """Only its hash is in the folder, so a backup of it lets nobody in."""
    assert done.key is not None
    assert done.key.startswith("otk_")
    assert not [name for name, content in everything(done.folder).items() if done.key.encode() in content]
    assert [key.tenant for key in keys.read(done.folder / KEYS)] == ["otel-kit", "otel-kit", "main"]


def test_second_run_changes_nothing(done: Done) -> None:
    """Secrets, keys, certificates and files are those of the first."""
    before = everything(done.folder)

    again = initialised(done.folder)

    assert everything(done.folder) == before
    assert (again.key, again.written, again.edited) == (None, (), ())


def test_what_the_user_edited_stays(done: Done) -> None:
    """Files are named; `.env` keeps its lines but those that an option sets."""
    gateway, env = done.folder / "collector" / "gateway.yaml", done.folder / ".env"
    gateway.write_text(gateway.read_text() + "# mine\n")
    env.write_text(
        env.read_text().replace("#STACK_RETENTION_DEBUG=72h", "STACK_RETENTION_DEBUG=24h # less") + "\n# mine\n"
    )
    (done.folder / "collector" / "local.d").mkdir(exist_ok=True)
    (done.folder / "collector" / "local.d" / "own.yaml").write_text("receivers: { x: { y: '${env:OWN_VARIABLE}' } }\n")

    again = initialised(done.folder, overlays=["syslog"])

    assert again.edited == ("collector/gateway.yaml",)
    assert gateway.read_text().endswith("# mine\n")
    assert "STACK_RETENTION_DEBUG=24h # less\n" in env.read_text()
    assert environment.read(env)["OTELCOL_OVERLAYS"] == "tls lgtm archive notifications syslog"
    collector = yaml.safe_load((done.folder / "compose.override.yaml").read_text())["services"]["collector"]
    assert collector["command"][-2:] == [
        "--config=/etc/otelcol/overlays/syslog.yaml",
        "--config=/etc/otelcol/local.d/own.yaml",
    ]
    assert collector["environment"]["OWN_VARIABLE"] is None
    assert [port["protocol"] for port in collector["ports"]] == ["udp", "tcp"]
    assert {port["host_ip"] for port in collector["ports"]} == {"${STACK_PUBLISH_ADDRESS:-127.0.0.1}"}


def test_settings_of_env_reach_the_files_that_read_no_variables(done: Done) -> None:
    """And a container is made anew when its configuration changed: its label is another."""
    before = yaml.safe_load((done.folder / "compose.override.yaml").read_text())["services"]
    env = done.folder / ".env"
    env.write_text(env.read_text() + "STACK_RETENTION_METRICS=7d\n")

    initialised(done.folder)

    rendered = yaml.safe_load((done.folder / "rendered" / "prometheus" / "prometheus.yml").read_text())
    assert rendered["storage"]["tsdb"]["retention"]["time"] == "7d"
    after = yaml.safe_load((done.folder / "compose.override.yaml").read_text())["services"]
    assert {name for name in after if after[name]["labels"] != before[name]["labels"]} == {"prometheus", "usage"}


def test_certificate_is_verified_by_the_ca_alone(done: Done) -> None:
    """Under each name that senders use, and under no other."""
    for name in ("localhost", "127.0.0.1", "collector"):
        handshake(done, name)
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(done, "grafana")


def test_certificate_is_renewed_before_it_ends_and_when_names_come(done: Done) -> None:
    """By the same CA: senders need nothing new."""
    ca = (done.folder / "ca.crt").read_bytes()

    early = initialised(done.folder)
    wider = initialised(done.folder, listen="0.0.0.0", host_names=["otel.example.com"])
    from otel_kit.stack.initialise import certificates

    late = certificates.ensure(done.folder, ["localhost"], datetime.now(UTC) + timedelta(days=360))

    assert (early.issued.new_server, wider.issued.new_server, late.new_server) == (False, True, True)
    assert (done.folder / "ca.crt").read_bytes() == ca
    assert not late.new_ca


def test_listening_for_others_takes_grafana_to_https(done: Done) -> None:
    """Its password would cross the wire in the clear; back on loopback it is as before."""
    wide = initialised(done.folder, listen="0.0.0.0", host_names=["otel.example.com"])

    assert wide.endpoint == "https://otel.example.com:4318"
    assert wide.grafana == "https://otel.example.com:3000"
    handshake(wide, "otel.example.com")
    assert initialised(done.folder, listen="127.0.0.1").grafana == "http://localhost:3000"


def test_address_in_env_does_the_same_as_the_option(done: Done) -> None:
    """Grafana's protocol and cookies follow from the address, wherever it was set."""
    env = done.folder / ".env"
    env.write_text(env.read_text().replace("#STACK_PUBLISH_ADDRESS=127.0.0.1", "STACK_PUBLISH_ADDRESS=0.0.0.0"))

    wide = initialised(done.folder, host_names=["otel.example.com"])

    assert wide.grafana == "https://otel.example.com:3000"
    grafana = yaml.safe_load((done.folder / "compose.override.yaml").read_text())["services"]["grafana"]
    assert grafana["environment"] == {"GF_SERVER_PROTOCOL": "https", "GF_SECURITY_COOKIE_SECURE": "true"}
    assert grafana["healthcheck"]["test"][-1] == "https://127.0.0.1:3000/api/health"


@pytest.mark.parametrize("is_option", [True, False])
def test_ingest_without_tls_is_published_on_this_machine_only(is_option: bool, done: Done) -> None:
    """Elsewhere keys would cross the wire in the clear; with the overlay, or on loopback, nothing is refused."""
    env = done.folder / ".env"
    env.write_text(env.read_text() + "OTELCOL_OVERLAYS=lgtm\n" + ("" if is_option else "STACK_PUBLISH_ADDRESS=::\n"))
    listen = {"listen": "0.0.0.0"} if is_option else {}
    before = everything(done.folder)

    with pytest.raises(ConfigError, match=r"OTELCOL_OVERLAYS has no tls.*--overlay tls"):
        initialised(done.folder, **listen)

    assert everything(done.folder) == before
    assert initialised(done.folder, listen="127.0.0.2").endpoint == "http://127.0.0.2:4318"
    assert initialised(done.folder, **listen, overlays=["tls"]).endpoint.startswith("https://")


@pytest.mark.parametrize(
    ("address", "reached_at"), [("127.0.0.5", "127.0.0.5"), ("::1", "localhost"), ("192.0.2.7", "192.0.2.7")]
)
def test_senders_are_told_an_address_that_is_published(address: str, reached_at: str, done: Done) -> None:
    """On 127.0.0.5 nothing answers as localhost."""
    made = initialised(done.folder, listen=address)

    assert made.endpoint == f"https://{reached_at}:4318"
    handshake(made, reached_at)


def test_missing_file_comes_back(done: Done) -> None:
    """The stack is complete after each run."""
    (done.folder / "backends" / "loki" / "loki.yaml").unlink()

    assert initialised(done.folder).written == ("backends/loki/loki.yaml",)


def test_half_a_certificate_is_named_instead_of_replaced(done: Done) -> None:
    """A lost CA key would silently lock out every sender."""
    (done.folder / "secrets" / "ca" / "ca.key").unlink()

    with pytest.raises(ConfigError, match=r"ca\.key.*cannot be used"):
        initialised(done.folder)


@pytest.mark.parametrize(
    "make",
    [
        lambda folder: (folder.mkdir(), (folder / "main.py").write_text("")),
        lambda folder: folder.write_text(""),
        lambda folder: (folder.mkdir(), (folder / ".otel-kit-stack.json").write_text('{"files": []}')),
        lambda folder: (folder.mkdir(), (folder / ".otel-kit-stack.json").write_text("[1")),
    ],
    ids=["somebody's", "a file", "damaged", "no JSON"],
)
def test_folder_that_is_not_ours_is_left_alone(make: object, tmp_path: Path) -> None:
    """One sentence says why, and nothing is written."""
    folder = tmp_path / "stack"
    make(folder)  # type: ignore[operator]
    before = everything(tmp_path)

    with pytest.raises(ConfigError, match=r"is (not empty|no folder|damaged)"):
        initialised(folder)

    assert everything(tmp_path) == before


def test_every_bad_option_is_named_and_nothing_written(tmp_path: Path) -> None:
    """All at once."""
    with pytest.raises(ConfigError) as refused:
        initialised(tmp_path / "stack", listen="otel.example.com", host_names=["a b"], overlays=["kafak"],
                    tenant="a/b", collector_image="other")  # fmt: skip

    text = str(refused.value)
    assert text.startswith("5 faults")
    assert "did you mean kafka?" in text
    assert not (tmp_path / "stack").exists()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("STACK_PUBLISH_ADDRESS=here", "STACK_PUBLISH_ADDRESS is 'here'"),
        ("STACK_PUBLISH_ADDRESS=fe80::1%eth0", "STACK_PUBLISH_ADDRESS is 'fe80::1%eth0'"),
        ("OTELCOL_OVERLAYS='tls ../../etc'", "OTELCOL_OVERLAYS names"),
        ("STACK_RETENTION_DEBGU=1h", "did you mean STACK_RETENTION_DEBUG?"),
        ("STACK_RETENTION_METRICS='1d", "does not end where its quotation mark does"),
        ("STACK_UID=1\x00", "control character"),
    ],
)
def test_bad_line_of_env_is_named(line: str, said: str, done: Done) -> None:
    """With its place, before anything is written."""
    env = done.folder / ".env"
    env.write_text(env.read_text() + f"{line}\n")
    before = everything(done.folder)

    with pytest.raises(ConfigError, match=re.escape(said)):
        initialised(done.folder)

    assert everything(done.folder) == before


def test_variables_that_compose_fixes_are_neither_offered_nor_taken(done: Done) -> None:
    """A line there would reach a backend without its health check and its senders, or nobody: each is named."""
    env = done.folder / ".env"
    text = env.read_text()
    fixed = [row for row in VARIABLES if row.fixed]
    env.write_text(text + "".join(f"{row.name}={row.default or 'x'}\n" for row in fixed))

    with pytest.raises(ConfigError) as refused:
        initialised(done.folder)

    begins = len(text.splitlines()) + 1
    assert [(fault.where, fault.what) for fault in refused.value.faults] == [
        (f"{env}:{number}", f"sets {row.name}, which docker-compose.yml fixes")
        for number, row in enumerate(fixed, start=begins)
    ]
    assert len(fixed) > 40
    assert [row.name for row in fixed if row.name in text] == []


def test_check_names_it_too(done: Done, capsys: pytest.CaptureFixture[str]) -> None:
    """With every other fault of the file, before containers come to stand still over it."""
    with (done.folder / ".env").open("a") as env:
        env.write("OTELCOL_LOKI_ENDPOINT=http://other:1\nSTACK_RETENTION_METRICS=banana\n")

    status = main(["stack", "check", "--rules-only", str(done.folder)])

    out, error = capsys.readouterr()
    assert status == 1
    assert "sets OTELCOL_LOKI_ENDPOINT, which docker-compose.yml fixes" in out + error
    assert "sets STACK_RETENTION_METRICS, which is 'banana'" in out + error


def test_what_compose_sets_is_fixed(done: Done) -> None:
    """A literal of ours in the environment of a service cannot be set in `.env`, so it is not offered there."""
    services = yaml.safe_load((done.folder / "docker-compose.yml").read_text())["services"]
    names = {name for one in services.values() for name, value in (one.get("environment") or {}).items()
             if name.startswith(PREFIXES) and "${" not in value}  # fmt: skip
    # The agent's own is another one than the gateway's.
    assert {name for name in names if not by_name()[name].fixed} == {"OTELCOL_MEMORY_LIMIT_MIB"}


def test_lines_that_are_commented_out_in_env_change_nothing_when_they_are_set(done: Done) -> None:
    """What its head says of them is true: they are the defaults."""
    env = done.folder / ".env"
    before = [path.read_bytes() for path in sorted((done.folder / "rendered").rglob("*")) if path.is_file()]
    env.write_text(re.sub(r"(?m)^#([A-Z_]+=.+)$", r"\1", env.read_text()))

    initialised(done.folder)

    assert [path.read_bytes() for path in sorted((done.folder / "rendered").rglob("*")) if path.is_file()] == before


def test_stock_image_gets_a_gateway_without_our_component(tmp_path: Path) -> None:
    """Everything else of it is the same, redaction above all, and what it lacks stands in the file."""
    done = initialised(tmp_path / "stack", collector_image="stock")

    text = (done.folder / "rendered" / "collector" / "gateway.yaml").read_text()
    theirs, ours = yaml.safe_load(text), yaml.safe_load((done.folder / "collector" / "gateway.yaml").read_text())
    assert all(f"# - {line}\n" in text for line in stock.LACKS)
    assert done.lacks == stock.LACKS
    for protocol in theirs["receivers"]["otlp"]["protocols"].values():
        assert protocol["auth"] == {"authenticator": "bearertokenauth/ingest"}
    assert "ingest_guard" not in str(theirs)
    assert theirs["connectors"] == ours["connectors"]
    del ours["processors"]["nesting_limit"]
    assert theirs["processors"] == ours["processors"]
    for signal in ("traces", "logs", "metrics"):
        ours["service"]["pipelines"][f"{signal}/in"]["processors"].remove("nesting_limit")
    assert theirs["service"]["pipelines"] == ours["service"]["pipelines"]
    tokens = (done.folder / "secrets" / "collector" / "tokens").read_text().splitlines()
    assert tokens[0] == f"{done.key} main"


def test_command_prints_what_a_service_needs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Three variables with the key, once; then the place of the key is shown, not another key."""
    folder = tmp_path / "stack"

    assert main(["stack", "init", str(folder)]) == 0
    first = capsys.readouterr().out
    assert main(["stack", "init", str(folder)]) == 0
    second = capsys.readouterr().out

    assert "export OTEL_EXPORTER_OTLP_ENDPOINT=https://localhost:4318\n" in first
    assert "export OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20otk_" in first
    assert f"export OTEL_EXPORTER_OTLP_CERTIFICATE={folder / 'ca.crt'}\n" in first
    assert "export OTEL_SERVICE_NAME=" in first
    assert "otk_" not in second
    assert all(word in first for word in ("Go ", "Node ", "Java "))


def test_commands_that_are_printed_can_be_pasted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whole, and quoted: this folder's name has a space and a character of the shell."""
    folder = tmp_path / "my $(obs) dir"

    assert main(["stack", "init", str(folder)]) == 0
    assert main(["stack", "init", str(folder)]) == 0
    printed = capsys.readouterr().out
    words = shlex.split(re.search(r"put in a key: otel-kit (keys .*)\):", printed)[1])  # type: ignore[index]

    assert main(words) == 0
    assert "main" in [key.tenant for key in keys.read(folder / KEYS)[-1:]]
    assert len(keys.read(folder / KEYS)) == 4
    assert f"otel-kit stack check --in-use '{folder}'\n" in printed
    assert f"cd '{folder}' && " in printed
    assert re.sub(rf"'{re.escape(str(folder))}[^']*'", "", printed).count(str(folder)) == 0


def test_stock_image_does_not_pretend_to_take_keys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its keys are lines of another file; a key made for nobody would be refused everywhere with 401."""
    folder = tmp_path / "stack"
    initialised(folder, collector_image="stock")
    before = everything(folder)

    assert main(["stack", "init", str(folder)]) == 0
    assert main(["keys", "create", "--tenant", "shop", "--file", str(folder / KEYS)]) == 2

    out, error = capsys.readouterr()
    assert "otel-kit keys create" not in out
    assert f"put in a key: one of {folder / 'secrets/collector/tokens'}" in out
    assert "reads " + str(folder / "secrets/collector/tokens") in error
    assert everything(folder) == before


def test_change_of_image_says_what_it_means_for_keys(done: Done) -> None:
    """To the upstream image no key of before is valid; back from it none stays in the clear."""
    stock_tokens = [done.folder / "secrets" / name / "tokens" for name in ("collector", "agent")]

    there = initialised(done.folder, collector_image="stock")
    assert all(path.exists() for path in stock_tokens)
    again = initialised(done.folder)
    back = initialised(done.folder, collector_image="own")

    assert "do not open" in str(there.image_changed)
    assert there.key is not None
    assert (done.image_changed, again.image_changed) == (None, None)
    assert "was taken away" in str(back.image_changed)
    assert not [name for name, content in everything(done.folder).items() if there.key.encode() in content]
    assert initialised(done.folder).image_changed is None


@pytest.mark.parametrize("command", ["init", "upgrade"])
def test_help_fits_a_terminal(command: str, capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
    """Of 80 columns, and without marks of Markdown."""
    monkeypatch.setenv("COLUMNS", "80")

    with pytest.raises(SystemExit):
        main(["stack", command, "--help"])

    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 80
    assert "`" not in text


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="not run: only root can give files away")
def test_root_gives_the_secrets_to_the_user_of_the_containers(done: Done) -> None:
    """Containers never are root, so they could not read its files."""
    owners = {path.stat().st_uid for path in (done.folder / "secrets").rglob("*")}

    assert owners == {int(done.variables["STACK_UID"])}
    assert 0 not in owners
