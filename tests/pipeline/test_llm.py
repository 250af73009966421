"""Calls of language models, by the real client libraries over HTTP: what of them arrives, and that nothing breaks."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from pathlib import Path
from typing import Any

import anthropic
import openai
import pytest

import otel_kit
from otel_kit import semconv
from otel_kit.errors import EventError
from otel_kit.events.llm import instruments
from otel_kit.events.llm.in_force import in_force
from tests.conditions import eventually
from tests.conftest import StartKit
from tests.otlp_sink import Log, OtlpSink, Point, Span
from tests.pipeline.llm_server import LlmServer

_PROMPT = "Mail jane.roe@example.com, key sk-proj-abcdefghijklmnopqrstuvwxyz0123456789abcdefghijkl"
_ASK: Any = [{"role": "user", "content": _PROMPT}]
_TOOLS: Any = [
    {"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}}}
]
_GPT: dict[str, Any] = {"provider": "openai", "model": "gpt-4o-mini"}
_CLAUDE: dict[str, Any] = {"provider": "anthropic", "model": "claude-sonnet-5"}
_WITH_USAGE: dict[str, Any] = {"stream": True, "stream_options": {"include_usage": True}}
# By hand: 400 * 0.15 + 600 * 0.075 + 250 * 0.60 millionths of a dollar.
_GPT_COST = 0.000255
# 300 * 2 + 600 * 0.20 + 100 * 2.50 + 250 * 10.
_CLAUDE_COST = 0.00347


@pytest.fixture
def server() -> Iterator[LlmServer]:
    """A stand-in for the providers."""
    made = LlmServer()
    yield made
    made.stop()


def _openai(server: LlmServer, **more: Any) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{server.url}/v1", api_key="k", max_retries=0, **more)


def _anthropic(server: LlmServer) -> anthropic.Anthropic:
    return anthropic.Anthropic(base_url=server.url, api_key="k", max_retries=0)


def _async_openai(server: LlmServer) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=f"{server.url}/v1", api_key="k", max_retries=0)


def _chat(call: Any, server: LlmServer) -> None:
    with _openai(server) as client:
        call.read(client.chat.completions.create(model="gpt-4o-mini", messages=_ASK, tools=_TOOLS))


def _chat_stream(call: Any, server: LlmServer) -> None:
    with _openai(server) as client:
        stream = client.chat.completions.create(model="gpt-4o-mini", messages=_ASK, tools=_TOOLS, **_WITH_USAGE)
        assert len(list(call.stream(stream))) == 5


def _chat_helper(call: Any, server: LlmServer) -> None:
    more: Any = {"stream_options": {"include_usage": True}}
    tools: Any = [{**_TOOLS[0], "function": {**_TOOLS[0]["function"], "strict": True}}]
    with (
        _openai(server) as client,
        client.chat.completions.stream(model="gpt-4o-mini", messages=_ASK, tools=tools, **more) as stream,
    ):
        assert [event for event in call.stream(stream) if event.type == "chunk"]


def _chat_helper_read(call: Any, server: LlmServer) -> None:
    """The stream is read past the kit, and its result handed over; what comes twice counts once."""
    _chat_helper(call, server)
    with _openai(server) as client:
        call.read(client.chat.completions.create(model="gpt-4o-mini", messages=_ASK, tools=_TOOLS))


def _responses(call: Any, server: LlmServer) -> None:
    with _openai(server) as client:
        call.read(client.responses.create(model="gpt-4o-mini", input=_PROMPT))


def _responses_stream(call: Any, server: LlmServer) -> None:
    with _openai(server) as client:
        list(call.stream(client.responses.create(model="gpt-4o-mini", input=_PROMPT, stream=True)))


def _raw_json(call: Any, server: LlmServer) -> None:
    """As a server that speaks OpenAI's language answers somebody without a library."""
    with _openai(server) as client:
        raw = client.chat.completions.with_raw_response.create(model="gpt-4o-mini", messages=_ASK, tools=_TOOLS)
        call.read(raw.content)


def _message(call: Any, server: LlmServer) -> None:
    with _anthropic(server) as client:
        call.read(client.messages.create(model="claude-sonnet-5", max_tokens=500, messages=_ASK))


def _message_stream(call: Any, server: LlmServer) -> None:
    with _anthropic(server) as client:
        stream = client.messages.create(model="claude-sonnet-5", max_tokens=500, messages=_ASK, stream=True)
        list(call.stream(stream))


def _message_helper(call: Any, server: LlmServer) -> None:
    with (
        _anthropic(server) as client,
        client.messages.stream(model="claude-sonnet-5", max_tokens=500, messages=_ASK) as stream,
    ):
        list(call.stream(stream))


def _message_final(call: Any, server: LlmServer) -> None:
    """Only the texts are streamed, the message at the end is handed over."""
    with (
        _anthropic(server) as client,
        client.messages.stream(model="claude-sonnet-5", max_tokens=500, messages=_ASK) as stream,
    ):
        assert "".join(stream.text_stream)
        call.read(stream.get_final_message())


def _message_texts(call: Any, server: LlmServer) -> None:
    """The stream of texts passes through, the message at the end has the figures."""
    with (
        _anthropic(server) as client,
        client.messages.stream(model="claude-sonnet-5", max_tokens=500, messages=_ASK) as stream,
    ):
        assert "".join(call.stream(stream.text_stream))
        call.read(stream.get_final_message())


def _of_async(work: Callable[[Any, LlmServer], Coroutine[Any, Any, None]]) -> Callable[[Any, LlmServer], None]:
    def run(call: Any, server: LlmServer) -> None:
        asyncio.run(work(call, server))

    return run


async def _async_chat_stream(call: Any, server: LlmServer) -> None:
    async with _async_openai(server) as client:
        stream = await client.chat.completions.create(model="gpt-4o-mini", messages=_ASK, tools=_TOOLS, **_WITH_USAGE)
        assert len([chunk async for chunk in call.stream(stream)]) == 5


async def _async_message_helper(call: Any, server: LlmServer) -> None:
    async with (
        anthropic.AsyncAnthropic(base_url=server.url, api_key="k", max_retries=0) as client,
        client.messages.stream(model="claude-sonnet-5", max_tokens=500, messages=_ASK) as stream,
    ):
        assert [event async for event in call.stream(stream)]


_WAYS: list[tuple[dict[str, Any], Callable[[Any, LlmServer], None], list[str], bool]] = [
    (_GPT, _chat, ["tool_calls"], False),
    (_GPT, _chat_stream, ["tool_calls"], True),
    (_GPT, _chat_helper, ["tool_calls"], True),
    (_GPT, _chat_helper_read, ["tool_calls"], True),
    (_GPT, _of_async(_async_chat_stream), ["tool_calls"], True),
    (_GPT, _responses, ["completed"], False),
    (_GPT, _responses_stream, ["completed"], True),
    (_GPT, _raw_json, ["tool_calls"], False),
    (_CLAUDE, _message, ["tool_use"], False),
    (_CLAUDE, _message_stream, ["tool_use"], True),
    (_CLAUDE, _message_helper, ["tool_use"], True),
    (_CLAUDE, _message_final, ["tool_use"], False),
    (_CLAUDE, _message_texts, ["tool_use"], True),
    (_CLAUDE, _of_async(_async_message_helper), ["tool_use"], True),
]


@pytest.mark.parametrize(("asked", "make", "reasons", "streamed"), _WAYS)
def test_every_way_of_calling_says_the_same(
    kit: StartKit, otlp: OtlpSink, server: LlmServer, asked: Any, make: Any, reasons: list[str], streamed: bool
) -> None:
    """One span, one event, the conventions' metrics: tokens, cost, reasons, tools; chunks pass through."""
    running = kit()
    with otel_kit.event.llm(**asked, feature="support", tenant="acme") as call:
        make(call, server)
    running.flush()

    span, event = _one_span(otlp), _one_event(otlp)
    is_gpt = asked is _GPT
    wanted = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": asked["provider"],
        "gen_ai.request.model": asked["model"],
        "gen_ai.response.model": "gpt-4o-mini-2024-07-18" if is_gpt else "claude-sonnet-5",
        "gen_ai.response.finish_reasons": reasons,
        "gen_ai.usage.input_tokens": 1000,
        "gen_ai.usage.output_tokens": 250,
        "gen_ai.usage.cache_read.input_tokens": 600,
        "otel_kit.llm.tool_calls": 1,
        "otel_kit.llm.tool_names": ["weather"],
        "otel_kit.llm.cost": _GPT_COST if is_gpt else _CLAUDE_COST,
        "otel_kit.llm.cost.status": "known",
        "otel_kit.feature": "support",
        "otel_kit.tenant": "acme",
    }
    assert (span.name, span.kind, span.status) == (f"chat {asked['model']}", "CLIENT", "UNSET")
    assert {name: span.attributes.get(name) for name in wanted} == wanted
    assert {name: event.attributes.get(name) for name in wanted} == wanted
    assert span.attributes.get("gen_ai.request.stream") is (True if streamed else None)
    assert ("gen_ai.response.time_to_first_chunk" in span.attributes) is streamed
    assert (event.trace_id, event.span_id) == (span.trace_id, span.span_id)
    assert (event.attributes["event.category"], event.attributes["event.outcome"]) == ("llm", "success")
    labels = {name: wanted[name] for name in list(wanted)[:3]} | {
        "otel_kit.feature": "support", "otel_kit.tenant": "acme",
    }  # fmt: skip
    tokens = {point.attributes["gen_ai.token.type"]: point for point in otlp.latest("gen_ai.client.token.usage")}
    assert {kind: point.value for kind, point in tokens.items()} == {"input": 1000, "output": 250}
    assert tokens["input"].attributes == {**labels, "gen_ai.token.type": "input"}
    assert tokens["input"].bounds == semconv.GEN_AI_TOKEN_BOUNDARIES
    assert tokens["input"].unit == "{token}"
    (duration,) = otlp.latest("gen_ai.client.operation.duration")
    assert (duration.unit, duration.count, duration.attributes) == ("s", 1, labels)
    assert duration.bounds == semconv.GEN_AI_DURATION_BOUNDARIES
    assert len(otlp.latest("gen_ai.client.operation.time_to_first_chunk")) == streamed
    (cost,) = otlp.latest("otel_kit.llm.cost")
    assert (cost.value, cost.attributes) == (wanted["otel_kit.llm.cost"], labels)
    assert not otlp.latest("otel_kit.llm.cost.unknown")
    assert not otlp.latest("otel_kit.llm.usage.faults")
    assert b"example.com" not in otlp.bodies()  # neither prompt nor answer nor arguments


def test_embeddings_put_out_nothing(kit: StartKit, otlp: OtlpSink, server: LlmServer) -> None:
    """Their cost is known all the same."""
    running = kit()
    asked: dict[str, Any] = {"provider": "openai", "model": "text-embedding-3-small", "operation": "embeddings"}
    with otel_kit.event.llm(**asked) as call, _openai(server) as client:
        call.read(client.embeddings.create(model="text-embedding-3-small", input="x", encoding_format="float"))
    running.flush()

    span = _one_span(otlp)
    assert span.name == "embeddings text-embedding-3-small"
    assert span.attributes["gen_ai.usage.input_tokens"] == 8
    assert "gen_ai.usage.output_tokens" not in span.attributes
    assert span.attributes["otel_kit.llm.cost"] == 1.6e-7
    assert [point.attributes["gen_ai.token.type"] for point in otlp.latest("gen_ai.client.token.usage")] == ["input"]


@pytest.mark.parametrize("make", [_chat, _chat_stream, _message, _message_stream])
def test_content_is_there_when_it_is_asked_for_and_redacted(
    kit: StartKit, otlp: OtlpSink, server: LlmServer, make: Any
) -> None:
    """On the event, as structure, so that names in it count; kept as interactions are; not on the span."""
    running = kit(settings={"llm.content": True})
    asked = _GPT if make in (_chat, _chat_stream) else _CLAUDE
    with otel_kit.event.llm(**asked, messages=_ASK) as call:
        make(call, server)
    running.flush()

    event = _one_event(otlp)
    (asks,) = event.attributes["gen_ai.input.messages"]
    (answer,) = event.attributes["gen_ai.output.messages"]
    assert asks == {
        "role": "user",
        "parts": [{"type": "text", "content": "Mail j***@example.com, key [REDACTED:openai_key]"}],
    }
    assert answer["finish_reason"] in ("tool_calls", "tool_use")
    (arguments,) = [part["arguments"] for part in answer["parts"] if part["type"] == "tool_call"]
    assert arguments == {"city": "Rome", "email": "j***@example.com"}
    texts = [part["content"] for part in answer["parts"] if part["type"] == "text"]
    assert texts == ([] if asked is _GPT else ["Write to j***@example.com"])
    assert event.attributes["retention.tier"] == "interaction"
    assert not [name for name in _one_span(otlp).attributes if "messages" in name]
    for secret in (b"jane.roe", b"joe.doe", b"sk-proj"):
        assert secret not in otlp.bodies()


@pytest.mark.parametrize(("value", "is_on"), [("true", True), ("SPAN_AND_EVENT", True), ("NO_CONTENT", False)])
def test_the_standard_variable_switches_content(
    kit: StartKit, monkeypatch: pytest.MonkeyPatch, value: str, is_on: bool
) -> None:
    """In both of the forms that OpenTelemetry's own instrumentations take; a reload switches it, too."""
    monkeypatch.setenv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", value)
    running = kit()
    assert running.settings.llm.content is is_on
    running.reload({"llm.content": False})
    assert in_force().content is False


@pytest.mark.parametrize(
    ("asked", "error", "kind"),
    [
        ({"provider": "openai", "model": "limited"}, openai.RateLimitError, "rate_limit"),
        ({"provider": "openai", "model": "hangs"}, openai.APITimeoutError, "timeout"),
        ({"provider": "openai", "model": "breaks"}, openai.APIConnectionError, "connection"),
        ({"provider": "anthropic", "model": "overloaded"}, anthropic.InternalServerError, "overloaded"),
    ],
)
def test_failures_pass_through_and_are_told(
    kit: StartKit, otlp: OtlpSink, server: LlmServer, asked: Any, error: type[Exception], kind: str
) -> None:
    """The very exception leaves the block; span, event and metrics have it; nothing is said of a cost."""
    running = kit()
    raised: list[BaseException] = []

    def ask(call: Any) -> None:
        try:
            if asked["provider"] == "openai":
                with _openai(server, timeout=0.5) as client:
                    list(call.stream(client.chat.completions.create(messages=_ASK, model=asked["model"], stream=True)))
            else:
                with _anthropic(server) as client:
                    client.messages.create(model=asked["model"], max_tokens=5, messages=_ASK)
        except BaseException as failure:
            raised.append(failure)
            raise

    with pytest.raises(error) as caught, otel_kit.event.llm(**asked) as call:
        ask(call)
    running.flush()

    assert caught.value is raised[0]
    span, event = _one_span(otlp), _one_event(otlp)
    (duration,) = otlp.latest("gen_ai.client.operation.duration")
    for attributes in (span.attributes, event.attributes, duration.attributes):
        assert attributes["error.type"].endswith(type(raised[0]).__name__)
        assert attributes["otel_kit.llm.error.kind"] == kind
    assert (span.status, [one.name for one in span.events]) == ("ERROR", ["exception"])
    assert (event.severity, event.attributes["event.outcome"]) == ("ERROR", "failure")
    assert "otel_kit.llm.cost.status" not in span.attributes
    assert not otlp.latest("otel_kit.llm.cost.unknown")


def test_a_failure_that_is_caught_can_be_told(kit: StartKit, otlp: OtlpSink) -> None:
    """By the exception, or by a word."""
    running = kit()
    for error in (ValueError("bad"), "rate_limit_exceeded", "no answer after 3.02 s"):
        with otel_kit.event.llm(**_GPT) as call:
            call.failed(error)
    running.flush()

    told = [(span.status, span.attributes["error.type"]) for span in otlp.spans()]
    assert told == [("ERROR", "ValueError"), ("ERROR", "rate_limit_exceeded"), ("ERROR", "_OTHER")]
    assert otlp.spans()[2].status_message == "no answer after 3.02 s"  # no series of its own


@pytest.mark.parametrize("model", ["gpt-4o-mini", "claude-sonnet-5"])
def test_a_stream_that_is_left_early_tells_what_was_seen(
    kit: StartKit, otlp: OtlpSink, server: LlmServer, model: str
) -> None:
    """Figures that come last are unknown then, and so is the cost: no guess."""
    running = kit()
    asked = _GPT if model == "gpt-4o-mini" else _CLAUDE
    with otel_kit.event.llm(**asked) as call:
        if asked is _GPT:
            client: Any = _openai(server)
            stream = client.chat.completions.create(model=model, messages=_ASK, **_WITH_USAGE)
        else:
            client = _anthropic(server)
            stream = client.messages.create(model=model, max_tokens=5, messages=_ASK, stream=True)
        for _chunk in call.stream(stream):
            break
        stream.close()
        client.close()
    running.flush()

    span = _one_span(otlp)
    assert span.attributes["otel_kit.llm.left_early"] is True
    assert span.attributes["otel_kit.llm.cost.status"] == "unknown"
    assert span.attributes.get("gen_ai.usage.input_tokens") == (None if asked is _GPT else 1000)
    assert "gen_ai.usage.output_tokens" not in span.attributes
    assert span.status == "UNSET"
    assert _reasons(otlp) == {"left_early": 1}
    assert [point.value for point in otlp.latest("otel_kit.llm.cost.unknown")] == [1]


def test_figures_of_half_an_answer_have_no_cost(kit: StartKit, otlp: OtlpSink) -> None:
    """Of a server that counts with each chunk the tokens so far are told; what the rest costs nobody knows."""
    running = kit()
    usage = {"prompt_tokens": 9, "completion_tokens": 1}
    with otel_kit.event.llm(**_GPT) as call:
        for _chunk in call.stream(iter([{"choices": [{"delta": {}}], "usage": usage}, *_CHUNKS])):
            break
    running.flush()

    attributes = _one_span(otlp).attributes
    assert (attributes["gen_ai.usage.input_tokens"], attributes["gen_ai.usage.output_tokens"]) == (9, 1)
    assert attributes["otel_kit.llm.cost.status"] == "unknown"


_CHUNKS = [
    {"id": "c1", "choices": [{"index": 0, "delta": {"content": "a"}}]},
    {"id": "c1", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
    {"id": "c1", "choices": [], "usage": {"prompt_tokens": 10, "completion_tokens": 2}},
]


async def _async_chunks() -> AsyncIterator[Any]:
    for chunk in _CHUNKS:
        await asyncio.sleep(0)
        yield chunk


def _generator_is_closed() -> None:
    def answer() -> Iterator[Any]:
        with otel_kit.event.llm(**_GPT) as call:
            yield from call.stream(iter(_CHUNKS))

    running = answer()
    next(running)
    running.close()


def _generators_take_turns() -> None:
    """The first one ends first; the span of neither stays current."""

    def answer() -> Iterator[Any]:
        with otel_kit.event.llm(**_GPT) as call:
            yield from call.stream(iter(_CHUNKS))

    first, second = answer(), answer()
    next(first)
    next(second)
    first.close()
    second.close()


def _async_generator_is_abandoned() -> None:
    async def answer() -> AsyncIterator[Any]:
        async with otel_kit.event.llm(**_GPT) as call:
            async for chunk in call.stream(_async_chunks()):
                yield chunk

    async def main() -> None:
        async for _chunk in answer():
            break
        gc.collect()

    asyncio.run(main())


def _task_is_cancelled() -> None:
    async def ask() -> None:
        async with otel_kit.event.llm(**_GPT):
            await asyncio.Event().wait()

    async def main() -> None:
        task = asyncio.create_task(ask())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())


def _stream_leaves_the_block() -> None:
    """As a handler does that returns a streaming response; another thread reads it."""
    with otel_kit.event.llm(**_GPT) as call:
        stream = call.stream(iter(_CHUNKS))
    reader = threading.Thread(target=lambda: list(stream))
    reader.start()
    reader.join()


def _stream_leaves_the_block_and_is_closed() -> None:
    with otel_kit.event.llm(**_GPT) as call:
        stream = call.stream(iter(_CHUNKS))
    next(stream)
    stream.close()


def _stream_is_dropped_unread() -> None:
    with otel_kit.event.llm(**_GPT) as call:
        stream = call.stream(iter(_CHUNKS))
    del stream


def _block_within_a_block_twice() -> None:
    with otel_kit.event.llm(**_GPT) as call, call:
        call.read({"choices": [], "usage": {"prompt_tokens": 10, "completion_tokens": 2}})
    with call:
        pass


@pytest.mark.parametrize(
    ("leave", "spans", "tokens", "outcome"),
    [
        (_generator_is_closed, 1, None, "unknown"),
        (_generators_take_turns, 2, None, "unknown"),
        (_async_generator_is_abandoned, 1, None, "unknown"),
        (_task_is_cancelled, 1, None, "unknown"),
        (_stream_leaves_the_block, 1, 10, "success"),
        (_stream_leaves_the_block_and_is_closed, 1, None, "success"),
        (_stream_is_dropped_unread, 1, None, "success"),
        (_block_within_a_block_twice, 1, 10, "success"),
    ],
)
def test_a_call_ends_once_however_it_is_left(
    kit: StartKit, otlp: OtlpSink, leave: Callable[[], None], spans: int, tokens: int | None, outcome: str
) -> None:
    """And leaves nothing current behind."""
    running = kit()
    leave()
    assert otel_kit.current().span_id is None
    running.shutdown()

    assert len(otlp.spans("chat gpt-4o-mini")) == spans
    events = [log for log in otlp.logs() if log.event_name == "otel_kit.llm"]
    assert len(events) == spans
    for told in (*otlp.spans("chat gpt-4o-mini"), *events):
        assert told.attributes.get("gen_ai.usage.input_tokens") == tokens
    assert {event.attributes["event.outcome"] for event in events} == {outcome}
    assert {span.status for span in otlp.spans("chat gpt-4o-mini")} == {"UNSET"}


def test_many_threads_read_into_one_call(kit: StartKit, otlp: OtlpSink) -> None:
    """Their answers add up: different ids, one that comes twice."""
    running = kit()
    with otel_kit.event.llm(**_GPT) as call:

        def read(number: int) -> None:
            for _again in range(2):
                usage = {"prompt_tokens": 100, "completion_tokens": 10}
                call.read({"id": f"c{number}", "model": "gpt-4o-mini", "choices": [], "usage": usage})

        threads = [threading.Thread(target=read, args=(number,)) for number in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    running.flush()

    span = _one_span(otlp)
    assert span.attributes["gen_ai.usage.input_tokens"] == 2000
    assert span.attributes["gen_ai.usage.output_tokens"] == 200
    assert span.attributes["otel_kit.llm.cost"] == 0.00042  # 2000 * 0.15 + 200 * 0.60 millionths


class _Trap:
    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)


def _deep() -> Any:
    value: Any = 1
    for _ in range(5000):
        value = {"choices": [value]}
    return value


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (None, "unknown_shape"),
        (7, "unknown_shape"),
        ("", "unknown_shape"),
        ("not json", "unknown_shape"),
        (b"\xff\xfe", "unknown_shape"),
        ("[" * 100_000, "unknown_shape"),
        ([], "unknown_shape"),
        ({}, "unknown_shape"),
        ({"usage": 7}, "unknown_shape"),
        ({"usage": {"units": 7}}, "unknown_shape"),
        (_Trap(), "unknown_shape"),
        (object(), "unknown_shape"),
        ({"choices": [None, 7, "x", {"message": 7}, {"message": {"tool_calls": [7, {"function": 7}]}}]}, "missing"),
        ({"choices": [{"finish_reason": ["x"], "message": {"tool_calls": {"a": 1}}}], "model": 7, "id": []}, "missing"),
        ({"content": [7, {"type": "tool_use", "name": {"x": 1}}], "stop_reason": 3}, "missing"),
        ({"choices": [], "usage": {"prompt_tokens": -5, "completion_tokens": "many"}}, "negative"),
        (_deep(), "missing"),
    ],
    ids=range(17),
)
def test_hostile_answers_are_counted_and_never_raised(
    kit: StartKit, otlp: OtlpSink, response: Any, reason: str
) -> None:
    """Usage and cost are unknown then; the same as chunks of a stream."""
    running = kit(settings={"llm.content": True})
    with otel_kit.event.llm(**_GPT, messages=response) as call:
        call.read(response)
    with otel_kit.event.llm(**_GPT) as call:
        assert list(call.stream([response])) == [response]
    running.flush()

    first, second = otlp.spans("chat gpt-4o-mini")
    for span in (first, second):
        assert span.attributes["otel_kit.llm.cost.status"] == "unknown"
        assert not [name for name in span.attributes if "_tokens" in name]
    assert _reasons(otlp)[reason] >= 1
    assert [point.value for point in otlp.latest("otel_kit.llm.cost.unknown")] == [2]
    assert running.status().faults == {}


def test_figures_of_ones_own(kit: StartKit, otlp: OtlpSink) -> None:
    """They win over what was read; a cost of one's own wins over the price file; bad ones are kept out."""
    running = kit()
    llm = otel_kit.event.llm
    llm.record(
        provider="openai", model="gpt-4o-mini", input_tokens=1000, output_tokens=250, cache_read_tokens=600,
        reasoning_tokens=200, duration_s=2.5, time_to_first_chunk_s=0.5, finish_reasons=["stop"],
    )  # fmt: skip
    llm.record(provider="openai", model="gpt-4o-mini", input_tokens=10, output_tokens=1, cost=0.5, error="timeout")
    llm.record(provider="openai", model="gpt-4o-mini", input_tokens=-10, output_tokens=1.5, duration_s=-1)
    with llm(**_GPT) as call:
        call.read({"choices": [], "model": "gpt-4o", "usage": {"prompt_tokens": 5, "completion_tokens": 5}})
        call.usage(input_tokens=1_000_000)
    running.flush()

    by_hand, reported, bad, mixed = otlp.spans("chat gpt-4o-mini")
    assert by_hand.proto.end_time_unix_nano - by_hand.proto.start_time_unix_nano >= 2_500_000_000
    assert (by_hand.attributes["otel_kit.llm.cost"], by_hand.attributes["otel_kit.llm.cost.status"]) == (
        _GPT_COST, "known",
    )  # fmt: skip
    assert by_hand.attributes["gen_ai.response.time_to_first_chunk"] == 0.5
    assert (reported.attributes["otel_kit.llm.cost"], reported.attributes["otel_kit.llm.cost.status"]) == (
        0.5, "reported",
    )  # fmt: skip
    assert (reported.status, reported.attributes["otel_kit.llm.error.kind"]) == ("ERROR", "timeout")
    assert bad.attributes["otel_kit.llm.cost.status"] == "unknown"
    assert _reasons(otlp) == {"negative": 2, "not_a_number": 1}
    assert mixed.attributes["gen_ai.usage.input_tokens"] == 1_000_000
    assert mixed.attributes["otel_kit.llm.cost"] == 2.50005  # gpt-4o: a million at 2.50, five at 10


def test_a_cost_in_the_answer_wins(kit: StartKit, otlp: OtlpSink) -> None:
    """As OpenRouter gives it, of a model that no table knows."""
    running = kit()
    with otel_kit.event.llm(provider="openrouter", model="any/model") as call:
        call.read({"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 5, "cost": 0.0125}})
    running.flush()

    attributes = _one_span(otlp).attributes
    assert (attributes["otel_kit.llm.cost"], attributes["otel_kit.llm.cost.status"]) == (0.0125, "reported")


def test_lines_of_an_http_answer_are_read(kit: StartKit, otlp: OtlpSink) -> None:
    """By whoever talks to a compatible server without a library; figures with each chunk are of all so far."""
    running = kit()
    lines = [
        'data: {"id":"c","choices":[{"index":0,"delta":{"content":"a"}}],'
        '"usage":{"prompt_tokens":9,"completion_tokens":1}}',
        "",
        'data: {"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"length"}],'
        '"usage":{"prompt_tokens":9,"completion_tokens":2}}',
        "data: [DONE]",
    ]
    with otel_kit.event.llm(**_GPT) as call:
        assert list(call.stream(lines)) == lines
    running.flush()

    attributes = _one_span(otlp).attributes
    assert (attributes["gen_ai.usage.input_tokens"], attributes["gen_ai.usage.output_tokens"]) == (9, 2)
    assert attributes["gen_ai.response.finish_reasons"] == ["length"]
    assert attributes["otel_kit.llm.cost.status"] == "known"


@pytest.mark.parametrize(
    ("chunks", "finish", "figures"),
    [
        (  # Gemini: figures of all so far; a tool call in a part
            [
                {"candidates": [{"content": {"parts": [{"text": "a"}]}}], "usageMetadata": {"promptTokenCount": 9}},
                {
                    "modelVersion": "gemini-2.5-flash",
                    "candidates": [
                        {"content": {"parts": [{"functionCall": {"name": "weather"}}]}, "finishReason": "STOP"}
                    ],
                    "usageMetadata": {"promptTokenCount": 9, "candidatesTokenCount": 2, "thoughtsTokenCount": 5},
                },
            ],
            "STOP",
            (9, 7),
        ),
        (  # Bedrock's ConverseStream
            [
                {"contentBlockStart": {"start": {"toolUse": {"name": "weather"}}, "contentBlockIndex": 0}},
                {"messageStop": {"stopReason": "tool_use"}},
                {"metadata": {"usage": {"inputTokens": 9, "outputTokens": 7, "totalTokens": 16}}},
            ],
            "tool_use",
            (9, 7),
        ),
        (  # Ollama's own form
            [
                {"model": "llama", "message": {"content": "a"}, "done": False},
                {"model": "llama", "done": True, "done_reason": "stop", "prompt_eval_count": 9, "eval_count": 7},
            ],
            "stop",
            (9, 7),
        ),
    ],
    ids=["gemini", "bedrock", "ollama"],
)
def test_streams_of_other_providers(
    kit: StartKit, otlp: OtlpSink, chunks: list[Any], finish: str, figures: tuple[int, int]
) -> None:
    """As mappings in their documented shapes."""
    running = kit()
    with otel_kit.event.llm(provider="gemini", model="gemini-2.5-flash") as call:
        list(call.stream(chunks))
    running.flush()

    attributes = _one_span(otlp).attributes
    assert attributes["gen_ai.provider.name"] == "gcp.gemini"
    assert (attributes["gen_ai.usage.input_tokens"], attributes["gen_ai.usage.output_tokens"]) == figures
    assert attributes["gen_ai.response.finish_reasons"] == [finish]
    assert attributes.get("otel_kit.llm.tool_names", ["weather"]) == ["weather"]
    assert not otlp.latest("otel_kit.llm.usage.faults")


def test_an_unknown_model_keeps_its_usage(kit: StartKit, otlp: OtlpSink) -> None:
    """Its cost is unknown, and counted."""
    running = kit()
    otel_kit.event.llm.record(provider="openai", model="gpt-99", input_tokens=7, output_tokens=3)
    running.flush()

    attributes = _one_span(otlp).attributes
    assert attributes["gen_ai.usage.input_tokens"] == 7
    assert attributes["otel_kit.llm.cost.status"] == "unknown"
    assert "otel_kit.llm.cost" not in attributes
    (unknown,) = otlp.latest("otel_kit.llm.cost.unknown")
    assert (unknown.value, unknown.attributes["gen_ai.request.model"]) == (1, "gpt-99")


def test_models_that_clients_make_up_push_no_honest_one_out(
    kit: StartKit, otlp: OtlpSink, server: LlmServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """5,000 names that no provider answers to are one series; 500 that one does are bounded; priced ones stay."""
    monkeypatch.setattr(instruments, "name_of_model", instruments._Models().named)  # as in a new process
    running = kit()
    llm = otel_kit.event.llm
    for number in range(5000):
        llm.record(provider="openai", model=f"nobody-knows-{number}", error="not_found")
    llm.record(provider="openai", model="our-own", input_tokens=1, output_tokens=1)
    for number in range(500):
        llm.record(provider="openai", model=f"fine-tuned-{number}", input_tokens=1, output_tokens=1)
    with _openai(server) as client, llm(**_GPT) as call:
        call.read(client.chat.completions.create(model="gpt-4o-mini", messages=_ASK))
    running.flush()

    models = [point.attributes["gen_ai.request.model"] for point in otlp.latest("gen_ai.client.operation.duration")]
    counted = {point.attributes["gen_ai.request.model"] for point in otlp.latest("gen_ai.client.token.usage")}
    assert models == ["gpt-4o-mini"]  # those recorded without a duration have none
    assert {"gpt-4o-mini", "our-own", "_OTHER"} <= counted
    assert len(counted) <= 33


def test_the_tenant_that_is_bound_counts(kit: StartKit, otlp: OtlpSink) -> None:
    """On the metrics too; one that is given wins."""
    running = kit()
    with otel_kit.bind(tenant="bound"):
        otel_kit.event.llm.record(provider="openai", model="gpt-4o-mini", input_tokens=1, output_tokens=1)
        otel_kit.event.llm.record(
            provider="openai", model="gpt-4o-mini", input_tokens=1, output_tokens=1, tenant="given"
        )
    running.flush()

    assert [span.attributes["otel_kit.tenant"] for span in otlp.spans()] == ["bound", "given"]
    events = [log for log in otlp.logs() if log.event_name == "otel_kit.llm"]
    assert [event.attributes["otel_kit.tenant"] for event in events] == ["bound", "given"]
    assert {point.attributes["otel_kit.tenant"] for point in otlp.latest("otel_kit.llm.cost")} == {"bound", "given"}


def test_prices_of_ones_own_and_a_bad_file(
    kit: StartKit, otlp: OtlpSink, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """They come with a reload; a file with a fault leaves those before in force, and says why once."""
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text("version: mine\nproviders:\n  openai:\n    models:\n      gpt-4o-mini: {input: 1, output: 1}\n")
    bad.write_text("version: mine\nproviders:\n  openai:\n    models:\n      gpt-4o-mini: {input: cheap}\n")
    running = kit()
    costs: list[Any] = []
    for file in (None, good, bad):
        if file is not None:
            running.reload({"llm.prices": str(file)})
        otel_kit.event.llm.record(provider="openai", model="gpt-4o-mini", input_tokens=1000, output_tokens=0)
    running.reload({"llm.content": True})
    running.flush()

    costs = [span.attributes["otel_kit.llm.cost"] for span in otlp.spans("chat gpt-4o-mini")]
    versions = [span.attributes["otel_kit.llm.prices.version"] for span in otlp.spans("chat gpt-4o-mini")]
    assert costs == [0.00015, 0.001, 0.001]
    assert [version.endswith("+mine") for version in versions] == [False, True, True]
    told = [record.getMessage() for record in caplog.records if "prices" in record.getMessage()]
    assert len(told) == 1
    assert f"{bad}:5 input cannot be used" in told[0]


def test_an_edited_price_file_is_read_again(kit: StartKit, otlp: OtlpSink, tmp_path: Path) -> None:
    """Without a reload."""
    path = tmp_path / "prices.yaml"
    text = "version: one\nproviders:\n  openai:\n    models:\n      gpt-4o-mini: {input: 1, output: 1}\n"
    path.write_text(text)
    running = kit(settings={"llm.prices": str(path), "redaction.watch": 0.02})
    path.write_text(text.replace("one", "two"))

    def version() -> str:
        otel_kit.event.llm.record(provider="openai", model="gpt-4o-mini", input_tokens=1, output_tokens=1)
        running.flush()
        found: str = otlp.spans("chat gpt-4o-mini")[-1].attributes["otel_kit.llm.prices.version"]
        return found

    eventually(lambda: version().endswith("+two"), "the edited prices are in force")


def test_nothing_happens_without_a_kit(otlp: OtlpSink, kit: StartKit) -> None:
    """Before init and after shutdown: streams pass, exceptions pass."""

    def use() -> None:
        with otel_kit.event.llm(**_GPT) as call:
            assert list(call.stream(_CHUNKS)) == _CHUNKS
            call.read({"usage": {}})
        otel_kit.event.llm.record(provider="openai", model="gpt-4o-mini", input_tokens=1)
        with pytest.raises(KeyError), otel_kit.event.llm(**_GPT):
            raise KeyError

    use()
    kit().shutdown()
    before = len(otlp.requests())
    use()

    assert len(otlp.requests()) == before
    assert otlp.spans("chat gpt-4o-mini") == []


def test_unknown_fields_are_named(kit: StartKit, otlp: OtlpSink) -> None:
    """Strict: an error with the nearest field; else the call is made, and the fault counted."""
    running = kit(settings={"strict": True})
    with pytest.raises(EventError, match="Did you mean 'feature'"):
        otel_kit.event.llm(**_GPT, featrue="x")
    with pytest.raises(EventError, match="misses its field 'provider'"):
        otel_kit.event.llm.record(model="x")
    running.shutdown()

    running = kit()
    with otel_kit.event.llm(**_GPT, featrue="x"):
        pass
    running.flush()
    assert _one_span(otlp).attributes["otel_kit.feature"] == "x"
    assert [point.value for point in otlp.latest("otel_kit.event.faults")] == [1]


def _one_span(otlp: OtlpSink) -> Span:
    # Anthropic's library makes a span of its own for the HTTP call, within the kit's.
    (span,) = [span for span in otlp.spans() if span.scope == "otel_kit"]
    return span


def _one_event(otlp: OtlpSink) -> Log:
    (event,) = [log for log in otlp.logs() if log.event_name == "otel_kit.llm"]
    return event


def _reasons(otlp: OtlpSink) -> Mapping[str, float]:
    points: list[Point] = otlp.latest("otel_kit.llm.usage.faults")
    return {point.attributes["otel_kit.llm.usage.fault.reason"]: point.value for point in points}
