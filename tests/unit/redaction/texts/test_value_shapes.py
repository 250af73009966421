"""What belongs to the value behind a name in running text, and what does not any more."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otel_kit.policy.load import load_policy
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import compile_policy

REDACTOR = compile_policy(load_policy())
TEXTS = {
    "card number: 4051 8058 2840 7934 was refused": "card number: 4051-****-****-7934 was refused",
    "IBAN: HR48 8309 9251 5141 3631 1 ok": "IBAN: HR** **** 6311 ok",
    "ssn=302 65 2090 x": "ssn=***-**-2090 x",
    "gps=30.67 , -103.5 m": "gps=[REDACTED:coordinates] m",
    "coordinates: 52.52 N, 13.40 E.": "coordinates: [REDACTED:coordinates].",
    "invalid token: Bearer A0YK8899aa x": "invalid token: [REDACTED:token] x",
    "Proxy-Authorization: SSWS xyzzy123456": "Proxy-Authorization: [REDACTED:authorization]",
    "authorization=XXX&page=2": "authorization=[REDACTED:authorization]&page=2",
    "phone: 0046 8 12 54 78;c=3": "phone: +46 ***-5478;c=3",
    "contact_phone=0712072586&submit=OK": "contact_phone=***-2586&submit=OK",
    "phone_number=0039 312 343 9803 is not valid": "phone_number=+39 ***-9803 is not valid",
    "tel: (0212) 255 67 40, then": "tel: ***-6740, then",
    "phone: (555) 123-1234 x": "phone: (555) ***-1234 x",
    "phone=0712072586 200 OK": "phone=***-2586 200 OK",
    "dob: 13 November 1975 in Bonn": "dob: [REDACTED:birth_date] in Bonn",
    "dob: 1975-11-13, ok": "dob: [REDACTED:birth_date], ok",
    "passport: C01X00T47 expired": "passport: ****0T47 expired",
    "national id: AB 40 46 91 D now": "national id: ****691D now",
    "first_name=Jan van der Berg, age=3": "first_name=[REDACTED:person_name], age=3",
    # What was masked before is no name of what stands behind it.
    "full_name=Edgar Iborra: permission denied": "full_name=[REDACTED:person_name]: permission denied",
    "[REDACTED:jwt]: permission denied": "[REDACTED:jwt]: permission denied",
    "'Authorization': 'Basic dXNlcjpwYXNz': denied": "'Authorization': 'Basic [REDACTED:authorization]': denied",
    # Of cookies the names stay, and the attributes.
    "Set-Cookie: sid=abc; Path=/; HttpOnly": "Set-Cookie: sid=[REDACTED:cookie]; Path=/; HttpOnly",
    "cookie: sid=abc; lang=de HTTP/1.1": "cookie: sid=[REDACTED:cookie]; lang=[REDACTED:cookie] HTTP/1.1",
    '{"set-cookie": "sid=abc; Secure", "x": ': '{"set-cookie": "sid=[REDACTED:cookie]; Secure", "x": ',
    "cookie: abc123": "cookie: [REDACTED:cookie]",
    # A quote right behind the name ends a text.
    "def f(prompt='Password: ', stream=None):": "def f(prompt='Password: ', stream=None):",
    'print("token:")': 'print("token:")',
}


@pytest.mark.parametrize(("text", "wanted"), TEXTS.items(), ids=TEXTS.keys())
def test_the_whole_value_goes_and_the_sentence_stays(text: str, wanted: str) -> None:
    """A second look finds nothing."""
    assert REDACTOR.text(text, Findings()) == wanted
    again = Findings()
    assert REDACTOR.text(wanted, again) == wanted
    assert again == Findings()


NAMES = (
    "card number: ", "iban=", "ssn: ", "phone: ", "gps=", "dob: ", "passport: ", "token=", "Cookie: ",
    "Set-Cookie: ", "Authorization: ", "full_name=", "password: ", "<password>",
)  # fmt: skip
VALUES = (
    "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00", "536 22 1234", "+49 30 1234567", "52.5, 13.4", "1 May 1975",
    "C01X00T47", "Bearer abcdefgh1", "a=b; Path=/", "Jane Roe", "x", "'y'", "[1, 2]", "</password>", ": denied", "&b=c",
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(NAMES + VALUES), max_size=6).map(" ".join))
def test_names_and_values_in_any_order_settle(text: str) -> None:
    """What comes out is stable: redacting it again alters nothing and finds nothing."""
    once = REDACTOR.text(text, Findings())
    again = Findings()

    assert REDACTOR.text(once, again) == once
    assert not again.hits
    assert not again.errors
