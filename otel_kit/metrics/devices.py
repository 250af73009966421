"""Which disks, filesystems and network interfaces are real: each byte once, and none of a container's hundreds."""

from __future__ import annotations

import contextlib
import functools
import mmap
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psutil

_MOST: Final = 16  # of each; a host has a few, and more would be series that nobody reads
_BLOCK_DEVICES: Final = Path("/sys/block")
# Memory and files as disks, and what only passes on to other disks that are counted themselves.
_NO_DISKS: Final = re.compile(r"(loop|ram|zram|fd|sr|dm-|md|nbd)\d+")
# Loopback, and what container engines make for each container.
_NO_INTERFACES: Final = re.compile(
    r"(lo|ifb|dummy|sit|teql|gre|gretap|erspan|ip6tnl|ip6gre|tunl|ip_vti|ip6_vti|veth|cali|cni|flannel|docker|br-|tap|tun|kube|lxc"
    r"|nodelocaldns|vnet).*"
)
_READ_ONLY_KINDS: Final = frozenset({"squashfs", "iso9660", "erofs"})


@dataclass(frozen=True, slots=True)
class Filesystem:
    """A mounted filesystem with space of its own."""

    device: str
    mountpoint: str
    kind: str


def page_size() -> int:
    """Return the size of a memory page in bytes."""
    return mmap.PAGESIZE


def filesystems() -> list[Filesystem]:
    """Return the filesystems on real devices, each device once, at its shortest mountpoint, and the root in any case.

    Network filesystems are not among them: asking one whose server is gone blocks for minutes.
    """
    by_device: dict[str, Filesystem] = {}
    for part in sorted(psutil.disk_partitions(all=False), key=lambda part: len(part.mountpoint)):
        if part.fstype in _READ_ONLY_KINDS or _is_file(part.mountpoint):
            continue
        by_device.setdefault(part.device, Filesystem(part.device, part.mountpoint, part.fstype))
    found = list(by_device.values())
    if psutil.POSIX and all(one.mountpoint != "/" for one in found):
        found.insert(0, Filesystem(*_root()))
    return found[:_MOST]


def _root() -> tuple[str, str, str]:
    """Return the root of a container: an overlay, which psutil does not take for a device."""
    for part in psutil.disk_partitions(all=True):
        if part.mountpoint == "/":
            return part.device, "/", part.fstype
    return "rootfs", "/", ""


def _is_file(mountpoint: str) -> bool:
    """Whether it is a single file of the host, such as a container's /etc/hosts."""
    with contextlib.suppress(OSError):
        return not Path(mountpoint).is_dir()
    return True


def usage(mountpoint: str) -> Any:
    """Return the space of a filesystem; None for one that is gone or may not be read."""
    with contextlib.suppress(OSError):
        return psutil.disk_usage(mountpoint)
    return None


def disks() -> dict[str, Any]:
    """Return the counters of whole disks; partitions count the same bytes again."""
    counters = psutil.disk_io_counters(perdisk=True, nowrap=False) or {}
    whole = sorted(filter(_is_whole_disk, counters))
    return {name: counters[name] for name in whole[:_MOST]}


@functools.lru_cache(maxsize=1024)
def _is_whole_disk(name: str) -> bool:
    if _NO_DISKS.fullmatch(name):
        return False
    return not psutil.LINUX or not _BLOCK_DEVICES.is_dir() or (_BLOCK_DEVICES / name).exists()


@functools.lru_cache(maxsize=1024)
def _leads_out(name: str) -> bool:
    return not _NO_INTERFACES.fullmatch(name)


def interfaces() -> dict[str, Any]:
    """Return the counters of network interfaces that lead out of the host."""
    counters = psutil.net_io_counters(pernic=True, nowrap=False) or {}
    real = sorted(filter(_leads_out, counters))
    return {name: counters[name] for name in real[:_MOST]}
