"""Alembic, run in this process: each step that it applies is an event, without a line in ``env.py``."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import StartKit
from tests.otlp_sink import OtlpSink

_ENV = """
from alembic import context
from sqlalchemy import create_engine

engine = create_engine(context.config.get_main_option("sqlalchemy.url"))
with engine.connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""
_STEP = """
from alembic import op

revision, down_revision, branch_labels, depends_on = {revision!r}, {before!r}, None, None


def upgrade():
    op.execute({statement!r})


def downgrade():
    op.execute("drop table users")
"""


def test_each_step_that_alembic_applies_is_an_event(otlp: OtlpSink, kit: StartKit, tmp_path: Path) -> None:
    """Both ways; a step that fails is not told as applied, and its error reaches the caller."""
    command = pytest.importorskip("alembic.command", reason="not run: Alembic is not installed")
    config = pytest.importorskip("alembic.config").Config()
    config.set_main_option("script_location", str(tmp_path))
    config.set_main_option("sqlalchemy.url", f"sqlite:///{tmp_path}/app.db")
    versions = tmp_path / "versions"
    versions.mkdir()
    (tmp_path / "env.py").write_text(_ENV)
    for revision, before, statement in (
        ("a1", None, "create table orders (id int)"),
        ("b2", "a1", "create table users (id int)"),
        ("c3", "b2", "no statement at all"),
    ):
        (versions / f"{revision}.py").write_text(_STEP.format(revision=revision, before=before, statement=statement))
    running = kit(settings={"events.lifecycle": True})

    command.upgrade(config, "b2")
    command.downgrade(config, "a1")
    with pytest.raises(Exception, match="no statement"):
        command.upgrade(config, "c3")
    running.flush()

    told = [log for log in otlp.logs() if log.event_name == "otel_kit.system.migration"]
    steps = [
        (log.attributes.get("otel_kit.migration.from"), log.attributes.get("otel_kit.migration.to")) for log in told
    ]
    assert steps == [(None, "a1"), ("a1", "b2"), ("b2", "a1"), ("a1", "b2")]
    assert {log.attributes["event.category"] for log in told} == {"system"}
