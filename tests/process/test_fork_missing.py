"""Systems without fork, file locks and SIGHUP: import, start and export work all the same."""

from __future__ import annotations

import json

from tests.otlp_sink import OtlpSink
from tests.process.programs import Program

_BARE = """
import os, signal, sys
for name in ("fork", "forkpty", "register_at_fork"):
    if hasattr(os, name): delattr(os, name)
if hasattr(signal, "SIGHUP"): del signal.SIGHUP
class NoLocks:
    def find_spec(self, name, path=None, target=None):
        if name == "fcntl":
            raise ImportError("No module named 'fcntl'")
sys.meta_path.insert(0, NoLocks())
sys.modules.pop("fcntl", None)
"""


def test_bare_system_delivers(otlp: OtlpSink) -> None:
    """With a random instance id, said to be one."""
    code = """
    import json
    kit = otel_kit.init("bare")
    emit(5)
    status = kit.status()
    print(json.dumps([status.instance_id_is_stable, bool(status.instance_id), "fcntl" in sys.modules]))
    """

    program = Program(code.replace("\n    ", "\n"), otlp.endpoint, before=_BARE)
    end = program.end()

    assert 0 == end.code, end.stderr
    assert [False, True, False] == json.loads(end.stdout)
    assert 5 == len(otlp.spans("work")) == len(otlp.logs("work"))
    assert [5] == [point.value for point in otlp.latest("done")]
