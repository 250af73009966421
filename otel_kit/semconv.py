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

# The resource attributes that Prometheus is told to put on every series, pushed or scraped.
PROMOTED_RESOURCE_ATTRIBUTES: Final = (
    SERVICE_NAME, SERVICE_NAMESPACE, SERVICE_VERSION, SERVICE_INSTANCE_ID, DEPLOYMENT_ENVIRONMENT_NAME,
)  # fmt: skip

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
SYSTEM_CPU_TIME: Final = "system.cpu.time"
SYSTEM_CPU_LOGICAL_COUNT: Final = "system.cpu.logical.count"
SYSTEM_MEMORY_LINUX_AVAILABLE: Final = "system.memory.linux.available"
SYSTEM_PAGING_USAGE: Final = "system.paging.usage"
SYSTEM_PAGING_UTILIZATION: Final = "system.paging.utilization"
SYSTEM_PAGING_OPERATIONS: Final = "system.paging.operations"
SYSTEM_PAGING_STATE: Final = "system.paging.state"
SYSTEM_PAGING_DIRECTION: Final = "system.paging.direction"
SYSTEM_PAGING_FAULT_TYPE: Final = "system.paging.fault.type"
SYSTEM_DEVICE: Final = "system.device"
SYSTEM_DISK_IO: Final = "system.disk.io"
SYSTEM_DISK_OPERATIONS: Final = "system.disk.operations"
SYSTEM_DISK_OPERATION_TIME: Final = "system.disk.operation_time"
SYSTEM_DISK_IO_TIME: Final = "system.disk.io_time"
SYSTEM_NETWORK_PACKET_COUNT: Final = "system.network.packet.count"
SYSTEM_NETWORK_PACKET_DROPPED: Final = "system.network.packet.dropped"
SYSTEM_NETWORK_ERRORS: Final = "system.network.errors"
SYSTEM_FILESYSTEM_TYPE: Final = "system.filesystem.type"
HOST_UPTIME: Final = "system.uptime"
DISK_IO_DIRECTION: Final = "disk.io.direction"
NETWORK_INTERFACE_NAME: Final = "network.interface.name"
PROCESS_CPU_UTILIZATION: Final = "process.cpu.utilization"
PROCESS_MEMORY_VIRTUAL: Final = "process.memory.virtual"
PROCESS_CONTEXT_SWITCHES: Final = "process.context_switches"
PROCESS_CONTEXT_SWITCH_TYPE: Final = "process.context_switch.type"
PROCESS_PAGING_FAULTS: Final = "process.paging.faults"
PROCESS_DISK_IO: Final = "process.disk.io"
PROCESS_WINDOWS_HANDLE_COUNT: Final = "process.windows.handle.count"
CPYTHON_GC_COLLECTED_OBJECTS: Final = "cpython.gc.collected_objects"
CPYTHON_GC_UNCOLLECTABLE_OBJECTS: Final = "cpython.gc.uncollectable_objects"
CONTAINER_MEMORY_USAGE: Final = "container.memory.usage"
CONTAINER_CPU_TIME: Final = "container.cpu.time"
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

# Logs: how many there were, what was left out at the source, and what the sinks beside OTLP did.
LOG_RECORDS: Final = "otel_kit.log.records"
LOG_SUPPRESSED: Final = "otel_kit.log.suppressed"
LOG_SUPPRESSED_COUNT: Final = "otel_kit.log.suppressed.count"
LOG_SEVERITY: Final = "otel_kit.log.severity"
LOG_SUPPRESSED_REASON: Final = "otel_kit.log.suppressed.reason"
LOG_TEMPLATE: Final = "otel_kit.log.template"
LOG_ARGUMENTS: Final = "otel_kit.log.arguments"
WARNING_CATEGORY: Final = "otel_kit.warning.category"
SINK: Final = "otel_kit.sink"
SINK_WRITTEN: Final = "otel_kit.sink.written"
SINK_DROPPED: Final = "otel_kit.sink.dropped"
LOG_FILE_SIZE: Final = "otel_kit.log.file.size"
LOG_FILE_ROTATIONS: Final = "otel_kit.log.file.rotations"

# Events: every one has a name, a category, a retention tier and a severity.
EVENT_NAME: Final = "event.name"
EVENT_CATEGORY: Final = "event.category"
RETENTION_TIER: Final = "retention.tier"
EVENT_OUTCOME: Final = "event.outcome"
EVENT_CATEGORIES: Final = (
    "audit", "security", "performance", "api", "database", "business", "interaction", "system", "llm", "alert",
    "health",
)  # fmt: skip
RETENTION_TIERS: Final = ("debug", "default", "security", "audit", "interaction", "anonymised")
EVENTS_EMITTED: Final = "otel_kit.events"
EVENT_FAULTS: Final = "otel_kit.event.faults"
EVENT_AUDIT: Final = "otel_kit.audit"
EVENT_SECURITY: Final = "otel_kit.security"
EVENT_PERFORMANCE: Final = "otel_kit.performance"
EVENT_API: Final = "otel_kit.api"
EVENT_DATABASE: Final = "otel_kit.database"
EVENT_BUSINESS: Final = "otel_kit.business"
EVENT_INTERACTION: Final = "otel_kit.interaction"
EVENT_SYSTEM: Final = "otel_kit.system"
EVENT_LLM: Final = "otel_kit.llm"
EVENT_SYSTEM_START: Final = "otel_kit.system.start"
EVENT_SYSTEM_STOP: Final = "otel_kit.system.stop"
EVENT_SYSTEM_MIGRATION: Final = "otel_kit.system.migration"
EVENT_CONFIGURATION_CHANGE: Final = "otel_kit.configuration.change"

# Fields of the shipped events; what the conventions have a name for is under theirs.
AUDIT_ACTION: Final = "otel_kit.audit.action"
AUDIT_ACTOR_TYPE: Final = "otel_kit.audit.actor_type"
AUDIT_TARGET: Final = "otel_kit.audit.target"
AUDIT_TARGET_TYPE: Final = "otel_kit.audit.target_type"
AUDIT_REASON: Final = "otel_kit.audit.reason"
AUDIT_CHANGED: Final = "otel_kit.audit.changed"
AUDIT_BEFORE: Final = "otel_kit.audit.before"
AUDIT_AFTER: Final = "otel_kit.audit.after"
SECURITY_KIND: Final = "otel_kit.security.kind"
SECURITY_SEVERITY: Final = "otel_kit.security.severity"
SECURITY_METHOD: Final = "otel_kit.security.method"
SECURITY_TARGET: Final = "otel_kit.security.target"
SECURITY_REASON: Final = "otel_kit.security.reason"
SECURITY_ATTEMPTS: Final = "otel_kit.security.attempts"
SECURITY_BLOCKED: Final = "otel_kit.security.blocked"
PERFORMANCE_OPERATION: Final = "otel_kit.performance.operation"
PERFORMANCE_COMPONENT: Final = "otel_kit.performance.component"
PERFORMANCE_DURATION: Final = "otel_kit.performance.duration"
PERFORMANCE_THRESHOLD: Final = "otel_kit.performance.threshold"
PERFORMANCE_EXCEEDED: Final = "otel_kit.performance.exceeded"
PERFORMANCE_ITEMS: Final = "otel_kit.performance.items"
PERFORMANCE_CPU_TIME: Final = "otel_kit.performance.cpu_time"
PERFORMANCE_MEMORY: Final = "otel_kit.performance.memory"
API_DIRECTION: Final = "otel_kit.api.direction"
API_PROVIDER: Final = "otel_kit.api.provider"
API_DURATION: Final = "otel_kit.api.duration"
API_VERSION: Final = "otel_kit.api.version"
API_CACHED: Final = "otel_kit.api.cached"
API_QUOTA_LEFT: Final = "otel_kit.api.quota.left"
HTTP_REQUEST_BODY_SIZE: Final = "http.request.body.size"
HTTP_REQUEST_RESEND_COUNT: Final = "http.request.resend_count"
DB_SYSTEM_NAME: Final = "db.system.name"
DB_NAMESPACE: Final = "db.namespace"
DB_COLLECTION_NAME: Final = "db.collection.name"
DB_OPERATION_NAME: Final = "db.operation.name"
DB_RESPONSE_STATUS_CODE: Final = "db.response.status_code"
DB_RESPONSE_RETURNED_ROWS: Final = "db.response.returned_rows"
DATABASE_DURATION: Final = "otel_kit.database.duration"
DATABASE_THRESHOLD: Final = "otel_kit.database.threshold"
DATABASE_ROWS_CHANGED: Final = "otel_kit.database.rows_changed"
BUSINESS_NAME: Final = "otel_kit.business.name"
BUSINESS_ENTITY: Final = "otel_kit.business.entity"
BUSINESS_ENTITY_ID: Final = "otel_kit.business.entity_id"
BUSINESS_AMOUNT: Final = "otel_kit.business.amount"
BUSINESS_CURRENCY: Final = "otel_kit.business.currency"
BUSINESS_QUANTITY: Final = "otel_kit.business.quantity"
BUSINESS_STEP: Final = "otel_kit.business.step"
BUSINESS_REASON: Final = "otel_kit.business.reason"
INTERACTION_ID: Final = "otel_kit.interaction.id"
INTERACTION_SERVICE: Final = "otel_kit.interaction.service"
INTERACTION_INPUT_TEXT: Final = "otel_kit.interaction.input.text"
INTERACTION_INPUT_REFERENCE: Final = "otel_kit.interaction.input.reference"
INTERACTION_INPUT_LENGTH: Final = "otel_kit.interaction.input.length"
INTERACTION_REPLY_TEXT: Final = "otel_kit.interaction.reply.text"
INTERACTION_REPLY_REFERENCE: Final = "otel_kit.interaction.reply.reference"
INTERACTION_REPLY_LENGTH: Final = "otel_kit.interaction.reply.length"
INTERACTION_CACHED: Final = "otel_kit.interaction.cached"
INTERACTION_INTENT: Final = "otel_kit.interaction.intent"
INTERACTION_CONFIDENCE: Final = "otel_kit.interaction.confidence"
INTERACTION_CORRECTION_OF: Final = "otel_kit.interaction.correction_of"
INTERACTION_CONSENT: Final = "otel_kit.interaction.consent"
INTERACTION_LATENCY: Final = "otel_kit.interaction.latency"
INTERACTION_LANGUAGE: Final = "otel_kit.interaction.language"
INTERACTION_CHANNEL: Final = "otel_kit.interaction.channel"
SYSTEM_NAME: Final = "otel_kit.system.name"
SYSTEM_COMPONENT: Final = "otel_kit.system.component"
SYSTEM_REASON: Final = "otel_kit.system.reason"
SYSTEM_DURATION: Final = "otel_kit.system.duration"
SYSTEM_UPTIME: Final = "otel_kit.system.uptime"
SYSTEM_SLOT: Final = "otel_kit.system.slot"
MIGRATION_NAME: Final = "otel_kit.migration.name"
MIGRATION_FROM: Final = "otel_kit.migration.from"
MIGRATION_TO: Final = "otel_kit.migration.to"
CONFIGURATION_KEYS: Final = "otel_kit.configuration.keys"
CONFIGURATION_BY: Final = "otel_kit.configuration.by"

# Alerts that the application raises: an event on each change, and a gauge that is 1 while one is active.
EVENT_ALERT_RAISED: Final = "otel_kit.alert.raised"
EVENT_ALERT_RESOLVED: Final = "otel_kit.alert.resolved"
ALERT_ACTIVE: Final = "otel_kit.alert.active"
ALERT_NAME: Final = "otel_kit.alert.name"
ALERT_SEVERITY: Final = "otel_kit.alert.severity"
ALERT_REASON: Final = "otel_kit.alert.reason"
ALERTS_RAISED: Final = "otel_kit.alerts.raised"
ALERTS_SUPPRESSED: Final = "otel_kit.alerts.suppressed"
ALERT_SUPPRESSED_COUNT: Final = "otel_kit.alert.suppressed.count"
ALERT_SUPPRESSED_REASON: Final = "otel_kit.alert.suppressed.reason"
ALERT_DURATION: Final = "otel_kit.alert.duration"

# What people do about alerts of the stack (`otel-kit alerts`), and Alertmanager's notifications in its history.
EVENT_ALERT_ACKNOWLEDGED: Final = "otel_kit.alert.acknowledged"
EVENT_ALERT_SILENCED: Final = "otel_kit.alert.silenced"
EVENT_ALERT_UNSILENCED: Final = "otel_kit.alert.unsilenced"
EVENT_ALERT_NOTIFIED: Final = "otel_kit.alert.notified"
ALERT_SERVICE: Final = "otel_kit.alert.service"
ALERT_STATUS: Final = "otel_kit.alert.status"
ALERT_RECEIVER: Final = "otel_kit.alert.receiver"
ALERT_COUNT: Final = "otel_kit.alert.count"
ALERT_UNTIL: Final = "otel_kit.alert.until"
ALERT_SILENCE: Final = "otel_kit.alert.silence"

# LLM usage: semantic conventions of generative AI (a repository of their own), cost is the kit's.
GEN_AI_OPERATION_NAME: Final = "gen_ai.operation.name"
GEN_AI_PROVIDER_NAME: Final = "gen_ai.provider.name"
GEN_AI_REQUEST_MODEL: Final = "gen_ai.request.model"
GEN_AI_RESPONSE_MODEL: Final = "gen_ai.response.model"
GEN_AI_RESPONSE_ID: Final = "gen_ai.response.id"
GEN_AI_RESPONSE_FINISH_REASONS: Final = "gen_ai.response.finish_reasons"
GEN_AI_USAGE_INPUT_TOKENS: Final = "gen_ai.usage.input_tokens"
GEN_AI_USAGE_OUTPUT_TOKENS: Final = "gen_ai.usage.output_tokens"
GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS: Final = "gen_ai.usage.cache_read.input_tokens"
GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS: Final = "gen_ai.usage.cache_creation.input_tokens"
GEN_AI_USAGE_REASONING_OUTPUT_TOKENS: Final = "gen_ai.usage.reasoning.output_tokens"
GEN_AI_TOKEN_TYPE: Final = "gen_ai.token.type"
GEN_AI_INPUT_MESSAGES: Final = "gen_ai.input.messages"
GEN_AI_OUTPUT_MESSAGES: Final = "gen_ai.output.messages"
GEN_AI_CLIENT_TOKEN_USAGE: Final = "gen_ai.client.token.usage"
GEN_AI_CLIENT_OPERATION_DURATION: Final = "gen_ai.client.operation.duration"
GEN_AI_CLIENT_TIME_TO_FIRST_CHUNK: Final = "gen_ai.client.operation.time_to_first_chunk"
GEN_AI_REQUEST_STREAM: Final = "gen_ai.request.stream"
GEN_AI_REQUEST_MAX_TOKENS: Final = "gen_ai.request.max_tokens"
GEN_AI_REQUEST_TEMPERATURE: Final = "gen_ai.request.temperature"
GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK: Final = "gen_ai.response.time_to_first_chunk"
GEN_AI_CONVERSATION_ID: Final = "gen_ai.conversation.id"
# Boundaries that the conventions give for these histograms: tokens, and seconds.
GEN_AI_TOKEN_BOUNDARIES: Final = (
    1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864,
)  # fmt: skip
GEN_AI_DURATION_BOUNDARIES: Final = (
    0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
)  # fmt: skip
LLM_COST: Final = "otel_kit.llm.cost"
LLM_COST_UNKNOWN: Final = "otel_kit.llm.cost.unknown"
LLM_COST_STATUS: Final = "otel_kit.llm.cost.status"
LLM_PRICES_VERSION: Final = "otel_kit.llm.prices.version"
LLM_TOOL_CALLS: Final = "otel_kit.llm.tool_calls"
LLM_TOOL_NAMES: Final = "otel_kit.llm.tool_names"
LLM_ERROR_KIND: Final = "otel_kit.llm.error.kind"
LLM_SERVICE_TIER: Final = "otel_kit.llm.service_tier"
LLM_LEFT_EARLY: Final = "otel_kit.llm.left_early"
# Tokens that the conventions' figures hold already: of the input read from or written to a cache, of the output
# spent on reasoning. A metric of its own, since a further token type in the conventions' would count them twice.
LLM_TOKEN_PARTS: Final = "otel_kit.llm.token.parts"
LLM_TOKEN_PART: Final = "otel_kit.llm.token.part"
LLM_USAGE_FAULTS: Final = "otel_kit.llm.usage.faults"
LLM_USAGE_FAULT_REASON: Final = "otel_kit.llm.usage.fault.reason"
FEATURE: Final = "otel_kit.feature"

# Of the machine, what the conventions have no name for.
SYSTEM_LOAD_AVERAGE: Final = "otel_kit.system.load_average"
SYSTEM_LOAD_WINDOW: Final = "otel_kit.system.load_average.window"
PROCESS_FILE_DESCRIPTOR_LIMIT: Final = "otel_kit.process.file_descriptor.limit"
CONTAINER_MEMORY_LIMIT: Final = "otel_kit.container.memory.limit"
CONTAINER_CPU_LIMIT: Final = "otel_kit.container.cpu.limit"
CONTAINER_CPU_THROTTLED: Final = "otel_kit.container.cpu.throttled_time"

# Functions that are measured by a decorator, and the guard over the number of series.
FUNCTION_DURATION: Final = "otel_kit.function.duration"
FUNCTION_ERRORS: Final = "otel_kit.function.errors"
FUNCTION_ARGUMENT: Final = "otel_kit.function.argument"  # and the parameter's name
# From what a call in memory takes to what an outside service does, seconds.
FUNCTION_DURATION_BOUNDARIES: Final = (
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0,
)  # fmt: skip
SERIES_CUT: Final = "otel_kit.metric.values.cut"
INSTRUMENT: Final = "otel_kit.metric.instrument"
ATTRIBUTE: Final = "otel_kit.metric.attribute"
OTHER: Final = "_OTHER"  # what the conventions write for a value out of a set that is closed
OLD_HTTP_TARGET: Final = "http.target"
# Attributes whose values clients choose: the present names, those of the conventions before 1.23 that instrumentations
# still emit, and the bare words that applications write. On metrics of outgoing calls the application chooses them.
CLIENT_CHOSEN: Final = frozenset({
    SERVER_ADDRESS, SERVER_PORT, CLIENT_ADDRESS, CLIENT_PORT, NETWORK_PEER_ADDRESS, NETWORK_PEER_PORT,
    URL_PATH, URL_QUERY, URL_FULL, "url.domain", "url.fragment", "url.original", "url.subdomain",
    HTTP_REQUEST_METHOD_ORIGINAL, REQUEST_ID, CLIENT_REQUEST_ID, "source.address", "source.port",
    "tls.client.server_name",
    "http.host", OLD_HTTP_TARGET, "http.url", "http.user_agent", "http.server_name", "http.client_ip", "http.referer",
    "net.host.name", "net.host.port", "net.peer.ip", "net.peer.name", "net.peer.port", "net.sock.peer.addr",
    "net.sock.peer.name", "net.sock.peer.port",
    "host", "path", "url", "uri", "query", "user_agent", "referer", "ip", "client_ip", "remote_addr", "remote_ip",
})  # fmt: skip
CLIENT_CHOSEN_PREFIXES: Final = ("user_agent.", "http.request.header.", "url.query.")

# Health: 1 up, 0.5 degraded, 0 down, per check; without a unit, or Prometheus would call it a ratio.
EVENT_HEALTH_CHANGE: Final = "otel_kit.health.change"
HEALTH_STATUS: Final = "otel_kit.health.status"
HEALTH_DURATION: Final = "otel_kit.health.duration"
HEALTH_CHECK: Final = "otel_kit.health.check"
HEALTH_CRITICAL: Final = "otel_kit.health.critical"
HEALTH_STATUS_BEFORE: Final = "otel_kit.health.status.before"
HEALTH_STATUS_AFTER: Final = "otel_kit.health.status.after"
WEBSOCKET_CONNECTIONS: Final = "otel_kit.websocket.connections"

# Later: written by the Collector, reserved here.
INGEST_TENANT: Final = "otel_kit.ingest.tenant"
