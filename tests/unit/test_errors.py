"""Errors: one class for each thing that a caller can do differently, every fault in the text."""

from __future__ import annotations

import pytest

from otel_kit.errors import (
    ConfigError,
    Fault,
    ForeignProviders,
    MissingExtra,
    OtelKitError,
    PolicyError,
    SettingsConflict,
    nearest,
)


def test_a_fault_says_where_what_and_how_to_mend() -> None:
    """In one line."""
    assert (
        str(Fault("f.yaml:3", "is 1.5", "0 to 1 is needed", "Change it."))
        == "f.yaml:3 is 1.5; 0 to 1 is needed. Change it."
    )
    assert str(Fault("X", "is unknown")) == "X is unknown."


@pytest.mark.parametrize("kind", [ConfigError, SettingsConflict, PolicyError])
def test_all_faults_stand_in_the_text(kind: type[ConfigError]) -> None:
    """With their number."""
    error = kind([Fault("a", "is b"), Fault("c", "is d")])

    assert str(error) == "2 faults:\n  - a is b.\n  - c is d."
    assert str(kind([Fault("a", "is b")])).startswith("1 fault:")
    assert [fault.where for fault in error.faults] == ["a", "c"]


@pytest.mark.parametrize("kind", [ConfigError, SettingsConflict, PolicyError, ForeignProviders, MissingExtra])
def test_everything_is_an_otel_kit_error(kind: type[Exception]) -> None:
    """One except clause catches them all; a conflict of settings is a settings error."""
    assert issubclass(kind, OtelKitError)
    assert issubclass(SettingsConflict, ConfigError)


def test_a_missing_extra_names_the_command() -> None:
    """Ready to be copied."""
    error = MissingExtra("OTLP over gRPC", "grpc", "grpcio")

    assert (error.extra, str(error)) == (
        "grpc", "OTLP over gRPC needs the package grpcio. Install it with: pip install 'otel-kit[grpc]'"
    )  # fmt: skip


def test_the_nearest_name_is_near() -> None:
    """Or none."""
    assert (nearest("servce.name", ["service.name", "trust"]), nearest("xyz", ["service.name"])) == (
        "service.name",
        None,
    )
