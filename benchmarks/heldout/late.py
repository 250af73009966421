# ruff: noqa: E501 - one kind of text in one line
"""Carriers, words and vendors that came into the set when the rules were finished: nobody was shown a miss of them."""

from __future__ import annotations

import random
from dataclasses import replace

from benchmarks.heldout.carriers import Carrier
from benchmarks.heldout.model import Value
from benchmarks.heldout.people import phone_national_context
from benchmarks.heldout.vendor_tokens import fill

CARRIERS: tuple[Carrier, ...] = (
    Carrier("haproxy", 'Nov 21 10:11:12 lb haproxy[<<pid>>]: 10.0.0.9:<<port>> [<<clf>>] web api/s1 0/0/1/12/13 200 512 - - ---- 1/1/0/0/0 0/0 "GET /find?<<key>>=<<v>> HTTP/1.1"', "field", "url"),
    Carrier("lambda error", '{"errorMessage": "<<v>>", "errorType": "ValueError", "requestId": "<<uuid>>"}', "free", "json"),
    Carrier("rails parameters", 'Parameters: {"user"=>{"<<key>>"=>"<<v>>"}, "commit"=>"Save"}', "field", "json utf-8"),
    Carrier("php", "PHP Warning:  Undefined index for <<v>> in /var/www/html/index.php on line <<n>>", "free", "plain", False),
    Carrier("go log", "2026/11/21 10:11:12 handler.go:<<n>>: lookup failed for <<v>>: context deadline exceeded", "free", "plain", False),
    Carrier("dotnet", "fail: Shop.Api.Customers[0]\n      Could not find customer <<v>>\n      System.InvalidOperationException: Sequence contains no elements"),
    Carrier("elasticsearch", '{"query": {"bool": {"must": [{"term": {"<<key>>": "<<v>>"}}]}}, "size": 10}', "field", "json"),
    Carrier("mongodb", '{"find": "users", "filter": {"<<key>>": "<<v>>"}, "limit": <<n>>}', "field", "json"),
    Carrier("protobuf text", 'customer {\n  id: <<n>>\n  <<key>>: "<<v>>"\n}', "field", "json utf-8"),
    Carrier("toml", '[customer]\nid = <<n>>\n<<key>> = "<<v>>"\n', "field", "json utf-8"),
    Carrier("syslog 5424", '<165>1 <<ts>> host-3 shop <<pid>> ID47 [shop@32473 <<key>>="<<v>>"] profile saved', "field", "json utf-8", False),
    Carrier("graphql error", '{"errors": [{"message": "Variable got invalid value <<v>>", "locations": [{"line": 1, "column": 9}]}]}', "free", "json"),
    Carrier("chat", ":warning: job <<n>> failed for <<v>> (<https://ci.local/jobs/<<n>>|log>)", "free", "plain", False),
    Carrier("docker", 'time="<<ts>>" level=error msg="<<v>>" container=api', "free", "json utf-8", False),
)  # fmt: skip

_TEMPLATES: dict[str, tuple[str, ...]] = {
    "clickup": ("pk_{D8}_{U32}",), "mailersend": ("mlsn.{H64}",), "neon": ("napi_{L64}",), "nvidia": ("nvapi-{B64}",),
    "persona": ("persona_production_{H8}-{H4}-4{H3}-8{H3}-{H12}",), "tavily": ("tvly-dev-{A32}", "tvly-{A32}"),
    "voyage": ("pa-{B43}",), "vercel blob": ("vercel_blob_rw_{A16}_{A30}",), "together": ("tgp_v1_{B43}",),
    "cerebras": ("csk-{L48}",), "firecrawl": ("fc-{H32}",), "e2b": ("e2b_{H40}",), "trigger.dev": ("tr_prod_{A20}",),
    "axiom": ("xaat-{H8}-{H4}-4{H3}-8{H3}-{H12}", "xapt-{H8}-{H4}-4{H3}-9{H3}-{H12}"), "honeycomb": ("hcaik_{L58}",),
    "render": ("rnd_{A28}",), "cal.com": ("cal_live_{H32}",), "langfuse": ("sk-lf-{H8}-{H4}-4{H3}-8{H3}-{H12}",),
    "paddle": ("pdl_live_apikey_{L26}_{A22}_{A3}",), "vault, old": ("s.{A24}",), "polar": ("polar_oat_{A43}",),
    "stackhawk": ("hawk.{A20}.{A20}",),
}  # fmt: skip
_PHONE_WORDS = ("dial ", "ring ", "hotline ", "Rückruf unter ", "numéro : ", "teléfono ", "telefoon: ", "numer telefonu ",
               "phoned ", "text message to ")  # fmt: skip


def late_token(rng: random.Random) -> Value:
    """A token of a vendor that came late."""
    vendor = rng.choice(tuple(_TEMPLATES))
    template = rng.choice(_TEMPLATES[vendor])
    text, keys = fill(rng, template), ("value", "data", "arg", "credential", "note")
    before = rng.choice(("", "", "", "key ", "using ", "invalid credential "))
    return Value("late_token", text, secret=text[template.find("{") :], before=before, keys=keys, detail=vendor)


def late_phone(rng: random.Random) -> Value:
    """A number without country code behind a word that came late."""
    return replace(phone_national_context(rng), type="late_phone", before=rng.choice(_PHONE_WORDS), keys=())
