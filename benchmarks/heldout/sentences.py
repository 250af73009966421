# ruff: noqa: E501 - one kind of text in one line
"""Sentences as people write them, in the manner of Presidio's synthetic set: own templates, Faker's values."""

from __future__ import annotations

import random

from benchmarks.heldout.identities import ssn
from benchmarks.heldout.machines import ipv4
from benchmarks.heldout.model import Item, Planted, Value
from benchmarks.heldout.money import card, iban
from benchmarks.heldout.people import email, faker_of, phone_international, phone_national_bare

_TEMPLATES: dict[str, tuple[str, ...]] = {
    "email": (
        "Hi, this is {name}, please write to {v} when the parcel leaves {city}.", "My address changed from {v} to another one.",
        "{name} <{v}> wrote on Monday:", "Is {v} still the right contact for {company}?", "Unsubscribe {v}, please!",
        "You can reach {name} at {v}.", "Forwarded by {v} to the whole team of {company}",
    ),
    "card": (
        "I paid with my card {v} and was charged twice.", "Please cancel the credit card {v}, I lost it in {city}.",
        "card number: {v}, exp 04/29", "{name} asks for a refund to {v}.", "What is the limit of {v}?", "My {company} card {v} was declined.",
    ),
    "iban": (
        "Please transfer the rest to {v}.", "My IBAN is {v}, the bank is in {city}.", "{name} has the account {v} at {company}.",
        "Is {v} a valid account?", "Refund goes to {v} ({name})",
    ),
    "ssn": (
        "My social security number is {v}.", "SSN {v} belongs to {name}.", "{name}, born in {city}, SSN: {v}", "Please check {v} in the files, it is my SSN.",
        "I was asked for my SSN, it's {v}",
    ),
    "ip": (
        "The server at {v} does not answer any more.", "I was blocked, my IP is {v}", "{name} logged in from {v} in {city}", "Traffic from {v} to {company} was dropped.",
        "ping {v}: no route to host",
    ),
    "phone": (
        "Call me back at {v}, please.", "{name} can be reached under {v} until five.", "My number changed, it is {v} now.", "Phone: {v}", "Please text {v} when you are in {city}.",
        "{company}, {city}, {v}", "Is {v} the hotline of {company}?", "I tried {v} three times, nobody answered.", "Tel. {v}, ask for {name}",
    ),
}  # fmt: skip
_PLAIN = (
    "Hi, this is {name} from {city}, when does the parcel arrive?", "{name} works for {company} since 2019.", "The office of {company} in {city} is closed on Monday.",
    "Order 4711 of {name} was sent to {city} with 3 items for 129.90.", "Please call {name} back after 10:30.", "My account number is not known to {company}.",
    "{company} charged me twice on 12/04/2026, 49.99 each.", "I forgot my password and the PIN of my card.", "{name} moved from {city} in 1998.", "Room 204, second floor, 12-14 {city} street",
)  # fmt: skip


def _value(kind: str, rng: random.Random) -> Value:
    if kind == "phone":
        return (phone_international if rng.random() < 0.4 else phone_national_bare)(rng)
    makers = {"email": email, "card": card, "iban": iban, "ssn": ssn, "ip": ipv4}
    while True:
        value = makers[kind](rng)
        bare = value.needs_key and kind in ("ssn", "card")  # digits that nobody could tell from a counter
        if not bare:
            return value


def sentences(rng: random.Random, each: int) -> list[Item]:
    """Return so many sentences of each kind, typed ``sentence: kind``, and as many without any value."""
    items = []
    for kind, templates in _TEMPLATES.items():
        for _ in range(each):
            value, faker = _value(kind, rng), faker_of(rng)
            template = rng.choice(templates).replace("{name}", faker.name()).replace("{city}", faker.city())
            before, _, after = template.replace("{company}", faker.company()).partition("{v}")
            start = len(before)
            planted = Planted(
                f"sentence: {kind}", start, start + len(value.text), (value.hidden,), value.exact, value.detail
            )
            items.append(
                Item(
                    f"sentence: {kind}",
                    "sentence",
                    before + value.text + after,
                    planted=(planted,),
                    words=(before, after),
                )
            )
    for _ in range(each):
        faker = faker_of(rng)
        text = rng.choice(_PLAIN).replace("{name}", faker.name()).replace("{city}", faker.city())
        items.append(Item("sentences without values", "sentence", text.replace("{company}", faker.company())))
    return items
