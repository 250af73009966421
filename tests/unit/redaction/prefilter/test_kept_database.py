"""The compiled database of a policy from one process to the next: with the real hyperscan and real files."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from otel_kit.policy.load import load_policy
from otel_kit.policy.model import Policy, Rule
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.prefilter.database_files import LOCK, MAGIC, DatabaseFiles
from otel_kit.redaction.prefilter.engines import WORTH_COMPILING, has_hyperscan
from otel_kit.redaction.prefilter.kept_database import FOLDER
from otel_kit.redaction.pseudonyms import PseudonymKey, PseudonymKeys
from otel_kit.redaction.redactor import Redactor, compile_policy
from otel_kit.reload import Reloader
from otel_kit.settings import Settings

pytestmark = [
    pytest.mark.skipif(not has_hyperscan(), reason="the extra fast is not installed"),
    pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing is kept on this platform"),
]
DIRTY = "mail john@example.com, password=hunter2x"
REDACTED = "mail j***@example.com, password=[REDACTED:password]"


def small(*more: Rule) -> Policy:
    """Return a policy that compiles in no time."""
    policy = load_policy()
    rules = tuple(rule for rule in policy.rules if rule.id in ("email", "card", "phone_spoken", "ip"))
    return Policy(rules=(*rules, *more), keys=policy.keys)


def ready(policy: Policy, state: Path, pseudonyms: PseudonymKeys | None = None) -> Redactor:
    """Return the redactor of ``policy`` with its database."""
    redactor = compile_policy(policy, pseudonyms)
    redactor.start_engine("hyperscan", state_folder=state, wait=True)
    assert redactor.engine == "hyperscan"
    assert redactor.text(DIRTY, Findings()) == REDACTED
    return redactor


def databases(state: Path) -> list[Path]:
    """Return the databases below a state folder."""
    return sorted((state / FOLDER).glob("*.database"))


def made(path: Path) -> tuple[int, bytes]:
    """Return which file stands there: each that is written is another."""
    return path.stat().st_ino, path.read_bytes()


def test_what_one_compiled_answers_the_first_text_of_the_next(tmp_path: Path) -> None:
    """Without a thread, and before there is enough to be worth compiling."""
    ready(small(), tmp_path)
    (kept,) = databases(tmp_path)
    before = made(kept)
    redactor = compile_policy(small())
    redactor.start_engine("auto", state_folder=tmp_path)
    assert redactor.engine == "stdlib"  # a program that says nothing loads nothing

    assert redactor.text(DIRTY, Findings()) == REDACTED

    assert redactor.engine == "hyperscan"
    assert redactor.wait_ready(0)
    assert made(kept) == before


def test_without_a_kept_one_it_is_compiled_when_that_is_worth_it_and_kept(tmp_path: Path) -> None:
    """The folder appears then, not before."""
    redactor = compile_policy(small())
    redactor.start_engine("auto", state_folder=tmp_path)
    redactor.text(DIRTY, Findings())
    assert list(tmp_path.iterdir()) == []

    for number in range(WORTH_COMPILING):
        redactor.text(f"text {number}", Findings())

    assert redactor._engine._done.wait(60)
    assert redactor.engine == "hyperscan"
    assert len(databases(tmp_path)) == 1


def test_a_kept_database_calls_the_same_steps(tmp_path: Path) -> None:
    """Also those whose pattern hyperscan refuses, which only the needles find."""
    rules = (Rule(id="half", pattern=r"[0-9]\b[a-z]|AB[0-9]{3}"), Rule(id="odd", pattern="[0-9]{2}-[0-9]{2}"))
    texts = ["12-34 AB123", "12-34", "AB123", DIRTY, "", "nothing", "ip 192.0.2.7, card 4111 1111 1111 1111", "\udc80é"]
    compiled, loaded = ready(small(*rules), tmp_path), compile_policy(small(*rules))
    loaded.start_engine("auto", state_folder=tmp_path)
    loaded.text("the first", Findings())

    assert loaded.engine == "hyperscan"
    assert loaded._engine._find.__self__._refused  # type: ignore[attr-defined]  # else this tests nothing
    assert [set(loaded._engine.called(text)) for text in texts] == [
        set(compiled._engine.called(text)) for text in texts
    ]
    assert loaded.text("12-34 AB123", Findings()) == "[REDACTED:odd] [REDACTED:half]"


def test_a_file_with_a_fault_is_compiled_again(tmp_path: Path) -> None:
    """It is replaced by a whole one, with the first text or when that is worth it."""
    ready(small(), tmp_path)
    (kept,) = databases(tmp_path)
    whole = kept.read_bytes()
    kept.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))

    ready(small(), tmp_path)

    assert databases(tmp_path) == [kept]
    assert kept.read_bytes() == whole


@pytest.mark.parametrize("payload", [b"", b"no newline", b"x\n", b"\n", b"\nno database", b"9" * 5000 + b"\n"])
def test_a_whole_file_that_hyperscan_does_not_take_is_a_miss(tmp_path: Path, payload: bytes) -> None:
    """As a database of another version or another processor is."""
    ready(small(), tmp_path)
    (kept,) = databases(tmp_path)
    whole = kept.read_bytes()
    DatabaseFiles(tmp_path / FOLDER).write(kept.stem, payload)
    redactor = compile_policy(small())
    redactor.start_engine("auto", state_folder=tmp_path)

    assert redactor.text(DIRTY, Findings()) == REDACTED
    assert redactor.engine == "stdlib"
    assert redactor._engine.failure is None
    assert databases(tmp_path) == []

    assert redactor.wait_ready(60)
    assert redactor.engine == "hyperscan"
    assert kept.read_bytes() == whole


def test_another_policy_is_another_file(tmp_path: Path) -> None:
    """Also one with the same patterns in another order: their numbers differ."""
    first = small()
    ready(first, tmp_path)
    ready(small(Rule(id="odd", pattern="[0-9]{2}-[0-9]{2}")), tmp_path)
    ready(replace(first, rules=first.rules[::-1]), tmp_path)

    assert len(databases(tmp_path)) == 3


def test_a_state_folder_that_cannot_be_written_changes_nothing() -> None:
    """Each process compiles for itself."""
    ready(small(), Path("/dev/null"))
    ready(small(), Path("/proc/otel-kit"))


def test_keys_of_pseudonyms_are_in_neither_name_nor_content(tmp_path: Path) -> None:
    """With and without them it is the same file, to the byte."""
    keys = PseudonymKeys((PseudonymKey("2026-11", b"a-secret-of-thirty-two-characters"),))
    ready(small(), tmp_path / "without")
    ready(small(), tmp_path / "with", keys)

    (without,), (with_keys,) = databases(tmp_path / "without"), databases(tmp_path / "with")
    assert with_keys.name == without.name
    assert with_keys.read_bytes() == without.read_bytes()


STARTING = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from tests.unit.redaction.prefilter.test_kept_database import ready, small
moved = []
sys.addaudithook(lambda event, arguments: moved.append(arguments) if event == "os.rename" else None)
policy = small()
print("begins", flush=True)
ready(policy, Path(sys.argv[2]))
print(len(moved), flush=True)
"""


def test_of_processes_that_start_together_one_compiles(tmp_path: Path) -> None:
    """The others take what it made. Each that compiles moves one file to its place."""
    root = Path(__file__).parents[3]
    command = [sys.executable, "-c", STARTING, str(root), str(tmp_path)]
    with DatabaseFiles(tmp_path / FOLDER).turn(0) as alone:
        assert alone
        started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
        begun = [process.stdout.readline() for process in started if process.stdout]
    moves = [process.communicate(timeout=100)[0] for process in started]

    assert begun == ["begins\n"] * 3
    assert [process.returncode for process in started] == [0, 0, 0]
    assert sorted(moves) == ["0\n", "0\n", "1\n"]
    assert {path.name for path in (tmp_path / FOLDER).iterdir()} == {LOCK, databases(tmp_path)[0].name}


FEW_RULES = """
version: 1
packs: { secrets-core: false, secrets-extended: false, us-ids: false, eu-ids: false, geo: false }
"""


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """A policy file of which compiling takes less than of the shipped policy."""
    file = tmp_path / "policy.yaml"
    file.write_text(FEW_RULES)
    return file


def test_an_application_keeps_it_in_its_state_folder(tmp_path: Path, few: Path) -> None:
    """As does ``otel-kit view``, which has the same reloader."""
    reloader = Reloader(Settings(state_dir=str(tmp_path), policy_file=str(few), policy_watch_s=0))

    reloader.start(lambda _redactor: None)

    assert reloader.in_force.redactor.wait_ready(100)
    assert len(databases(tmp_path)) == 1


def test_the_command_keeps_it_where_the_application_does(tmp_path: Path, few: Path) -> None:
    """``otel-kit redact`` is run again and again, mostly for a short time."""
    command = [sys.executable, "-m", "otel_kit", "redact", "--engine", "hyperscan", "--policy", str(few)]
    environment = {**os.environ, "OTEL_KIT_STATE_DIR": str(tmp_path)}  # noqa: TID251 - what a child needs

    done = subprocess.run(command, input=b"mail john@example.com\n", env=environment, capture_output=True, timeout=100)

    assert (done.returncode, done.stdout) == (0, b"mail j***@example.com\n")
    assert len(databases(tmp_path)) == 1


NAMING = """
import hyperscan
from otel_kit.redaction.prefilter.database_name import database_name
from otel_kit.redaction.redactor import default_redactor
print(database_name(hyperscan, [step.signs[0] for step in default_redactor()._engine._steps]))
"""


def test_the_shipped_policy_has_one_name_in_every_process() -> None:
    """Sets have another order in each process; the patterns must not."""
    names = {
        subprocess.run(
            [sys.executable, "-c", NAMING],
            env={**os.environ, "PYTHONHASHSEED": seed},  # noqa: TID251 - the machine's own is what a child needs
            capture_output=True,
            text=True,
            check=True,
            timeout=100,
        ).stdout
        for seed in ("1", "2", "3")
    }

    assert len(names) == 1
    assert len(names.pop().strip()) == 64


def test_a_kept_file_begins_with_what_it_is(tmp_path: Path) -> None:
    """For whoever looks into the folder."""
    ready(small(), tmp_path)

    assert databases(tmp_path)[0].read_bytes().startswith(MAGIC)
