"""The vendored files are those that were recorded, and the page loads nothing from elsewhere."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "otel_kit" / "local" / "page"
VENDOR = PAGE / "vendor"
OWN_SCRIPTS = sorted((PAGE / "js").rglob("*.js"))


def _recorded() -> dict[str, str]:
    packages = json.loads((VENDOR / "VENDOR.json").read_text(encoding="utf-8"))["packages"]
    return {entry["file"]: entry["sha256"] for package in packages for entry in package["files"]}


def test_vendored_files_have_the_recorded_hashes() -> None:
    """Neither an edit by hand nor another version gets in unnoticed."""
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.iterdir()
        if path.name != "VENDOR.json"
    }

    assert _recorded() == found


def test_each_vendored_package_comes_with_its_licence_and_version() -> None:
    """The wheel may only carry what says under which terms it stands."""
    for package in json.loads((VENDOR / "VENDOR.json").read_text(encoding="utf-8"))["packages"]:
        assert package["version"]
        assert package["licence"]
        assert any(entry["file"].startswith("LICENSE") for entry in package["files"])


def test_the_page_has_no_inline_script_or_style() -> None:
    """The Content Security Policy would block them."""
    text = (PAGE / "index.html").read_text(encoding="utf-8")

    assert not re.search(r"<script(?![^>]*\ssrc=)[^>]*>|<style|\sstyle=|\son\w+=|javascript:", text)


def test_the_page_loads_only_its_own_files() -> None:
    """Everything it refers to is there."""
    text = (PAGE / "index.html").read_text(encoding="utf-8")

    references = re.findall(r'(?:src|href)="([^"]+)"', text)

    assert references
    assert [name for name in references if not (PAGE / name.removeprefix("/static/")).is_file()] == []


def test_all_modules_are_fetched_at_once() -> None:
    """Each is named in the page, else the browser learns of it import by import."""
    named = set(
        re.findall(
            r'(?:modulepreload|module)" (?:href|src)="/static/([^"]+)"', (PAGE / "index.html").read_text("utf-8")
        )
    )

    modules = {path.relative_to(PAGE).as_posix() for path in OWN_SCRIPTS if path.name != "theme_boot.js"}
    assert modules | {"vendor/htm-preact.js"} == named


@pytest.mark.parametrize("path", OWN_SCRIPTS, ids=lambda path: str(path.relative_to(PAGE)))
def test_no_script_turns_text_into_markup_or_code(path: Path) -> None:
    """Telemetry can only become text nodes."""
    text = path.read_text(encoding="utf-8")

    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|dangerouslySet|\beval\(|new Function", text
    )


@pytest.mark.parametrize("path", OWN_SCRIPTS, ids=lambda path: str(path.relative_to(PAGE)))
def test_imports_name_existing_files(path: Path) -> None:
    """A missing module would leave the page blank."""
    names = re.findall(r'from "([^"]+)"', path.read_text(encoding="utf-8"))

    assert [name for name in names if not (path.parent / name).resolve().is_file()] == []
