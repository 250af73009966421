"""`otel-kit stack upgrade`: what a new release changes is shown, and done without losing what the user changed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from otel_kit.cli.stack.upgrade import summary
from otel_kit.errors import ConfigError
from otel_kit.stack import assets
from otel_kit.stack.initialise import manifest, originals
from otel_kit.stack.upgrade import Change, Image, apply, compare
from tests.unit.stack.composed import RELEASE, initialised
from tests.unit.stack.test_init import everything

NEXT = "1.1.0"
GATEWAY = "collector/gateway.yaml"
LOKI = "backends/loki/loki.yaml"
NEW = "backends/loki/new.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A stack as release 1.0.0 wrote it."""
    return initialised(tmp_path / "stack").folder


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """The files of release 1.1.0: as now, until a test changes them."""
    copy = tmp_path / "files"
    for name in ("collector", "backends", "grafana", "alerts"):
        shutil.copytree(assets.root() / name, copy / name, ignore=shutil.ignore_patterns("build", "__pycache__"))
    shutil.copy(assets.root() / "docker-compose.yml", copy)
    return copy


def edit(path: Path, line: str = "# changed\n") -> None:
    """Add a line to a file."""
    path.write_text(path.read_text() + line)


def both(name: str) -> Callable[[Path, Path], None]:
    """Return what edits a file in the folder and in the release, differently."""

    def edited(folder: Path, files: Path) -> None:
        edit(folder / name, "# mine\n")
        edit(files / name, "# theirs\n")

    return edited


@pytest.mark.parametrize(
    ("name", "happens", "expected"),
    [
        (LOKI, lambda _folder, files: edit(files / LOKI), Change.REPLACED),
        (LOKI, lambda folder, _files: edit(folder / LOKI), None),
        (LOKI, both(LOKI), Change.EDITED),
        (LOKI, lambda folder, files: (edit(folder / LOKI), edit(files / LOKI)), None),
        (LOKI, lambda _folder, files: (files / LOKI).unlink(), Change.GONE),
        (LOKI, lambda folder, files: (edit(folder / LOKI), (files / LOKI).unlink()), Change.GONE_EDITED),
        (LOKI, lambda folder, files: ((folder / LOKI).unlink(), edit(files / LOKI)), Change.MISSING),
        (LOKI, lambda folder, _files: (folder / LOKI).unlink(), Change.MISSING),
        (NEW, lambda _folder, files: (files / NEW).write_text(""), Change.ADDED),
        ("collector/local.d/x.yaml",
         lambda _folder, files: ((files / "collector/local.d").mkdir(exist_ok=True),
                                 (files / "collector/local.d/x.yaml").write_text("")), None),
        ("alerts/own/README.md", lambda _folder, files: edit(files / "alerts/own/README.md"), None),
        ("alerts/own/mine.yml", lambda folder, _files: (folder / "alerts/own/mine.yml").write_text("groups: []"), None),
        ("otel-kit.yaml", lambda folder, _files: (folder / "otel-kit.yaml").write_text("alerting: {}"), None),
    ],
    ids=["release", "user", "both", "both the same", "gone", "gone, edited", "deleted", "lost", "new", "local.d",
         "text on own rules", "own rules", "own section"],
)  # fmt: skip
def test_each_file_is_judged_by_its_three_versions(
    name: str, happens: Callable[[Path, Path], object], expected: Change | None, folder: Path, files: Path
) -> None:
    """As written, as it is, as it is shipped; nothing is changed by looking."""
    happens(folder, files)
    before = everything(folder)

    comparison = compare(folder, files, NEXT)

    assert dict(comparison.files) == ({} if expected is None else {name: expected})
    assert everything(folder) == before


def test_apply_keeps_edits_and_puts_the_new_file_beside(folder: Path, files: Path) -> None:
    """Once: the next comparison takes the edits as made on the new file."""
    both(GATEWAY)(folder, files)
    edit(files / LOKI)
    secrets = everything(folder / "secrets")
    env = (folder / ".env").read_text()

    apply(compare(folder, files, NEXT))

    assert (folder / GATEWAY).read_text().endswith("# mine\n")
    assert (folder / f"{GATEWAY}.new").read_text().endswith("# theirs\n")
    assert (folder / LOKI).read_bytes() == (files / LOKI).read_bytes()
    assert everything(folder / "secrets") == secrets
    assert (folder / ".env").read_text() == env
    assert compare(folder, files, NEXT).is_current
    assert manifest.read(folder) is not None


def test_what_is_not_merged_yet_is_named_until_it_is_deleted(folder: Path, files: Path) -> None:
    """The release's file lies beside the edited one, and nobody else would say so again."""
    both(GATEWAY)(folder, files)
    apply(compare(folder, files, NEXT))

    later = compare(folder, files, NEXT)
    assert later.unmerged == (f"{GATEWAY}.new",)
    assert f"{GATEWAY}.new is not merged yet" in summary(later, shows_differences=True)
    (folder / f"{GATEWAY}.new").unlink()

    assert "not merged" not in summary(compare(folder, files, NEXT), shows_differences=True)


def test_difference_is_shown_with_images_and_variables(folder: Path, files: Path) -> None:
    """Enough to decide on: each difference as a diff, and what is pulled anew."""
    composed = files / "docker-compose.yml"
    composed.write_text(composed.read_text().replace("grafana/loki:3.7.6", "grafana/loki:3.8.0"))
    env = folder / ".env"
    env.write_text("".join(line for line in env.read_text().splitlines(keepends=True) if "STACK_LOKI_CPUS" not in line))

    comparison = compare(folder, files, NEXT)
    text = summary(comparison, shows_differences=True)

    assert comparison.images == (Image("grafana/loki", "grafana/loki:3.7.6", "grafana/loki:3.8.0"),)
    assert comparison.new_variables == ("STACK_LOKI_CPUS",)
    assert f"otel-kit {RELEASE} -> {NEXT}" in text
    assert "-    image: grafana/loki:3.7.6\n+    image: grafana/loki:3.8.0\n" in text
    assert "image grafana/loki:3.7.6 -> grafana/loki:3.8.0\n" in text


@pytest.mark.parametrize("is_known", [True, False])
def test_difference_of_an_edited_file_is_what_the_release_changed(is_known: bool, folder: Path, files: Path) -> None:
    """The user's own edits are not shown as if they were to go, unless nobody knows the file as it was written."""
    both(GATEWAY)(folder, files)
    if not is_known:
        (folder / originals.NAME).write_bytes(b"damaged")

    text = compare(folder, files, NEXT).diff(GATEWAY)

    assert "+# theirs\n" in text
    assert ("-# mine\n" in text) is not is_known


def test_new_variables_are_added_to_env_as_comments(folder: Path, files: Path) -> None:
    """What it sets stays as it is, and what is new has its default until somebody sets it."""
    env = folder / ".env"
    kept = "".join(line for line in env.read_text().splitlines(keepends=True) if "STACK_LOKI_CPUS" not in line)
    env.write_text(kept)

    apply(compare(folder, files, NEXT))

    assert env.read_text().startswith(kept.rstrip("\n"))
    assert "# Processors that Loki may use.\n#STACK_LOKI_CPUS=2\n" in env.read_text()
    assert compare(folder, files, NEXT).is_current


def test_folder_of_somebody_else_is_refused(tmp_path: Path, files: Path) -> None:
    """With the sentence that mends it."""
    with pytest.raises(ConfigError, match="otel-kit stack init DIR"):
        compare(tmp_path, files, NEXT)
