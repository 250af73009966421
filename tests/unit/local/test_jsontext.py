"""JSON with orjson and without."""

from __future__ import annotations

import pytest

from tests.subprocesses import run_python

_CODE = """
    import sys
    if {blocked}:
        sys.modules["orjson"] = None
    from otel_kit.local import jsontext
    value = {{"text": "\\u00e4\\u2028\\"", "list": [1, 2.5, None, True], "large": 2**63 - 1}}
    assert jsontext.decode(jsontext.encode(value)) == value
    assert ("orjson" in sys.modules and sys.modules["orjson"] is not None) is not {blocked}
    print(jsontext.encode(value))
"""


@pytest.mark.parametrize("blocked", [False, True])
def test_both_encoders_write_the_same(blocked: bool) -> None:
    """The extra changes the speed, nothing else."""
    done = run_python(_CODE.format(blocked=blocked))

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == '{"text":"\u00e4\u2028\\"","list":[1,2.5,null,true],"large":9223372036854775807}\n'
