"""``otel-kit keys`` as a user runs it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from otel_kit.cli import main
from otel_kit.stack.keys import read
from otel_kit.stack.native import Layout
from otel_kit.stack.own_folder import STATE

NATIVE = Layout(STATE).keys_file
COMPOSED = Path("secrets/collector/keys.json")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current folder of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def made(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Make a key and return its text."""
    assert main(["keys", "create", *arguments]) == 0
    return capsys.readouterr().out.splitlines()[0]


def test_a_key_is_shown_once_with_its_header(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Alone on the first line, for scripts; what is to be said about it goes to standard error."""
    assert main(["keys", "create", "--tenant", "shop", "--expires", "2100-02-01"]) == 0

    text, header = (out := capsys.readouterr()).out.splitlines()
    (key,) = read(NATIVE)
    assert header == f"Authorization: Bearer {text}"
    assert re.fullmatch(rf"otk_{key.id}_\S{{43}}", text)
    assert f"key {key.id} of shop is in {NATIVE}, until 2100-02-01T00:00:00Z" in out.err
    assert text not in out.err
    assert main(["keys", "list"]) == 0
    assert text[-43:] not in capsys.readouterr().out


def test_the_file_is_that_of_the_option_then_of_the_collector(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else that of the native stack in this folder."""
    monkeypatch.setenv("OTELCOL_KEYS_FILE", str(folder / "env.json"))

    made(capsys, "--tenant", "by-variable")
    made(capsys, "--tenant", "by-option", "--file", "named.json")

    assert [key.tenant for key in read(folder / "env.json")] == ["by-variable"]
    assert [key.tenant for key in read(folder / "named.json")] == ["by-option"]
    assert not (folder / ".otel-kit").exists()


def test_what_is_named_nowhere_is_the_file_that_the_stack_of_this_folder_reads(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """That of `stack up --native`; that of the containers where `stack init` wrote; of both, the user says which."""
    made(capsys, "--tenant", "native")
    assert [key.tenant for key in read(folder / ".otel-kit/stack/secrets/keys.json")] == ["native"]

    (folder / ".otel-kit-stack.json").touch()
    assert main(["keys", "create", "--tenant", "either"]) == 2
    said = capsys.readouterr().err
    assert f"this folder has keys of two stacks: {COMPOSED} of `stack init` and {NATIVE} of the native stack" in said
    assert not COMPOSED.exists()

    NATIVE.unlink()
    made(capsys, "--tenant", "composed")
    assert [key.tenant for key in read(COMPOSED)] == ["composed"]
    assert not NATIVE.exists()


def test_the_table_marks_what_is_due(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Old keys, expired ones, and limits of a key's own."""
    hashes = [f"{number:064x}" for number in range(3)]
    entries = [
        {"id": "k1", "tenant": "shop", "sha256": hashes[0], "created": "2020-01-01T00:00:00Z", "note": "orders"},
        {"id": "k2", "tenant": "a", "sha256": hashes[1], "created": "2100-01-01T00:00:00Z", "trusted_redaction": True,
         "requests_per_second": 5, "bytes_per_second": 0},
        {"id": "k3", "tenant": "a", "sha256": hashes[2], "created": "2100-01-01T00:00:00Z",
         "expires": "2020-01-01T00:00:00Z"},
    ]  # fmt: skip
    (folder / "k.json").write_text(json.dumps({"version": 1, "keys": entries}))

    assert main(["keys", "list", "--file", "k.json"]) == 0
    rows = [re.split(r"\s{2,}", line) for line in capsys.readouterr().out.splitlines()]
    assert main(["keys", "list", "--file", "k.json", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)

    assert rows[0] == ["id", "tenant", "age", "expires", "trusted", "limits", "note"]
    assert rows[1][2].endswith(" d, old")
    assert rows[1][:2] + rows[1][3:] == ["k1", "shop", "never", "no", "-", "orders"]
    assert rows[2] == ["k2", "a", "0 min", "never", "yes", "5 req/s, no limit B/s", "-"]
    assert rows[3] == ["k3", "a", "0 min", "expired", "no", "-", "-"]
    assert [(one["id"], one["old"], one["expired"]) for one in listed] == [
        ("k1", True, False), ("k2", False, False), ("k3", False, True)
    ]  # fmt: skip
    assert not any("sha256" in one for one in listed)


def test_revoking(capsys: pytest.CaptureFixture[str]) -> None:
    """Says whose key it was; an unknown id is the user's to mend."""
    text = made(capsys, "--tenant", "shop", "--note", "orders service")
    id = text.split("_")[1]

    assert main(["keys", "revoke", "k-none"]) == 2
    assert "holds no key 'k-none'" in capsys.readouterr().err
    assert main(["keys", "revoke", id]) == 0
    assert capsys.readouterr().out == f"revoked {id} of shop: orders service\n"
    assert main(["keys", "list"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "limits"),
    [
        (["--rate", "0", "--burst", "0"], (0, 0, None, None)),
        (["--bytes-per-second", "8MiB", "--byte-burst", "64MB"], (None, None, 8388608, 64_000_000)),
    ],
)
def test_limits(capsys: pytest.CaptureFixture[str], arguments: list[str], limits: tuple[int | None, ...]) -> None:
    """Sizes as elsewhere; what is not given is left to the Collector."""
    made(capsys, "--tenant", "shop", *arguments)

    (key,) = read(NATIVE)
    own = key.limits
    assert limits == (own.requests_per_second, own.burst, own.bytes_per_second, own.byte_burst)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--expires", "90"], "'90' is no time"),
        (["--expires", "soon"], "'soon' is no time"),
        (["--expires", "2027-02-30"], "is no time"),
        (["--expires", "99999999999d"], "is no time"),
        (["--expires", "2020-01-01"], "expires is not in the future"),
        (["--rate", "-1"], "is no whole number"),
        (["--bytes-per-second", "much"], "is no size"),
        (["--tenant", "no spaces"], "tenant does not fit; 1 to 64 of letters"),
    ],
)
def test_what_cannot_be(folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    """Exit status 2, the reason, and no file."""
    try:
        status: object = main(["keys", "create", "--tenant", "shop", *arguments])
    except SystemExit as end:  # the parser's own
        status = end.code

    assert status == 2
    assert said in capsys.readouterr().err
    assert not list(folder.iterdir())


def test_an_age_in_days_is_counted_from_now(capsys: pytest.CaptureFixture[str]) -> None:
    """A day more or less by the clock is not meant: 90 days are 90 times 24 hours."""
    made(capsys, "--tenant", "shop", "--expires", "90d")

    (key,) = read(NATIVE)
    assert key.expires is not None
    assert round((key.expires - key.created).total_seconds()) in range(90 * 86400 - 1, 90 * 86400 + 2)
