"""The command lines of the stack: the only place where their flags stand; docker-compose.yml is compared with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from otel_kit.stack.rendering import render

# With the variables as Compose writes them: their defaults are the paths and addresses within the containers.
FLAGS: Final[Mapping[str, tuple[str, ...]]] = {
    # Its files follow, as --config=FILE each. The gate makes archives that `zstd -dc` reads.
    "collector": ("--feature-gates=exporter.file.nativeCompression",),
    "loki": ("-config.file=${STACK_LOKI_CONFIG:-/etc/loki/loki.yaml}", "-config.expand-env=true"),
    "tempo": ("-config.file=${STACK_TEMPO_CONFIG:-/etc/tempo/tempo.yaml}", "-config.expand-env=true"),
    "prometheus": (
        "--config.file=${STACK_PROMETHEUS_CONFIG:-/etc/prometheus/prometheus.yml}",
        "--storage.tsdb.path=${STACK_PROMETHEUS_DATA:-/prometheus}",
        "--web.listen-address=${STACK_LISTEN:-0.0.0.0}:${STACK_PROMETHEUS_HTTP_PORT:-9090}",
        # Metrics come by OTLP from the Collector and by remote write from Tempo's generator.
        "--web.enable-otlp-receiver",
        "--web.enable-remote-write-receiver",
        "--enable-feature=exemplar-storage",
        # How long a stop waits for the second Prometheus; a minute is more than a container is given.
        "--storage.remote.flush-deadline=10s",
        # Rules are read again after a request to /-/reload.
        "--web.enable-lifecycle",
    ),
    "usage": (
        "--config.file=${STACK_USAGE_CONFIG:-/etc/prometheus/usage.yml}",
        "--storage.tsdb.path=${STACK_USAGE_DATA:-/prometheus}",
        "--web.listen-address=${STACK_LISTEN:-0.0.0.0}:${STACK_USAGE_HTTP_PORT:-9090}",
        "--web.enable-remote-write-receiver",
    ),
    "alertmanager": (
        "--config.file=${STACK_ALERTMANAGER_CONFIG:-/etc/alertmanager/alertmanager.yml}",
        "--storage.path=${STACK_ALERTMANAGER_DATA:-/alertmanager}",
        "--web.listen-address=${STACK_LISTEN:-0.0.0.0}:${STACK_ALERTMANAGER_HTTP_PORT:-9093}",
        # One instance: nothing to gossip with, and no port for it.
        "--cluster.listen-address=",
        # The hourly cap counts the messages of one receiver.
        "--enable-feature=receiver-name-in-metrics",
        "--log.format=json",
    ),
}


def arguments(name: str, variables: Mapping[str, str]) -> list[str]:
    """Return the arguments of that backend's command line; in a container ``variables`` is empty.

    Raises:
        ConfigError: a value cannot stand there.
    """
    return [render(flag, variables, f"the command line of {name}") for flag in FLAGS[name]]
