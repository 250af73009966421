"""Every name otel-kit emits: OpenTelemetry's own where one exists, else one that starts with ``otel_kit.``.

Nothing else in the package writes an attribute, metric or event name as a literal. Names marked *later* belong to
features that are not there yet; they stand here so that dashboards and rules can be laid once.
"""

from __future__ import annotations

from typing import Final

# --- OpenTelemetry semantic conventions 1.44 (stable names) -----------------------------------------------------
SCHEMA_URL: Final = "https://opentelemetry.io/schemas/1.44.0"

SERVICE_NAME: Final = "service.name"
SERVICE_NAMESPACE: Final = "service.namespace"
SERVICE_VERSION: Final = "service.version"
SERVICE_INSTANCE_ID: Final = "service.instance.id"
DEPLOYMENT_ENVIRONMENT_NAME: Final = "deployment.environment.name"
HOST_NAME: Final = "host.name"
HOST_ARCH: Final = "host.arch"
OS_TYPE: Final = "os.type"
PROCESS_PID: Final = "process.pid"
PROCESS_RUNTIME_NAME: Final = "process.runtime.name"
PROCESS_RUNTIME_VERSION: Final = "process.runtime.version"
TELEMETRY_SDK_LANGUAGE: Final = "telemetry.sdk.language"
TELEMETRY_SDK_NAME: Final = "telemetry.sdk.name"
TELEMETRY_SDK_VERSION: Final = "telemetry.sdk.version"
TELEMETRY_DISTRO_NAME: Final = "telemetry.distro.name"
TELEMETRY_DISTRO_VERSION: Final = "telemetry.distro.version"

HTTP_REQUEST_METHOD: Final = "http.request.method"
HTTP_REQUEST_METHOD_ORIGINAL: Final = "http.request.method_original"
HTTP_RESPONSE_STATUS_CODE: Final = "http.response.status_code"
HTTP_RESPONSE_BODY_SIZE: Final = "http.response.body.size"
HTTP_ROUTE: Final = "http.route"
URL_SCHEME: Final = "url.scheme"
URL_PATH: Final = "url.path"
URL_QUERY: Final = "url.query"
URL_FULL: Final = "url.full"
SERVER_ADDRESS: Final = "server.address"
SERVER_PORT: Final = "server.port"
CLIENT_ADDRESS: Final = "client.address"
CLIENT_PORT: Final = "client.port"
NETWORK_PROTOCOL_NAME: Final = "network.protocol.name"
NETWORK_PROTOCOL_VERSION: Final = "network.protocol.version"
NETWORK_PEER_ADDRESS: Final = "network.peer.address"
NETWORK_PEER_PORT: Final = "network.peer.port"
USER_AGENT_ORIGINAL: Final = "user_agent.original"
ERROR_TYPE: Final = "error.type"
EXCEPTION_EVENT: Final = "exception"
EXCEPTION_TYPE: Final = "exception.type"
EXCEPTION_MESSAGE: Final = "exception.message"
EXCEPTION_STACKTRACE: Final = "exception.stacktrace"
CODE_FILE_PATH: Final = "code.file.path"
CODE_FUNCTION_NAME: Final = "code.function.name"
CODE_LINE_NUMBER: Final = "code.line.number"
THREAD_NAME: Final = "thread.name"
USER_ID: Final = "user.id"
SESSION_ID: Final = "session.id"
DB_QUERY_TEXT: Final = "db.query.text"

HTTP_SERVER_REQUEST_DURATION: Final = "http.server.request.duration"
HTTP_SERVER_ACTIVE_REQUESTS: Final = "http.server.active_requests"
HTTP_CLIENT_REQUEST_DURATION: Final = "http.client.request.duration"
# Boundaries that the conventions give for every HTTP duration histogram, seconds.
HTTP_DURATION_BOUNDARIES: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)

# Machine and process, semantic conventions "system" and "process" (units in metrics/machine.py).
SYSTEM_CPU_UTILIZATION: Final = "system.cpu.utilization"
SYSTEM_MEMORY_USAGE: Final = "system.memory.usage"
SYSTEM_MEMORY_UTILIZATION: Final = "system.memory.utilization"
SYSTEM_MEMORY_STATE: Final = "system.memory.state"
SYSTEM_FILESYSTEM_USAGE: Final = "system.filesystem.usage"
SYSTEM_FILESYSTEM_UTILIZATION: Final = "system.filesystem.utilization"
SYSTEM_FILESYSTEM_STATE: Final = "system.filesystem.state"
SYSTEM_FILESYSTEM_MOUNTPOINT: Final = "system.filesystem.mountpoint"
SYSTEM_NETWORK_IO: Final = "system.network.io"
NETWORK_IO_DIRECTION: Final = "network.io.direction"
CPU_MODE: Final = "cpu.mode"
PROCESS_CPU_TIME: Final = "process.cpu.time"
PROCESS_MEMORY_USAGE: Final = "process.memory.usage"
PROCESS_THREAD_COUNT: Final = "process.thread.count"
PROCESS_OPEN_FILE_DESCRIPTOR_COUNT: Final = "process.unix.file_descriptor.count"
PROCESS_UPTIME: Final = "process.uptime"
CPYTHON_GC_COLLECTIONS: Final = "cpython.gc.collections"
CPYTHON_GC_GENERATION: Final = "cpython.gc.generation"

# --- the kit's own ----------------------------------------------------------------------------------------------
SCOPE_NAME: Final = "otel_kit"

REQUEST_ID: Final = "otel_kit.request_id"
TENANT: Final = "otel_kit.tenant"
CLIENT_REQUEST_ID: Final = "otel_kit.client_request_id"
LOGGER_NAME: Final = "otel_kit.logger.name"
REPAIRED: Final = "otel_kit.repaired"
LINK_REASON: Final = "otel_kit.link.reason"
LINK_UNTRUSTED_PEER: Final = "untrusted_peer"

# Redaction: the mark that the encoder writes into each resource, and what was counted.
REDACTION_POLICY: Final = "otel_kit.redaction.policy"
REDACTION_HITS: Final = "otel_kit.redaction.hits"
REDACTION_REPORTED: Final = "otel_kit.redaction.reported"
REDACTION_ERRORS: Final = "otel_kit.redaction.errors"
REDACTION_RELOADS: Final = "otel_kit.redaction.reloads"
REDACTION_RULE: Final = "otel_kit.redaction.rule"
REDACTION_KEY: Final = "otel_kit.redaction.key"
REDACTION_RELOAD_OUTCOME: Final = "otel_kit.redaction.reload.outcome"

# Pipeline: one ledger, per signal. created = delivered + rejected + dropped + waiting.
SIGNAL: Final = "otel_kit.signal"
DROP_REASON: Final = "otel_kit.drop.reason"
PIPELINE_CREATED: Final = "otel_kit.pipeline.created"
PIPELINE_ENCODED: Final = "otel_kit.pipeline.encoded"
PIPELINE_DELIVERED: Final = "otel_kit.pipeline.delivered"
PIPELINE_RETRIED: Final = "otel_kit.pipeline.retried"
PIPELINE_REJECTED: Final = "otel_kit.pipeline.rejected"
PIPELINE_DROPPED: Final = "otel_kit.pipeline.dropped"
PIPELINE_WAITING: Final = "otel_kit.pipeline.waiting"
PIPELINE_QUEUE_BYTES: Final = "otel_kit.pipeline.queue.bytes"
INTERNAL_ERRORS: Final = "otel_kit.internal.errors"

# Events, tiers and health (later; reserved).
EVENT_CATEGORY: Final = "event.category"
RETENTION_TIER: Final = "retention.tier"
EVENT_CATEGORIES: Final = (
    "audit", "security", "performance", "api", "database", "business", "interaction", "system", "llm", "alert",
    "health",
)  # fmt: skip
RETENTION_TIERS: Final = ("debug", "default", "security", "audit", "interaction")
EVENT_SYSTEM_START: Final = "otel_kit.system.start"
EVENT_SYSTEM_STOP: Final = "otel_kit.system.stop"
EVENT_CONFIGURATION_CHANGE: Final = "otel_kit.configuration.change"
ALERT_ACTIVE: Final = "otel_kit.alert.active"
HEALTH_STATUS: Final = "otel_kit.health.status"
INGEST_TENANT: Final = "otel_kit.ingest.tenant"
