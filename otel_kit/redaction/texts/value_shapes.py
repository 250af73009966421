"""How far the value behind a name reaches in free text: ``card number: 4051 8058 2840 7934 was refused``.

A name says what its value looks like, so a value of several words is taken whole and the sentence behind it stays.
Every pattern is bounded: the work for one name does not grow with the text.
"""

from __future__ import annotations

import re

from otel_kit.redaction.key_classes import CompiledClass
from otel_kit.redaction.masks import end_of_mask

# a,b9c is one value; a,user=b is two.
_WORD = re.compile(r"""[^\s,;&"'<>|\\]+(?:,[^\s,;&"'<>|\\=:]+(?=[\s,;&"']|\Z))*""")
_LINE = re.compile(r"""[^\r\n"'<>;&|]{1,4000}""")

_GAP = r"[ .\u00a0\u2010-\u2013-]"
_CARD = re.compile(rf"[0-9](?:{_GAP}?[0-9]){{11,18}}(?![0-9])")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?(?![A-Za-z0-9])")
_SSN = re.compile(rf"[0-9]{{3}}{_GAP}?[0-9]{{2}}{_GAP}?[0-9]{{4}}(?![0-9])")
_EXTENSION = r"(?:[ ,;]{0,2}(?:x|ext\.?|extension|Durchwahl) ?[0-9]{1,6}(?![0-9A-Za-z]))?"
_PHONE = re.compile(
    rf"\+?[0-9]{{9,15}}(?![0-9]){_EXTENSION}"
    rf"|(?:\+|%2B)?\(?\+?[0-9](?:[ ()./\u00a0\u2010-\u2013-]{{0,3}}[0-9]){{5,15}}(?![0-9]){_EXTENSION}"
)
# Each group of an id has a digit, but for letters in front and one letter behind: AB 40 46 91 D.
_GROUP = r"[A-Za-z]{0,6}[0-9][A-Za-z0-9]{0,20}"
_ID = re.compile(rf"(?:[A-Z]{{1,3}}[ -])?{_GROUP}(?:[ ./-]{_GROUP}){{0,6}}(?:[ -][A-Z](?![A-Za-z0-9]))?")
_DEGREES = r"-?[0-9]{1,3}(?:\.[0-9]{1,20})?°?(?: ?[NSEW](?![A-Za-z]))?"
_PAIR = re.compile(rf"{_DEGREES}(?: {{0,2}}[,;/ ] {{0,2}}-?[0-9]{{1,3}}\.[0-9]{{1,20}}°?(?: ?[NSEW](?![A-Za-z]))?)?")
_DATE = re.compile(
    r"[0-9]{1,4}([-./ ])[0-9]{1,2}\1[0-9]{1,4}(?:[T ][0-9]{2}:[0-9:.Z+-]{2,30})?"
    r"|[0-9]{1,2}(?:\.|st|nd|rd|th)? [^\W\d_]{3,12}\.?,? [0-9]{4}"
    r"|[^\W\d_]{3,12}\.? [0-9]{1,2}(?:st|nd|rd|th)?,? [0-9]{4}"
)
_PARTICLE = r"(?:van|von|de|der|den|del|di|da|la|le|bin|al|ten|ter)"
_NAME = re.compile(
    rf"""[^\W\d_][\w'.-]{{0,40}}(?: (?:{_PARTICLE} ){{0,2}}[A-Z][\w'.-]{{0,40}}){{0,3}}"""
    r"""|[^\s,;&"'<>{}()\[\]|\\]{1,200}"""
)
_CREDENTIALS = r"""[^\s,;&"'<>|\\]+"""
_SCHEMES = "Bearer|Basic|Token|ApiKey|Negotiate|SSWS|JWT|GenieKey|Key|PAT|DPoP|PrivateToken"
_SCHEMED = re.compile(
    rf"(?:Digest|AWS4-HMAC-SHA256|OAuth|Hawk|Signature) [^\r\n]{{1,4000}}|(?:(?:{_SCHEMES}) {{1,3}})?{_CREDENTIALS}",
    re.IGNORECASE,
)
_SECRET = re.compile(rf"(?:(?:{_SCHEMES}) {{1,3}}(?=[^\s,;&]{{8}}))?{_WORD.pattern}", re.IGNORECASE)
_COOKIE_PAIR = r"""[^\s;=,"'&<>]{1,100}=[^\s;,"'&<>]{0,4000}"""
_COOKIE_ATTRIBUTE = (
    r"""(?:path|domain|expires|max-age|secure|httponly|samesite|partitioned|priority)(?:=[^;\r\n"'&<>]{0,64})?"""
)
_COOKIES = re.compile(rf"(?i:{_COOKIE_PAIR}(?:; ?(?:{_COOKIE_ATTRIBUTE}(?![^;\s\"'])|{_COOKIE_PAIR})){{0,100}})")

_BY_ID = {
    "authorization": _SCHEMED,
    "token": _SECRET,
    "api_key": _SECRET,
    "secret": _SECRET,
    "cookie": _COOKIES,
    "person_name": _NAME,
    "birth_date": _DATE,
    "coordinates": _PAIR,
    "postal_address": _LINE,
    "card_number": _CARD,
    "bank_account": _IBAN,
    "social_security_number": _SSN,
    "phone_number": _PHONE,
    "identity_document": _ID,
}
_BY_ACTION = {"card": _CARD, "iban": _IBAN, "ssn": _SSN, "phone": _PHONE, "last4": _ID, "scheme": _SCHEMED}
_ENDS_INSIDE_OF_WORDS = frozenset({"cookie", "postal_address", "authorization", "person_name"})
_OPENING = {")": "(", "]": "[", "}": "{"}


def end_of_value(text: str, start: int, key_class: CompiledClass) -> int | None:
    """Return where the unquoted value that begins at ``start`` ends, or None if none begins there."""
    masked = end_of_mask(key_class.action, text, start)
    if masked is not None:
        return masked
    shape = _BY_ID.get(key_class.id) or _BY_ACTION.get(key_class.action)
    word = _WORD.match(text, start)
    shaped = shape.match(text, start) if shape is not None else None
    if shaped is None:
        return start + len(_without_closers(word[0])) if word is not None else None
    end = start + len(_without_closers(shaped[0]))
    # A value that goes on directly behind its usual shape is another: 2026-11-21abc.
    if word is not None and key_class.id not in _ENDS_INSIDE_OF_WORDS:
        rest = text[shaped.end() : word.end()]
        if rest.strip(".:!?)]}"):
            return start + len(_without_closers(word[0]))
    return end


def is_bracketed_phone(text: str, start: int, key_class: CompiledClass) -> bool:
    """Whether a bracket at ``start`` is that of an area code, masked already or not: ``(0212) 255 67 40``."""
    if text[start : start + 1] != "(" or key_class.action != "phone":
        return False
    return _PHONE.match(text, start) is not None or end_of_mask("phone", text, start) is not None


def _without_closers(value: str) -> str:
    """Drop closing brackets that belong to what stands around the value: ``f(password=x)``."""
    while value[-1:] in _OPENING and value.count(_OPENING[value[-1]]) < value.count(value[-1]):
        value = value[:-1]
    return value
