# ruff: noqa: E501 - one kind of text in one line
"""Puts values into carriers: the whole set from one seed, the same on every machine with the same Faker."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace

from benchmarks.heldout import identities, late, machines, money, passwords, people, vendor_tokens
from benchmarks.heldout.attributes import PLACES
from benchmarks.heldout.captured import captured_item
from benchmarks.heldout.carriers import CARRIERS, ENCODINGS, Carrier, filled
from benchmarks.heldout.model import Item, Planted, Value, survives
from benchmarks.heldout.negatives import negatives
from benchmarks.heldout.sentences import sentences

Maker = Callable[[random.Random], Value]

# Types with a target, and how many thousandths of the set each has.
TYPES: dict[str, tuple[Maker, int]] = {
    "email": (people.email, 80), "card": (money.card, 70), "iban": (money.iban, 60), "ssn": (identities.ssn, 40),
    "ipv4": (machines.ipv4, 50), "ipv6": (machines.ipv6, 40), "national_id": (identities.national_id, 80),
    "phone_international": (people.phone_international, 60), "phone_national_context": (people.phone_national_context, 60),
    "coordinates": (people.coordinates, 30), "person_name": (people.person_name, 30), "birth_date": (people.birth_date, 30),
    "jwt": (machines.jwt, 30), "pem": (lambda rng: (machines.pgp if rng.random() < 0.1 else machines.pem)(rng), 30),
    "vendor_token": (vendor_tokens.vendor_token, 130), "named_secret": (vendor_tokens.named_secret, 30),
    "password_url": (passwords.password_url, 30), "password_setting": (passwords.password_setting, 60),
    "password_option": (passwords.password_option, 20), "bearer": (passwords.bearer, 20), "basic": (passwords.basic, 20),
    "cookie": (passwords.cookie, 30),
}  # fmt: skip
# Types that nothing but a guess can find in text. They are measured to say what passes, and have no target.
WEAK: dict[str, tuple[Maker, int]] = {
    "phone_national_bare": (people.phone_national_bare, 30), "national_id_bare": (identities.national_id_bare, 20),
    "coordinates_bare": (people.coordinates, 15), "password_prose": (passwords.password_prose, 20),
    "late_token": (late.late_token, 25), "late_phone": (late.late_phone, 15),
}  # fmt: skip
_NEUTRAL = ("q", "value", "ref", "note", "input", "arg", "data", "text", "param", "v")
_SHARE_OF_ATTRIBUTES, _SHARE_OF_CAPTURED, _SHARE_CUT = 0.22, 0.1, 0.03
# Carriers in which the name of the field does not stand right before the value: only a parser could join the two.
_APART = {"sqlalchemy echo", "sqlalchemy error", "mysql", "pydantic", "html", "captured: database error"}
_CUT_TYPES = ("vendor_token", "jwt", "pem", "bearer", "named_secret")


def generate(seed: int, size: int = 20_000) -> list[Item]:
    """Return the set of a seed: two thirds positives and sentences, the rest hard negatives."""
    rng = random.Random(seed)
    items: list[Item] = []
    unit = size * 0.7 / 1000
    for type_name, (make, share) in {**TYPES, **WEAK}.items():
        items += [_item(rng, make, type_name) for _ in range(round(unit * share))]
    items += negatives(rng, each=round(size * 0.42 / 21))
    items += sentences(rng, each=round(size * 0.06 / 6))
    return items


def _item(rng: random.Random, make: Maker, type_name: str) -> Item:
    """Return an item whose carrier does not by chance hold a piece of the secret."""
    while True:
        value = make(rng)
        if value.type != type_name:
            continue
        lot = rng.random()
        if lot < _SHARE_OF_ATTRIBUTES:
            item = _in_attributes(rng, value)
        elif lot < _SHARE_OF_ATTRIBUTES + _SHARE_OF_CAPTURED:
            item = captured_item(rng, value, _key(rng, value))
        else:
            item = _in_text(rng, value)
        if item is None or (item.words and survives(item.planted[0], "\n".join(item.words))):
            continue
        if value.needs_key and item.carrier in _APART:
            return replace(item, type="key_apart")
        return item


def _key(rng: random.Random, value: Value) -> str:
    """Return the name of a field: one that tells what it holds, or, where the value tells it itself, a neutral one."""
    return rng.choice(value.keys if value.keys and (value.needs_key or rng.random() < 0.5) else _NEUTRAL)


def _in_text(rng: random.Random, value: Value) -> Item | None:
    fitting = list(_fitting(value))
    if not fitting:
        return None
    carrier = rng.choice(fitting)
    encode = ENCODINGS[carrier.encoding]
    before, after = filled(carrier, rng, _key(rng, value))
    if carrier.takes == "free":
        before, after = before + encode(value.before), encode(value.after) + after
    text = encode(value.text)
    end = len(before) + len(text)
    secrets = {value.hidden, encode(value.hidden)}
    name, whole = carrier.name, before + text + after
    if (
        value.type in _CUT_TYPES
        and len(value.hidden) >= 40
        and carrier.encoding == "plain"
        and rng.random() < _SHARE_CUT
    ):
        end -= len(value.hidden) // 3
        whole, name = whole[:end], "cut off"
        secrets = {value.hidden[: len(value.hidden) - len(value.hidden) // 3]}
    planted = Planted(value.type, len(before), end, tuple(sorted(secrets)), value.exact, value.detail)
    around = (before, after if name != "cut off" else "")
    is_late = carrier in late.CARRIERS
    return Item(value.type, name, whole, planted=(planted,), words=around, is_late=is_late)


def _fitting(value: Value) -> Iterator[Carrier]:
    for carrier in (*CARRIERS, *late.CARRIERS):
        if "\n" in value.text and not carrier.lines:
            continue
        has_words = bool(value.before or value.after)
        if carrier.takes == "field":
            # A field holds the bare value; without a name that tells, only if the value needs none.
            named = "<<key>>" in carrier.template
            if (value.needs_key and not (named and value.keys)) or (value.after and has_words and not value.keys):
                continue
            yield carrier
        elif not value.needs_key or has_words:
            yield carrier


def _in_attributes(rng: random.Random, value: Value) -> Item | None:
    name = rng.choice(tuple(PLACES))
    make, own_key, with_words = PLACES[name]
    if own_key and not value.keys and value.needs_key:
        return None
    if not own_key and value.needs_key and not (with_words and value.before):
        return None
    if name == "key of a map" and value.type not in ("email", "card", "iban", "ssn", "vendor_token", "jwt", "ipv4"):
        return None
    made = make(value, _key(rng, value) if own_key else "note")
    if made is None:
        return None
    attributes, secrets = made
    planted = Planted(value.type, 0, 0, tuple(dict.fromkeys(secrets)), value.exact, value.detail)
    return Item(value.type, name, attributes=attributes, planted=(planted,))
