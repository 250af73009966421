# ruff: noqa: E501 - one kind of text in one line
"""Tokens with a fixed prefix, from what each vendor publishes of its own format.

A template's braces hold an alphabet and a count: ``A`` letters and digits, ``U`` capitals and digits, ``L`` small
letters and digits, ``H`` small hex, ``B`` base64url, ``S`` base64, ``D`` digits, ``C`` base32, ``X`` capital hex. The
text before the first brace, or before a bar, tells no secret; the rest is the secret.
"""

from __future__ import annotations

import base64
import json
import random
import re
import zlib

from benchmarks.heldout.machines import ALPHANUMERIC, BASE64, BASE64URL, pick
from benchmarks.heldout.model import Value

_ALPHABETS = {
    "A": ALPHANUMERIC, "U": "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", "L": "abcdefghijklmnopqrstuvwxyz0123456789",
    "H": "0123456789abcdef", "B": BASE64URL, "S": BASE64, "D": "0123456789", "C": "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
    "X": "0123456789ABCDEF",
}  # fmt: skip
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SLOT = re.compile(r"\{([AULHBSDCX])(\d+)}")

TEMPLATES: dict[str, tuple[str, ...]] = {
    # clouds
    "aws access key": ("AKIA{C16}", "ASIA{C16}"),
    "google api key": ("AIza{B35}",),
    "google oauth client": ("GOCSPX-{B28}",),
    "google oauth token": ("ya29.a0{B160}", "ya29.{B68}"),
    "google refresh token": ("1//0{B60}",),
    "azure ad client secret": ("{A3}8Q~{B34}", "{A3}7Q~{B31}"),
    "alibaba access key": ("LTAI5t{A20}", "LTAI4G{A18}"),
    "tencent secret id": ("AKID{A32}",),
    "digitalocean": ("dop_v1_{H64}", "doo_v1_{H64}", "dor_v1_{H64}"),
    "yandex cloud": ("AQVN{B35}", "t1.9euelZ{B60}.{B86}"),
    "heroku": ("HRKU-AA{B58}",),
    "fly.io": ("FlyV1 fm2_{S200}", "fo1_{B43}"),
    "scalingo": ("tk-us-{B48}",),
    "netlify": ("nfp_{A36}",),
    "supabase": ("sbp_{H40}", "sb_secret_{B31}"),
    "planetscale": ("pscale_tkn_{B43}", "pscale_pw_{B43}", "pscale_oauth_{B43}"),
    "mongodb atlas": ("mdb_sa_sk_{B40}",),
    "cloudflare origin ca": ("v1.0-{H24}-{H146}",),
    "databricks": ("dapi{H32}", "dapi{H32}-2"),
    "terraform cloud": ("{A14}.atlasv1.{B67}",),
    "vault": ("hvs.{B95}", "hvb.{B140}", "hvs.{B24}"),
    "pulumi": ("pul-{H40}",),
    "doppler": ("dp.pt.{A43}", "dp.st.dev.{A43}", "dp.ct.{A43}", "dp.sa.{A43}"),
    "infracost": ("ico-{A32}",),
    "openshift": ("sha256~{B43}",),
    "tailscale": ("tskey-auth-{A17}-{A32}", "tskey-api-{A16}-{A32}", "tskey-client-{A17}-{A32}"),
    "defined networking": ("dnkey-{C26}-{C52}",),
    # code and packages
    "gitlab": ("glpat-{B20}", "gldt-{B20}", "glrt-{B20}", "glptt-{H40}", "glcbt-1a_{B20}", "glft-{B20}", "glimt-{B25}",
               "glagent-{B50}", "gloas-{H64}", "glsoat-{B20}", "glffct-{B20}", "GR1348941{B20}", "glpat-{B27}.01.{L9}"),
    "github fine-grained": ("github_pat_{A22}_{A59}",),
    "bitbucket": ("ATBB{A32}",),
    "atlassian": ("ATATT3xFfGF0{B171}={X8}", "ATCTT3xFfGN0{B171}={X8}"),
    "pypi": ("pypi-AgEIcHlwaS5vcmc{B160}", "pypi-AgENdGVzdC5weXBpLm9yZw{B140}"),
    "rubygems": ("rubygems_{H48}",),
    "docker hub": ("dckr_pat_{B27}", "dckr_oat_{B32}"),
    "nuget": ("oy2{L43}",),
    "clojars": ("CLOJARS_{L60}",),
    "crates.io": ("cio{A32}",),
    "sourcegraph": ("sgp_{H40}", "sgp_{H16}_{H40}"),
    "buildkite": ("bkua_{H40}",),
    "circleci": ("CCIPAT_{A22}_{H40}",),
    "harness": ("pat.{B22}.{H24}.{A20}",),
    "sonarqube": ("squ_{H40}", "sqp_{H40}", "sqa_{H40}"),
    "jfrog": ("AKCp{A69}", "cmVmdGtu{A56}"),
    "octopus deploy": ("API-{U26}",),
    "readme": ("rdme_{L70}",),
    "prefect": ("pnu_{A36}",),
    "postman": ("PMAK-{H24}-{H34}",),
    "azure devops": ("{A52}JQQJ99BAACAAAAAAAAAAAASAZDO{A4}",),
    # chat, mail and phone
    "slack bot": ("xoxb-{D12}-{D13}-{A24}",),
    "slack user": ("xoxp-{D12}-{D12}-{D13}-{H32}",),
    "slack app": ("xapp-1-A{U10}-{D13}-{H64}",),
    "slack refresh": ("xoxe-1-{A146}", "xoxe.xoxp-1-{A166}"),
    "slack webhook": ("https://hooks.slack.com/services/T{U10}/B{U10}/{A24}",),
    "discord webhook": ("https://discord.com/api/webhooks/{D19}/{B68}",),
    "teams webhook": ("https://contoso.webhook.office.com/webhookb2/{H8}-{H4}-4{H3}-a{H3}-{H12}@{H8}-{H4}-4{H3}-9{H3}-{H12}/IncomingWebhook/|{H32}/{H8}-{H4}-4{H3}-8{H3}-{H12}",),
    "telegram bot": ("{D10}:AAE{B32}", "{D9}:AAH{B32}"),
    "twilio": ("SK{H32}",),
    "sendgrid": ("SG.{B22}.{B43}",),
    "mailgun": ("key-{H32}",),
    "mailchimp": ("{H32}-us12", "{H32}-us6"),
    "brevo": ("xkeysib-{H64}-{A16}", "xsmtpsib-{H64}-{A16}"),
    "resend": ("re_{A8}_{A24}",),
    "zapier webhook": ("https://hooks.zapier.com/hooks/catch/{D7}/{L7}/",),
    # payment and shops
    "stripe": ("sk_live_{A24}", "sk_live_51{A97}", "rk_live_{A24}", "sk_test_{A24}", "rk_test_{A99}"),
    "stripe webhook": ("whsec_{A32}",),
    "square": ("sq0atp-{B22}", "sq0csp-{B43}", "EAAAE{B59}"),
    "braintree": ("access_token$production${L16}${H32}",),
    "shopify": ("shpat_{H32}", "shpca_{H32}", "shppa_{H32}", "shpss_{H32}"),
    "flutterwave": ("FLWSECK-{H32}-X", "FLWSECK_TEST-{H32}-X"),
    "adyen": ("AQE{S80}==-{S43}=-{A16}",),
    "easypost": ("EZAK{A54}", "EZTK{A54}"),
    "shippo": ("shippo_live_{H40}", "shippo_test_{H40}"),
    "duffel": ("duffel_live_{B43}",),
    "lob": ("live_{H35}", "test_{H35}"),
    "plaid": ("access-production-{H8}-{H4}-4{H3}-8{H3}-{H12}", "access-sandbox-{H8}-{H4}-4{H3}-a{H3}-{H12}"),
    "paystack": ("sk_live_{H40}",),
    "razorpay": ("rzp_live_{A14}",),
    # AI
    "openai": ("sk-{A20}T3BlbkFJ{A20}", "sk-proj-{B74}T3BlbkFJ{B74}", "sk-svcacct-{B74}T3BlbkFJ{B74}", "sk-admin-{B58}T3BlbkFJ{B58}"),
    "anthropic": ("sk-ant-api03-{B93}AA", "sk-ant-admin01-{B93}AA", "sk-ant-oat01-{B93}AA"),
    "hugging face": ("hf_{A34}", "api_org_{A34}"),
    "groq": ("gsk_{A52}",),
    "xai": ("xai-{A80}",),
    "perplexity": ("pplx-{A48}",),
    "openrouter": ("sk-or-v1-{H64}",),
    "replicate": ("r8_{A37}",),
    "langsmith": ("lsv2_pt_{H32}_{H10}", "lsv2_sk_{H32}_{H10}"),
    "pinecone": ("pcsk_{A5}_{A62}",),
    "elevenlabs": ("sk_{H48}",),
    "deepseek": ("sk-{H32}",),
    # watching
    "grafana": ("glsa_{A32}_{H8}",),
    "new relic": ("NRAK-{U27}", "NRJS-{H19}", "NRII-{B32}", "NRIQ-{A32}"),
    "dynatrace": ("dt0c01.{C24}.{C64}", "dt0s16.{C24}.{C64}"),
    "sentry": ("sntryu_{H64}",),
    "launchdarkly": ("api-{H8}-{H4}-4{H3}-8{H3}-{H12}", "sdk-{H8}-{H4}-4{H3}-9{H3}-{H12}"),
    "pagerduty": ("u+{B18}",),
    "logfire": ("pylf_v1_us_{A43}",),
    "posthog": ("phx_{A43}",),
    # work and the rest
    "notion": ("secret_{A43}", "ntn_{D11}{A35}"),
    "linear": ("lin_api_{A40}", "lin_oauth_{H64}"),
    "figma": ("figd_{B40}",),
    "airtable": ("pat{A14}.{H64}",),
    "asana": ("1/{D16}:{H32}", "2/{D16}/{D16}:{H32}"),
    "hubspot": ("pat-na1-{H8}-{H4}-4{H3}-8{H3}-{H12}", "pat-eu1-{H8}-{H4}-4{H3}-9{H3}-{H12}"),
    "contentful": ("CFPAT-{B43}",),
    "typeform": ("tfp_{B44}_{B14}",),
    "frame.io": ("fio-u-{B64}",),
    "dropbox": ("sl.u.{B136}",),
    "facebook": ("EAACEdEose0cBA{A160}", "EAAM{A110}"),
    "mapbox": ("sk.eyJ1Ijoi{B60}.{B22}",),
    "adafruit": ("aio_{A28}",),
    "lichess": ("lip_{A20}",),
    "1password": ("ops_eyJ{B250}", "A3-{U6}-{U6}-{U5}-{U5}-{U5}-{U5}"),
    "age": ("AGE-SECRET-KEY-1{C58}",),
    "okta": ("SSWS 00{B40}",),
    "maxmind": ("{A6}_{A29}_mmk",),
    "cloudinary": ("cloudinary://{D15}:{B27}@demo",),
    "twitter": ("AAAAAAAAAAAAAAAAAAAAA{A60}%3D{A40}",),
}  # fmt: skip
_UNDER_NAME = {
    "aws secret key": ("aws_secret_access_key", "{S40}"),
    "azure storage": ("AccountKey", "{S86}=="),
    "azure service bus": ("SharedAccessKey", "{S43}="),
    "datadog": ("DD_API_KEY", "{H32}"),
    "datadog app": ("DD_APP_KEY", "{H40}"),
    "cloudflare": ("CLOUDFLARE_API_TOKEN", "{B40}"),
    "algolia": ("ALGOLIA_API_KEY", "{H32}"),
    "confluent": ("CONFLUENT_API_SECRET", "{S64}"),
    "django": ("SECRET_KEY", "django-insecure-{A50}"),
    "twilio auth": ("TWILIO_AUTH_TOKEN", "{H32}"),
    "new relic license": ("NEW_RELIC_LICENSE_KEY", "{H36}NRAL"),
    "wandb": ("WANDB_API_KEY", "{H40}"),
    "newrelic insert": ("Api-Key", "NRAK-{U27}"),
    "github webhook": ("webhook_secret", "{H40}"),
}

_SIGNED = {
    "s3 presigned": (
        "https://files.s3.amazonaws.com/a.pdf?X-Amz-Expires=600&X-Amz-Signature=", "{H64}", "&x-id=GetObject"),
    "gcs signed": ("https://storage.googleapis.com/files/a.pdf?X-Goog-Expires=600&X-Goog-Signature=", "{H256}", ""),
    "azure sas": ("https://acme.blob.core.windows.net/files/a.pdf?sv=2024-11-04&sr=b&sig=", "{A43}%3D", "&sp=r"),
    "cloudfront signed": ("https://d111.cloudfront.net/a.pdf?Expires=1790000000&Signature=", "{B340}__", "&Key-Pair-Id=K1"),
}  # fmt: skip


def fill(rng: random.Random, template: str) -> str:
    """Return a made-up value of a template."""
    return _SLOT.sub(lambda match: pick(rng, _ALPHABETS[match[1]], int(match[2])), template)


def _checksummed(rng: random.Random, prefix: str) -> str:
    """GitHub's and npm's form: 30 signs and the CRC-32 of them in six signs of base 62."""
    body = pick(rng, ALPHANUMERIC, 30)
    number, check = zlib.crc32(body.encode()), ""
    while number:
        number, rest = divmod(number, 62)
        check = _BASE62[rest] + check
    return f"{prefix}{body}{check.rjust(6, '0')}"


def _discord_bot(rng: random.Random) -> str:
    """The bot's number in base64, a time, a signature."""
    head = base64.urlsafe_b64encode(str(rng.randint(10**18, 1_300 * 10**15)).encode()).decode().rstrip("=")
    return f"{head}.G{pick(rng, BASE64URL, 5)}.{pick(rng, BASE64URL, 38)}"


def _grafana_cloud(rng: random.Random) -> str:
    data = {
        "o": str(rng.randint(10**5, 10**6)),
        "n": "stack-hl-write",
        "k": pick(rng, ALPHANUMERIC, 24),
        "m": {"r": "eu"},
    }
    return "glc_" + base64.b64encode(json.dumps(data, separators=(",", ":")).encode()).decode()


def _sentry_org(rng: random.Random) -> str:
    data = {"iat": rng.randint(1_700_000_000, 1_800_000_000), "url": "https://sentry.io", "org": "acme"}
    head = base64.b64encode(json.dumps(data, separators=(",", ":")).encode()).decode()
    return f"sntrys_{head}_{pick(rng, BASE64, 43)}"


_MADE = {
    "github": lambda rng: _checksummed(rng, rng.choice(("ghp_", "gho_", "ghu_", "ghs_", "ghr_"))),
    "npm": lambda rng: _checksummed(rng, "npm_"),
    "discord bot": _discord_bot,
    "grafana cloud": _grafana_cloud,
    "sentry org": _sentry_org,
}
VENDORS = tuple(sorted({*TEMPLATES, *_MADE}))


def vendor_token(rng: random.Random) -> Value:
    """A token of some vendor, as bare as it comes."""
    vendor = rng.choice(VENDORS)
    if vendor in _MADE:
        text = _MADE[vendor](rng)
        start = text.find("." if vendor == "discord bot" else "_") + 1
    else:
        template = rng.choice(TEMPLATES[vendor])
        public, bar, rest = template.partition("|")
        if bar:
            shown = fill(rng, public)
            text, start = shown + fill(rng, rest), len(shown)
        else:
            text, start = fill(rng, template), template.find("{")
    before = rng.choice(("", "", "", "key ", "using ", "invalid credential "))
    keys = ("value", "data", "arg", "credential", "note")
    return Value("vendor_token", text, secret=text[start:], before=before, keys=keys, detail=vendor)


def named_secret(rng: random.Random) -> Value:
    """A secret without a form of its own, under the name that its vendor gives it, or a URL that is signed."""
    vendor = rng.choice((*_UNDER_NAME, *_SIGNED))
    if vendor in _SIGNED:
        before, template, after = _SIGNED[vendor]
        return Value("named_secret", fill(rng, template), before=before, after=after, needs_key=True, detail=vendor)
    name, template = _UNDER_NAME[vendor]
    glue = "=" if vendor in ("azure storage", "azure service bus") else rng.choice(("=", "=", ": ", " = "))
    return Value(
        "named_secret", fill(rng, template), before=f"{name}{glue}", keys=(name,), needs_key=True, detail=vendor
    )
