"""Public addresses (IANA's special-purpose registries left out), JSON web tokens, keys and certificates' secrets."""

from __future__ import annotations

import base64
import ipaddress
import json
import random

from benchmarks.heldout.model import Value

ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
BASE64URL = ALPHANUMERIC + "-_"
BASE64 = ALPHANUMERIC + "+/"
_IP_KEYS = ("ip", "client_ip", "remote_addr", "peer", "x_forwarded_for", "source", "host")
_PEM = (
    "RSA PRIVATE KEY",
    "PRIVATE KEY",
    "EC PRIVATE KEY",
    "OPENSSH PRIVATE KEY",
    "ENCRYPTED PRIVATE KEY",
    "DSA PRIVATE KEY",
)


def pick(rng: random.Random, alphabet: str, count: int) -> str:
    """Return so many signs of an alphabet."""
    return "".join(rng.choice(alphabet) for _ in range(count))


def ipv4(rng: random.Random) -> Value:
    """A public IPv4 address, sometimes with a port or a prefix length."""
    while True:
        address = ipaddress.IPv4Address(rng.getrandbits(32))
        if address.is_global and not address.is_multicast and int(address) % 256 >= 10:
            break
    before = rng.choice(("", "", "", "from ", "client ", "ip=", "peer ", "X-Forwarded-For: "))
    after = rng.choice(("", "", "", "", f":{rng.randint(1024, 65535)}", "/32"))
    return Value("ipv4", str(address), before=before, after=after, keys=_IP_KEYS, exact=True)


def ipv6(rng: random.Random) -> Value:
    """A public IPv6 address: full, compressed, upper case, in brackets with a port."""
    network = rng.choice((0x2001_0470, 0x2A00_1450, 0x2A02_8108, 0x2606_4700, 0x2804_014C, 0x2400_CB00, 0x2003_00E1))
    tail = rng.choice((rng.getrandbits(64), rng.randrange(0x1000, 0xFFFF)))
    address = ipaddress.IPv6Address(network << 96 | rng.getrandbits(32) << 64 | tail)
    form = rng.choices(("compressed", "full", "upper", "brackets", "mapped"), (50, 20, 10, 12, 8))[0]
    text = {"full": address.exploded, "upper": address.compressed.upper()}.get(form, address.compressed)
    before, after = rng.choice(("", "", "from ", "client ", "ip=")), ""
    if form == "brackets":
        before, after = before + "[", f"]:{rng.randint(1024, 65535)}"
    if form == "mapped":
        four = ipv4(rng).text
        return Value("ipv6", f"::ffff:{four}", secret=four, before=before, keys=_IP_KEYS, exact=True, detail=form)
    # Masks keep the first 48 bits: what must not survive is the interface's half as it is written.
    hidden = ":".join(text.split(":")[-2:]) if form != "full" else ":".join(text.split(":")[4:])
    hidden = hidden.lstrip(":") or text
    return Value("ipv6", text, secret=hidden, before=before, after=after, keys=_IP_KEYS, exact=True, detail=form)


def _encoded(data: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(data, separators=(",", ":")).encode()).decode().rstrip("=")


def jwt(rng: random.Random) -> Value:
    """A signed JSON web token (RFC 7519), or an encrypted one of five parts (RFC 7516)."""
    algorithm = rng.choice(("HS256", "RS256", "ES256", "EdDSA", "none"))
    header = (
        {"alg": algorithm, "typ": "JWT"}
        if rng.random() < 0.7
        else {"typ": "JWT", "alg": algorithm, "kid": pick(rng, BASE64URL, 8)}
    )
    claims = {"sub": str(rng.randint(1, 10**9)), "iat": rng.randint(1_600_000_000, 1_800_000_000), "name": "nobody"}
    length = {"HS256": 43, "RS256": 342, "ES256": 86, "EdDSA": 86, "none": 0}[algorithm]
    before = rng.choice(("", "", "token ", "jwt=", "id_token="))
    if rng.random() < 0.12:
        head = _encoded({"alg": "RSA-OAEP", "enc": "A256GCM"})
        text = ".".join(
            (
                head,
                pick(rng, BASE64URL, 342),
                pick(rng, BASE64URL, 16),
                pick(rng, BASE64URL, 120),
                pick(rng, BASE64URL, 22),
            )
        )
        return Value("jwt", text, before=before, keys=("token", "jwt", "id_token", "assertion"), detail="encrypted")
    if algorithm == "none":
        algorithm, length, header = "HS256", 43, {"alg": "HS256", "typ": "JWT"}
    text = f"{_encoded(header)}.{_encoded(claims)}.{pick(rng, BASE64URL, length)}"
    # The header is the same for everybody.
    return Value(
        "jwt",
        text,
        secret=text.partition(".")[2],
        before=before,
        keys=("token", "jwt", "id_token", "assertion"),
        detail=algorithm,
    )


def pem(rng: random.Random) -> Value:
    """A private key in PEM (RFC 7468), sometimes cut off."""
    label = rng.choice(_PEM)
    size = rng.choice((2, 4, 8, 16, 25))
    lines = [pick(rng, BASE64, 64) for _ in range(size)] + [pick(rng, BASE64, rng.randint(8, 60)) + "=="]
    body = "\n".join(lines)
    cut = rng.random() < 0.25
    text = f"-----BEGIN {label}-----\n{body}" + ("" if cut else f"\n-----END {label}-----")
    return Value(
        "pem",
        text,
        secret=body,
        keys=("private_key", "tls.key", "key", "pem", "content"),
        detail=f"{label}{' cut' if cut else ''}",
    )


def pgp(rng: random.Random) -> Value:
    """A private key block of OpenPGP (RFC 9580 section 6)."""
    body = "\n".join(pick(rng, BASE64, 64) for _ in range(6)) + f"\n={pick(rng, BASE64, 4)}"
    text = f"-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n{body}\n-----END PGP PRIVATE KEY BLOCK-----"
    return Value("pem", text, secret=body, keys=("private_key", "key"), detail="PGP")
