"""What becomes of a found value: the partial forms and the marker.

Each mask maps its own result to itself, so that a second pass finds nothing to do.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

from otel_kit.policy.model import KeyClass, Rule
from otel_kit.redaction.pseudonyms import PseudonymKeys, is_pseudonym
from otel_kit.redaction.validation.checksums import letters_and_digits
from otel_kit.redaction.validation.validators import is_public_address, octets_of

Mask: TypeAlias = Callable[[str], str]

MARKER_START = "[REDACTED:"
FAILED = "[REDACTED:error]"
TRUNCATED = "…[truncated]"
TOO_DEEP = "[too deep]"
CYCLE = "[cycle]"
UNPRINTABLE = "[unprintable]"
# What stands for something that is not there any more, whatever its key says.
PLACEHOLDERS = frozenset({FAILED, TRUNCATED, TOO_DEEP, CYCLE, UNPRINTABLE})


def marker(rule_id: str) -> str:
    """Return what stands for a value that is gone: the rule's id, never a piece of the value or its length."""
    return f"{MARKER_START}{rule_id}]"


_AT = re.compile("@|%40|%2540")
_NOT_LOCAL = re.compile(r"[\s<>,;]")


def email(found: str) -> str:
    """``john@example.com`` becomes ``j***@example.com``; the at sign keeps its encoding."""
    signs = list(_AT.finditer(found))
    if not signs:
        raise ValueError("no e-mail address")
    local = found[: signs[-1].start()]
    if _NOT_LOCAL.search(found) or not local:
        raise ValueError("more than an e-mail address")
    if local.endswith("***"):
        return found
    return f"{local[:1]}***{found[signs[-1].start() :]}"


def card(found: str) -> str:
    """``4111 1111 1111 1111`` becomes ``4111-****-****-1111``."""
    digits = _digits(found, at_least=12)
    return f"{digits[:4]}-****-****-{digits[-4:]}"


def ssn(found: str) -> str:
    """``536-22-1234`` becomes ``***-**-1234``."""
    digits = _digits(found, at_least=9)
    return f"***-**-{digits[-4:]}"


# Country codes of two digits; 1 and 7 have one, all others three. *Source:* ITU-T E.164 list of assigned codes.
_TWO_DIGITS = (
    "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 "
    "90 91 92 93 94 95 98"
)
_TWO_DIGIT_CODES = frozenset(_TWO_DIGITS.split())


_EXTENSION = re.compile(r"[ ,;]{0,2}(?:x|ext|#).*", re.IGNORECASE | re.DOTALL)
_PLUS = re.compile(r"\s*\(?(?:\+|%(?:25)?2[Bb]|00(?=\D{0,2}[1-9])|011\D)")


def phone(found: str) -> str:
    """``(555) 123-1234`` becomes ``(555) ***-1234``, ``+49 30 1234567`` becomes ``+49 ***-4567``; extensions go."""
    found = _EXTENSION.sub("", found)
    plus = _PLUS.match(found)
    digits = _digits(found[plus.end() :] if plus else found, at_least=7)
    tail = digits[-4:]
    north_american = len(digits) == 11 and digits[0] == "1" and digits[1] > "1"
    if plus and not north_american:
        code = digits[:1] if digits[0] in "17" else digits[:2] if digits[:2] in _TWO_DIGIT_CODES else digits[:3]
        return f"+{code} ***-{tail}"
    if north_american:
        return f"+1 ({digits[1:4]}) ***-{tail}"
    if len(digits) == 10 and not digits.startswith("0"):
        return f"({digits[:3]}) ***-{tail}"
    return f"***-{tail}"


def iban(found: str) -> str:
    """``DE89 3704 0044 0532 0130 00`` becomes ``DE** **** 3000``, whatever stands between its groups."""
    compact = letters_and_digits(found)
    if len(compact) < 15:
        raise ValueError("no IBAN")
    return f"{compact[:2]}** **** {compact[-4:]}"


def last4(found: str) -> str:
    """``C01X00T47`` becomes ``****0T47``; fewer than eight letters and digits are no safe tail."""
    compact = "".join(character for character in found if character.isalnum())
    if len(compact) < 8:
        raise ValueError("too short")
    return f"****{compact[-4:]}"


def ip(found: str) -> str:
    """A public IPv4 address keeps its /24, a public IPv6 address its /48; any other address stays."""
    if not is_public_address(found):
        ipaddress.ip_address(found)  # raises: no address has no such form
        return found
    octets = octets_of(found)
    if octets is not None:
        return "{}.{}.{}.0".format(*octets)
    address = ipaddress.IPv6Address(found)
    if address.ipv4_mapped is not None:
        return ip(str(address.ipv4_mapped))
    network = ipaddress.IPv6Address(int(address) >> 80 << 80)
    return found if network == address else str(network)


def _digits(found: str, at_least: int) -> str:
    digits = "".join(character for character in found if "0" <= character <= "9")
    if len(digits) < at_least:
        raise ValueError("too few digits")
    return digits


_SCHEME = re.compile(
    r"(?:Bearer|Basic|Digest|Token|ApiKey|Negotiate|OAuth|Hawk|Signature|AWS4-HMAC-SHA256) {1,3}(?=\S)", re.IGNORECASE
)


def mask_for_scheme(whole: str) -> Mask:
    """Return a mask for credentials of RFC 9110, section 11.4: ``Bearer abc`` becomes ``Bearer [REDACTED:...]``."""

    def masked(found: str) -> str:
        scheme = _SCHEME.match(found)
        return (scheme[0] if scheme else "") + whole

    return masked


MASKS: Mapping[str, Mask] = {
    "email": email, "card": card, "phone": phone, "ssn": ssn, "iban": iban, "last4": last4, "ip": ip,
}  # fmt: skip

# A value under a key that asks for a partial form may arrive in that form already.
_MASKED = {
    "email": re.compile(r".?\*\*\*(?:@|%40|%2540)[^\s@*]{1,255}", re.DOTALL),
    "card": re.compile(r"\d{4}-\*{4}-\*{4}-\d{4}"),
    "ssn": re.compile(r"\*{3}-\*\*-\d{4}"),
    "phone": re.compile(r"(?:\+\d{1,3} )?(?:\(\d{3}\) )?\*{3}-\d{4}"),
    "iban": re.compile(r"[A-Z]{2}\*\* \*{4} [A-Z0-9]{4}"),
    "last4": re.compile(r"\*{4}[^\W_]{4}"),
}


def is_masked(action: str, value: str) -> bool:
    """Whether ``value`` is what the mask of ``action`` makes of something."""
    if action == "pseudonym":
        return is_pseudonym(value)
    shape = _MASKED.get(action)
    return shape is not None and shape.fullmatch(value) is not None


def end_of_mask(action: str, text: str, start: int) -> int | None:
    """Return where the mask of ``action`` that begins at ``start`` ends, or None if none stands there."""
    shape = _MASKED.get(action)
    found = shape.match(text, start) if shape is not None else None
    return found.end() if found is not None else None


def action_in_force(row: Rule | KeyClass, pseudonyms: PseudonymKeys | None) -> str:
    """Return what is done: a pseudonym needs a key, without one the row's fallback stands in."""
    return row.fallback if row.action == "pseudonym" and pseudonyms is None else row.action


def mask_for(row: Rule | KeyClass, pseudonyms: PseudonymKeys | None = None) -> Mask:
    """Return the mask of a rule or key class; a value without the shape that it needs becomes the row's marker."""
    whole = marker(row.id)
    action = action_in_force(row, pseudonyms)
    if action == "keep":
        return lambda found: found
    if action in ("replace", "drop"):
        return lambda _found: whole
    if action == "scheme":
        return mask_for_scheme(whole)
    if action == "truncate":
        return lambda found: found if len(found) <= row.keep or found.endswith(whole) else found[: row.keep] + whole
    if action == "pseudonym" and pseudonyms is not None:
        return pseudonyms.pseudonym
    partial = MASKS[action]

    def masked(found: str) -> str:
        try:
            return partial(found)
        except ValueError:
            return whole

    return masked
