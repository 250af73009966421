"""Checks that tell a real value from something of the same shape, by the words under which a policy names them.

Those of addresses and secrets are here, those of numbers in modules of their own. Each takes the whole text and the
range of the candidate, so that it can look at what stands around it, and returns whether it is the real thing.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Mapping

from otel_kit.redaction.validation import bank_accounts, cards, phones, us_ids
from otel_kit.redaction.validation.cards import is_card_number
from otel_kit.redaction.validation.checksums import Validator, inside_longer_number, total
from otel_kit.redaction.validation.coordinates import coordinates, degrees
from otel_kit.redaction.validation.eastern_ids import EASTERN
from otel_kit.redaction.validation.national_ids import WESTERN
from otel_kit.redaction.validation.travel_documents import mrz_names, mrz_numbers
from otel_kit.redaction.validation.vat_numbers import VAT

__all__ = ["VALIDATORS", "Validator", "is_card_number", "is_public_address"]

_KEPT_NETWORKS_4 = (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16",
    "224.0.0.0/3",
)  # fmt: skip
_KEPT_RANGES = tuple(
    (tuple(network.network_address.packed), tuple(network.broadcast_address.packed))
    for network in map(ipaddress.IPv4Network, _KEPT_NETWORKS_4)
)
_KEPT_NETWORKS_6 = tuple(map(ipaddress.IPv6Network, ("::/127", "fc00::/7", "fe80::/10", "ff00::/8")))


def is_public_address(text: str) -> bool:
    """Whether ``text`` is an IP address outside of loopback, link-local, private, unique-local and multicast networks.

    The documentation networks count as public: what stands there in a test stands for a real client.
    """
    octets = octets_of(text)
    if octets is not None:
        return not any(first <= octets <= last for first, last in _KEPT_RANGES)
    try:
        address = ipaddress.IPv6Address(text)
    except ValueError:
        return False
    if address.ipv4_mapped is not None:
        return is_public_address(str(address.ipv4_mapped))
    return not any(address in network for network in _KEPT_NETWORKS_6)


def octets_of(text: str) -> tuple[int, int, int, int] | None:
    """Return the numbers of an IPv4 address in its only usual form, or None. *Source:* RFC 6943, section 3.1.1."""
    parts = text.split(".")
    if len(parts) != 4:
        return None
    for part in parts:
        if not (part.isascii() and part.isdigit()) or len(part) > 3 or (part[0] == "0" and part != "0"):
            return None
    first, second, third, last = map(int, parts)
    return (first, second, third, last) if max(first, second, third, last) < 256 else None


_KEPT_BEGINNINGS = ("0.", "10.", "127.", "192.168.", "169.254.")  # the frequent ones, told without parsing
_PRODUCT = re.compile(r"(?:^|[^/\w.-])[A-Za-z][\w.-]{0,40}/\Z", re.ASCII)
_VERSION_WORD = re.compile(
    r"""(?:(?:version|versions|release|==|~=|>=|<=|\w-)|(?<![A-Za-z])(?:ver|rev|revision|firmware|fw|build|driver))"""
    r"""\.?[ :="']{0,3}\Z|(?<![A-Za-z?&])v\.? ?\Z""",
    re.ASCII | re.IGNORECASE,
)


def ip(text: str, start: int, end: int) -> bool:
    """Whether this is a public address and no version such as ``Chrome/120.0.0.0`` or ``==1.2.3.4``."""
    found = text[start:end]
    if ":" in found:
        return is_public_address(found)
    if found.startswith(_KEPT_BEGINNINGS) or inside_longer_number(text, start, end, "."):
        return False
    if not is_public_address(found):
        return False
    follows = text[end : end + 2]
    if len(follows) == 2 and follows[0] in ".-_+" and follows[1].isalpha():
        return False
    before = text[max(0, start - 48) : start]
    if before.endswith("/") and _PRODUCT.search(before):
        return False
    return not _VERSION_WORD.search(before[-16:])


_AT = re.compile("@|%40|%2540")
_NUMERIC_DOMAIN = re.compile(r"v?\d+\.\d", re.ASCII)
_IMAGE_NAME = re.compile(r"\d(?:\.\d)?x\.[a-z]{2,4}", re.IGNORECASE)
# What follows the last dot of files and of systemd's units, and is no top-level domain.
_FILE_WORDS = (
    "css csv exe gif htm html ico jar jpeg jpg js json jsx lock log pdf png svg toml ts tsx ttf txt webp woff xml yaml "
    "yml class device mount path scope service slice socket target timer transpose"
)
_FILE_ENDINGS = frozenset(_FILE_WORDS.split())
_NOBODY = re.compile(r"(?<![\w.+-])(?:git|celery)\Z", re.ASCII)  # git@host:path is a repository, celery@host a worker


def email(text: str, start: int, end: int) -> bool:
    """Whether the domain is one, and not a version (``pkg@1.2.3-rc.one``), a file (``icon@2x.png``) or a call."""
    local, *_, domain = _AT.split(text[start:end])
    at = start + len(local)
    if _NOBODY.search(text[max(0, at - 7) : at]) or _NUMERIC_DOMAIN.match(domain) or _IMAGE_NAME.fullmatch(domain):
        return False
    return domain.rpartition(".")[2].lower() not in _FILE_ENDINGS and text[end : end + 1] != "("


def basic(text: str, start: int, end: int) -> bool:
    """Whether this is base64 of ``user:password``. *Source:* RFC 7617."""
    found = text[start:end].rstrip("=")
    try:
        return b":" in base64.b64decode(found + "=" * (-len(found) % 4), validate=True)
    except (binascii.Error, ValueError):
        return False


def random(text: str, start: int, end: int) -> bool:
    """Whether this looks drawn by a machine: it has a digit and is no plain word chain."""
    return any(character.isdigit() for character in text[start:end])


_CHECKS: Mapping[str, Validator] = {
    "email": email, "ip": ip, "basic": basic, "random": random,
    "card": cards.card, "card_long": cards.card_long, "card_near_word": cards.card_near_word,
    "iban": bank_accounts.iban, "routing_number": bank_accounts.routing_number,
    "bank_account": bank_accounts.bank_account,
    "phone": phones.phone, "phone_national": phones.phone_national, "phone_spoken": phones.phone_spoken,
    "ssn": us_ids.ssn, "itin": us_ids.itin, "ein": us_ids.ein, "npi": us_ids.npi, "dea": us_ids.dea,
    "document_number": us_ids.document_number,
    "coordinates": coordinates, "degrees": degrees, "mrz_names": mrz_names, "mrz_numbers": mrz_numbers,
}  # fmt: skip
VALIDATORS: Mapping[str, Validator] = {name: total(check) for name, check in _CHECKS.items()} | {
    **WESTERN, **EASTERN, **VAT,
}  # fmt: skip
