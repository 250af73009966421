"""A stand-in on loopback for the HTTP interfaces of OpenAI and Anthropic, with answers in their documented shapes.

The model's name decides: ``limited`` is refused with 429, ``overloaded`` with 529, ``hangs`` never answers,
``nobody-knows-...`` is refused with 404, ``breaks`` ends its stream in the middle; any other one answers.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

CHAT_USAGE = {
    "prompt_tokens": 1000, "completion_tokens": 250, "total_tokens": 1250,
    "prompt_tokens_details": {"cached_tokens": 600, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 200, "audio_tokens": 0},
}  # fmt: skip
RESPONSE_USAGE = {
    "input_tokens": 1000, "input_tokens_details": {"cached_tokens": 600, "cache_write_tokens": 0},
    "output_tokens": 250, "output_tokens_details": {"reasoning_tokens": 200}, "total_tokens": 1250,
}  # fmt: skip
# Of the 1000 tokens of the prompt 300 touched no cache.
MESSAGE_USAGE = {
    "input_tokens": 300, "cache_creation_input_tokens": 100, "cache_read_input_tokens": 600, "output_tokens": 250,
    "service_tier": "standard",
}  # fmt: skip
_ARGUMENTS = '{"city": "Rome", "email": "joe.doe@example.com"}'
_REFUSALS = {"limited": 429, "overloaded": 529}
REPLY = "Write to joe.doe@example.com"


class LlmServer:
    """Starts at once on a free port; ``stop`` ends it. ``url`` is its address without a path."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def stop(self) -> None:
        """Close the port, and let whoever hangs go."""
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(server: LlmServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            model = asked["model"]
            if model == "hangs":
                server.stopping.wait()
                self.close_connection = True
            elif model in _REFUSALS or model.startswith("nobody-knows"):
                self._send(_REFUSALS.get(model, 404), {"error": {"message": f"no {model}", "type": "refused"}})
            elif asked.get("stream"):
                self._stream(_STREAMS[self.path](asked), breaks=model == "breaks")
            else:
                self._send(200, _ANSWERS[self.path](asked))

        def _send(self, status: int, answer: Any) -> None:
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _stream(self, events: Iterator[Mapping[str, Any]], *, breaks: bool) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for number, event in enumerate(events):
                if breaks and number == 2:
                    self.close_connection = True  # without the last chunk: the client sees a broken answer
                    return
                name = f"event: {event['type']}\n" if "type" in event else ""
                self._chunk(f"{name}data: {json.dumps(event)}\n\n")
            if self.path == "/v1/chat/completions":
                self._chunk("data: [DONE]\n\n")
            self._chunk("")

        def _chunk(self, text: str) -> None:
            body = text.encode()
            try:
                self.wfile.write(f"{len(body):x}\r\n".encode() + body + b"\r\n")
            except OSError:  # the client has left
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:  # the base class's name for it
            """Stay silent."""

    return Handler


def _chat(asked: Mapping[str, Any]) -> dict[str, Any]:
    call = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": _ARGUMENTS}}
    wants_tool = bool(asked.get("tools"))
    message = {"role": "assistant", "content": None if wants_tool else REPLY, "refusal": None}
    return {
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": f"{asked['model']}-2024-07-18",
        "service_tier": "default", "usage": CHAT_USAGE,
        "choices": [{
            "index": 0, "logprobs": None, "finish_reason": "tool_calls" if wants_tool else "stop",
            "message": {**message, "tool_calls": [call]} if wants_tool else message,
        }],
    }  # fmt: skip


def _chat_chunks(asked: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1,
            "model": f"{asked['model']}-2024-07-18"}  # fmt: skip
    if asked.get("tools"):
        first = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "weather", "arguments": ""}}
        yield {**head, "choices": [{"index": 0, "finish_reason": None, "delta": {"tool_calls": [first]}}]}
        pieces = [{"index": 0, "function": {"arguments": piece}} for piece in (_ARGUMENTS[:20], _ARGUMENTS[20:])]
        deltas: list[Any] = [{"tool_calls": [piece]} for piece in pieces]
    else:
        deltas = [{"role": "assistant", "content": ""}, *({"content": piece} for piece in (REPLY[:12], REPLY[12:]))]
    for delta in deltas:
        yield {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
    reason = "tool_calls" if asked.get("tools") else "stop"
    yield {**head, "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}
    if (asked.get("stream_options") or {}).get("include_usage"):
        yield {**head, "choices": [], "usage": CHAT_USAGE}


def _response(asked: Mapping[str, Any], status: str = "completed") -> dict[str, Any]:
    text = {"type": "output_text", "text": REPLY, "annotations": [], "logprobs": []}
    message = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [text]}
    call = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "weather", "arguments": _ARGUMENTS,
            "status": "completed"}  # fmt: skip
    is_done = status == "completed"
    return {
        "id": "resp_1", "object": "response", "created_at": 1, "model": f"{asked['model']}-2024-07-18",
        "status": status, "output": [message, call] if is_done else [], "usage": RESPONSE_USAGE if is_done else None,
        "parallel_tool_calls": True, "tool_choice": "auto", "tools": [], "error": None, "incomplete_details": None,
        "instructions": None, "metadata": {}, "temperature": 1.0, "top_p": 1.0, "service_tier": "default",
    }  # fmt: skip


def _response_events(asked: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    done = _response(asked)
    message, call = done["output"]
    started = _response(asked, "in_progress")
    events: list[dict[str, Any]] = [
        {"type": "response.created", "response": started},
        {"type": "response.in_progress", "response": started},
        {"type": "response.output_item.added", "output_index": 0, "item": {**message, "content": []}},
        {"type": "response.content_part.added", "item_id": "msg_1", "output_index": 0, "content_index": 0,
         "part": {**message["content"][0], "text": ""}},
        {"type": "response.output_text.delta", "item_id": "msg_1", "output_index": 0, "content_index": 0,
         "delta": REPLY, "logprobs": []},
        {"type": "response.output_item.added", "output_index": 1, "item": {**call, "arguments": ""}},
        {"type": "response.completed", "response": done},
    ]  # fmt: skip
    for number, event in enumerate(events):
        yield {**event, "sequence_number": number}


def _embeddings(asked: Mapping[str, Any]) -> dict[str, Any]:
    data = [{"object": "embedding", "index": 0, "embedding": [0.1, 0.2]}]
    return {"object": "list", "model": asked["model"], "data": data, "usage": {"prompt_tokens": 8, "total_tokens": 8}}


def _message(asked: Mapping[str, Any]) -> dict[str, Any]:
    tool = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": json.loads(_ARGUMENTS)}
    return {
        "id": "msg_1", "type": "message", "role": "assistant", "model": asked["model"], "stop_reason": "tool_use",
        "stop_sequence": None, "content": [{"type": "text", "text": REPLY}, tool], "usage": MESSAGE_USAGE,
    }  # fmt: skip


def _message_events(asked: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    first = {**MESSAGE_USAGE, "output_tokens": 1}
    yield {"type": "message_start",
           "message": {**_message(asked), "content": [], "stop_reason": None, "usage": first}}  # fmt: skip
    yield {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
    yield {"type": "ping"}
    for piece in (REPLY[:12], REPLY[12:]):
        yield {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": piece}}
    yield {"type": "content_block_stop", "index": 0}
    block = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {}}
    yield {"type": "content_block_start", "index": 1, "content_block": block}
    for piece in (_ARGUMENTS[:20], _ARGUMENTS[20:]):
        yield {"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": piece}}
    yield {"type": "content_block_stop", "index": 1}
    delta = {"stop_reason": "tool_use", "stop_sequence": None}
    yield {"type": "message_delta", "delta": delta, "usage": {"output_tokens": 250}}
    yield {"type": "message_stop"}


_ANSWERS = {
    "/v1/chat/completions": _chat,
    "/v1/responses": _response,
    "/v1/embeddings": _embeddings,
    "/v1/messages": _message,
}
_STREAMS = {
    "/v1/chat/completions": _chat_chunks,
    "/v1/responses": _response_events,
    "/v1/messages": _message_events,
}
