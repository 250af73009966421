"""Names and values in XML, HTML and multipart forms."""

from __future__ import annotations

import pytest

from otel_kit.policy.load import load_policy
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import compile_policy

REDACTOR = compile_policy(load_policy())
P = "[REDACTED:password]"
MASKED = {
    "<password>hunter2</password>": f"<password>{P}</password>",
    "<wsse:Password Type='text'>hunter2</wsse:Password>": f"<wsse:Password Type='text'>{P}</wsse:Password>",
    "<a><userPassword> hunter2 </userPassword><b>1</b></a>": f"<a><userPassword> {P}</userPassword><b>1</b></a>",
    "<password><![CDATA[hunter2]]></password>": f"<password><![CDATA[{P}]]></password>",
    "<dateOfBirth>1975-11-13</dateOfBirth>": "<dateOfBirth>[REDACTED:birth_date]</dateOfBirth>",
    '<input type="password" name="password" value="hunter2">': f'<input type="password" name="password" value="{P}">',
    '<input value="hunter2" name="password"/>': f'<input value="{P}" name="password"/>',
    'form-data; name="password"\r\n\r\nhunter2\r\n--x': f'form-data; name="password"\r\n\r\n{P}\r\n--x',
    'form-data; name=\\"password\\"\\r\\n\\r\\nhunter2\\r\\n': f'form-data; name=\\"password\\"\\r\\n\\r\\n{P}\\r\\n',
}
KEPT = (
    "<title>Reset your password</title><p>now</p>",
    "<password></password>",
    '<input type="text" name="size" value="L">',
    "<input name='password' value=''>",
    'form-data; name="size"\r\n\r\nL\r\n',
    "a < b and c </ d",
)


@pytest.mark.parametrize(("text", "wanted"), MASKED.items())
def test_values_of_telling_names_go(text: str, wanted: str) -> None:
    """Elements with prefix and attributes, form fields in both orders, parts of a multipart body; once is enough."""
    findings = Findings()

    assert REDACTOR.text(text, findings) == wanted
    assert sum(findings.hits.values()) == 1
    assert REDACTOR.text(wanted, Findings()) == wanted


@pytest.mark.parametrize("text", KEPT)
def test_other_markup_stays(text: str) -> None:
    """Words in a text are no names."""
    assert REDACTOR.text(text, Findings()) == text
