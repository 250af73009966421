"""The watch over files: what counts as a change, and what a fork leaves of it."""

from __future__ import annotations

import os
from pathlib import Path

from otel_kit.file_watch import FileWatch


class Watched:
    """A file, a watch over it that is looked through by hand, and how often it acted."""

    def __init__(self, folder: Path, content: str | None = "one") -> None:
        self.file = folder / "policy.yaml"
        if content is not None:
            self.file.write_text(content)
        self.acts = 0
        self.watch = FileWatch([self.file], 60.0, self.act)

    def act(self) -> None:
        self.acts += 1

    def looks(self, times: int = 1) -> int:
        """Look so many times; returns how often it has acted so far."""
        for _ in range(times):
            self.watch.look()
        return self.acts


def test_only_content_counts(tmp_path: Path) -> None:
    """A file that is touched, or replaced by the same, has not changed."""
    watched = Watched(tmp_path)
    assert watched.looks(2) == 0

    os.utime(watched.file, (1, 1))
    assert watched.looks() == 0
    same = tmp_path / "same"
    same.write_text("one")
    same.replace(watched.file)
    assert watched.looks() == 0

    watched.file.write_text("two")
    assert watched.looks(3) == 1


def test_a_change_within_the_clock_of_the_file_system_is_seen(tmp_path: Path) -> None:
    """Same size, same inode, same time: a file that was written lately is read and not believed."""
    watched = Watched(tmp_path)
    before = watched.file.stat()

    watched.file.write_text("two")
    os.utime(watched.file, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert watched.file.stat().st_mtime_ns == before.st_mtime_ns
    assert watched.looks() == 1


def test_an_old_file_is_not_read_again(tmp_path: Path) -> None:
    """Its time says enough: an idle watch costs one ``stat`` a look."""
    watched = Watched(tmp_path)
    os.utime(watched.file, (1, 1))
    watched.looks()

    watched.file.chmod(0)  # who reads it now fails, unless he is root; the digest stays what it was either way
    watched.file.chmod(0o600)
    with watched.file.open("r+") as file:
        file.write("two")
    os.utime(watched.file, (1, 1))

    assert watched.looks() == 0


def test_a_file_that_is_gone_counts_when_it_stays_away(tmp_path: Path) -> None:
    """An editor that deletes before it writes is no alarm."""
    watched = Watched(tmp_path)

    watched.file.unlink()
    assert watched.looks() == 0
    watched.file.write_text("one")
    assert watched.looks(2) == 0

    watched.file.unlink()
    assert watched.looks(5) == 1
    watched.file.write_text("two")
    assert watched.looks(2) == 2


def test_a_file_that_comes_later_is_a_change(tmp_path: Path) -> None:
    """The watch may begin before the file is there."""
    watched = Watched(tmp_path, None)
    assert watched.looks(3) == 0

    watched.file.write_text("one")

    assert watched.looks(2) == 1


def test_a_link_that_leads_elsewhere_is_a_change(tmp_path: Path) -> None:
    """So Kubernetes swaps the files of a ConfigMap."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "a/policy.yaml").write_text("one")
    (tmp_path / "b/policy.yaml").write_text("two")
    (tmp_path / "data").symlink_to(tmp_path / "a")
    (tmp_path / "policy.yaml").symlink_to(tmp_path / "data/policy.yaml")
    watched = Watched(tmp_path, None)

    (tmp_path / "new").symlink_to(tmp_path / "b")
    (tmp_path / "new").replace(tmp_path / "data")

    assert watched.looks(2) == 1


def test_a_child_acts_on_what_its_parent_was_acting_on(tmp_path: Path) -> None:
    """A fork in the middle of a reload copies the old policy and the new look of the file."""
    watched = Watched(tmp_path)
    looked_again: list[int] = []

    def act() -> None:
        watched.acts += 1
        if watched.acts == 1:  # what a child would do that is born here
            watched.watch.after_fork()
            looked_again.append(watched.looks())

    watched.watch._act = act
    watched.file.write_text("two")
    watched.watch.look()

    assert looked_again == [2]


def test_what_somebody_else_acted_on_is_no_change(tmp_path: Path) -> None:
    """The policy was reloaded by hand: the watch need not do it again."""
    watched = Watched(tmp_path)
    watched.file.write_text("two")

    watched.watch.acted_on(watched.watch.fingerprint())
    assert watched.looks(2) == 0

    watched.file.write_text("three")
    assert watched.looks(2) == 1


def test_what_act_raises_does_not_end_the_watch(tmp_path: Path) -> None:
    """By contract it raises nothing; were it to, the next change must still be seen."""
    watched = Watched(tmp_path)
    watched.watch._act = lambda: 1 / 0  # type: ignore[assignment]
    watched.file.write_text("two")
    try:
        watched.watch.look()
    except ZeroDivisionError:
        watched.watch._act = watched.act

    assert watched.looks() == 1
