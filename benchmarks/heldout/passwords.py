# ruff: noqa: E501 - one kind of text in one line
"""Passwords and sessions where they really stand: URLs, settings, command lines, headers, cookies, prose."""

from __future__ import annotations

import base64
import random

from benchmarks.heldout.machines import ALPHANUMERIC, BASE64URL, pick
from benchmarks.heldout.model import Value

_WORDS = ("Sommer", "dragon", "Monkey", "qwert", "letmein", "Bahnhof", "Winter", "tiger", "Passau", "correcthorse")
_SCHEMES = ("postgresql", "postgres", "mysql", "mysql+pymysql", "mongodb", "mongodb+srv", "redis", "rediss", "amqp",
            "postgresql+asyncpg", "https", "http", "ftp", "sftp", "smtp", "ldap", "mssql+pyodbc", "clickhouse", "nats")  # fmt: skip
_USERS = ("app", "root", "admin", "svc_orders", "reporting", "jdoe", "postgres", "deploy")
_HOSTS = (
    "db.internal:5432/shop",
    "cache:6379/0",
    "mq.svc.cluster.local:5672",
    "10.0.3.7/app",
    "repo.example.com/simple",
)


def _secret(rng: random.Random) -> str:
    kind = rng.randrange(4)
    if kind == 0:
        return f"{rng.choice(_WORDS)}{rng.randint(10, 9999)}{rng.choice('!?#$*')}"
    if kind == 1:
        return pick(rng, ALPHANUMERIC, rng.randint(10, 24))
    if kind == 2:
        return f"{rng.choice(_WORDS)}-{rng.choice(_WORDS).lower()}-{rng.randint(100, 999)}"
    return pick(rng, ALPHANUMERIC + "!$*_-.^~", rng.randint(12, 20)).strip(".-!~^*$_") + "x7"


_NAMES = ("password", "passwd", "pwd", "PASSWORD", "DB_PASSWORD", "db_password", "userPassword", "secret", "client_secret",
          "PGPASSWORD", "MYSQL_ROOT_PASSWORD", "smtp_password", "api_key", "apikey", "API_KEY", "access_token", "auth_token",
          "secret_key", "SECRET_KEY", "passphrase", "refresh_token", "private_token", "encryption_key", "x-api-key")  # fmt: skip


def password_url(rng: random.Random) -> Value:
    """A password in the user part of a URL or DSN (RFC 3986 section 3.2.1)."""
    secret = _secret(rng).replace("#", "").replace("?", "").replace("^", "")
    user = rng.choice((*_USERS, "")) if rng.random() < 0.9 else ""
    scheme = rng.choice(_SCHEMES)
    return Value(
        "password_url",
        secret,
        before=f"{scheme}://{user}:",
        after=f"@{rng.choice(_HOSTS)}",
        needs_key=True,
        detail=scheme,
    )


def password_setting(rng: random.Random) -> Value:
    """``name=value`` and its spellings in settings, JSON, YAML, XML, HTML forms, Python and connection strings."""
    name, secret = rng.choice(_NAMES), _secret(rng)
    style = rng.choice(
        (
            "equals",
            "equals",
            "quoted",
            "single",
            "colon",
            "json",
            "spaced",
            "xml",
            "python",
            "ado",
            "arrow",
            "export",
            "jdbc",
            "escaped",
        )
    )
    plain = secret.replace("&", "").replace(";", "").replace('"', "").replace("'", "")
    before, after = {
        "equals": (f"{name}=", ""), "quoted": (f'{name}="', '"'), "single": (f"{name}='", "'"),
        "colon": (f"{name}: ", ""), "json": (f'{{"user": "app", "{name}": "', '"}'), "spaced": (f"{name} = ", ""),
        "xml": (f"<{name}>", f"</{name}>"), "python": (f"connect(host='db', {name}='", "')"),
        "ado": ("Server=db;Database=shop;User Id=app;Password=", ";Encrypt=true"), "arrow": (f"'{name}' => '", "'"),
        "export": (f"export {name.upper()}=", ""), "jdbc": ("jdbc:mysql://db/shop?user=app&password=", "&useSSL=true"),
        "escaped": (f'{{\\"user\\":\\"app\\",\\"{name}\\":\\"', '\\"}'),
    }[style]  # fmt: skip
    return Value(
        "password_setting", plain, before=before, after=after, keys=_NAMES, detail=f"{style} {name}", needs_key=True
    )


def password_option(rng: random.Random) -> Value:
    """An option of a command line."""
    secret = _secret(rng).replace("!", "").replace("$", "").replace("*", "").replace("#", "").replace("?", "")
    before, after = rng.choice(
        (
            ("mysqldump -u root --password=", " shop"), ("psql --host db --password ", " -c 'select 1'"),
            ("curl -u deploy:", " https://repo.example.com/simple"), ("docker login -u ci --password ", " registry.local"),
            ("redis-cli -h cache --pass ", " ping"), ("az login --service-principal --client-secret ", " --tenant t1"),
            ("helm upgrade shop . --set db.password=", " --wait"), ("mysql -uroot -p", " shop"),
            ("sshpass -p ", " ssh deploy@host1"), ("vault login -method=userpass password=", ""), ("gh auth login --token ", ""),
            ("curl --user admin:", " http://10.0.0.4/api"), ("wget --http-password=", " http://files.local/a.tgz"),
            ("worker --api-key ", " --queue mail"), ("worker --api-key=", " --queue mail"), ("job --secret=", " --once"),
        )
    )  # fmt: skip
    return Value("password_option", secret, before=before, after=after, needs_key=True, detail=before.strip())


def password_prose(rng: random.Random) -> Value:
    """A password told in a sentence."""
    before, after = rng.choice(
        (
            ("the password is ", ""), ("your new password: ", ", please change it"), ("login failed, password '", "' rejected"),
            ("Password for user app is ", ""), ("reset password to ", " for user 17"), ("passwort: ", ""), ("password ", " does not match"),
            ("temporary password is \"", "\" until tomorrow"), ("mot de passe : ", ""), ("the secret is ", ""), ("contraseña: ", ""),
        )
    )  # fmt: skip
    return Value("password_prose", _secret(rng), before=before, after=after, needs_key=True, detail=before.strip())


def bearer(rng: random.Random) -> Value:
    """A token of the schemes Bearer, Token, ApiKey, SSWS and Negotiate (RFC 6750, RFC 4559 and vendors)."""
    scheme = rng.choice(
        ("Bearer", "Bearer", "Bearer", "bearer", "BEARER", "Token", "token", "ApiKey", "Negotiate", "Digest", "SSWS")
    )
    token = pick(rng, BASE64URL, rng.choice((24, 32, 43, 64, 120)))
    if scheme == "Digest":
        before, after = 'Authorization: Digest username="app", realm="api", nonce="1", uri="/", response="', '"'
        return Value(
            "bearer", pick(rng, "0123456789abcdef", 32), before=before, after=after, needs_key=True, detail=scheme
        )
    lead = rng.choice(
        ("Authorization: ", "authorization: ", "'Authorization': '", "Proxy-Authorization: ", '-H "Authorization: ')
    )
    if scheme in ("Bearer", "bearer") and rng.random() < 0.25:
        lead = rng.choice(("", "invalid token: ", "sent header "))
    after = {"'": "'", '"': '"'}.get(lead[-16:-15] if lead.startswith("-H") else lead[:1], "")
    return Value(
        "bearer",
        token,
        before=f"{lead}{scheme} ",
        after=after,
        keys=("authorization",),
        needs_key=True,
        detail=f"{scheme} {'header' if lead else 'bare'}",
    )


def basic(rng: random.Random) -> Value:
    """``user:password`` in base64 behind Basic (RFC 7617), or in the URL-safe alphabet."""
    plain = f"{rng.choice(_USERS)}:{_secret(rng)}"
    text = base64.b64encode(plain.encode()).decode()
    lead = rng.choice(
        ("Authorization: Basic ", "authorization: Basic ", "Basic ", "'Authorization': 'Basic ", "Authorization=Basic ")
    )
    return Value(
        "basic",
        text,
        before=lead,
        after="'" if lead.startswith("'") else "",
        keys=("authorization",),
        needs_key=True,
        detail=lead.strip(),
    )


def cookie(rng: random.Random) -> Value:
    """A session in a Cookie or Set-Cookie header (RFC 6265)."""
    name = rng.choice(("sessionid", "session", "JSESSIONID", "PHPSESSID", "connect.sid", "laravel_session", "auth", "_shop_session",
                       "ASP.NET_SessionId", "sid", "remember_token", "csrftoken", "__Host-session", "access_token"))  # fmt: skip
    secret = pick(rng, BASE64URL, rng.choice((20, 26, 32, 48)))
    before, after = rng.choice(
        (
            (f"Cookie: theme=dark; {name}=", "; lang=de"), (f"Set-Cookie: {name}=", "; Path=/; HttpOnly; SameSite=Lax"),
            (f"cookie: {name}=", ""), (f"set-cookie: {name}=", "; Max-Age=3600; Secure"), (f"{{'cookie': 'lang=en; {name}=", "'}"),
        )
    )  # fmt: skip
    return Value("cookie", secret, before=before, after=after, needs_key=True, detail=f"{name} {before[:12]}")
