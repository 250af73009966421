"""A mail server takes the login; no mail is sent."""

from __future__ import annotations

import ssl
from typing import Literal

from otel_kit.healthchecks.fetch import why
from otel_kit.healthchecks.results import HEALTHY, Outcome, degraded, unhealthy
from otel_kit.healthchecks.running import TimedCheck


def smtp(
    host: str,
    port: int = 587,
    *,
    user: str | None = None,
    password: str | None = None,
    security: Literal["starttls", "tls", "none"] = "starttls",
    cafile: str | None = None,
) -> TimedCheck:
    """Return a check that the mail server answers, secures the connection and, with a ``user``, takes the login."""
    import smtplib  # and with it much of "email": most applications send no mail

    def probe(timeout_s: float) -> Outcome:
        context = ssl.create_default_context(cafile=cafile) if security != "none" else None
        try:
            connected: smtplib.SMTP = (
                smtplib.SMTP_SSL(host, port, timeout=timeout_s, context=context)
                if security == "tls"
                else smtplib.SMTP(host, port, timeout=timeout_s)
            )
            with connected as server:
                if security == "starttls":
                    server.starttls(context=context)
                if user is not None:
                    server.login(user, password or "")
                code, _ = server.noop()
                return HEALTHY if code == 250 else unhealthy(f"SMTP {code}")
        except smtplib.SMTPAuthenticationError as error:
            # RFC 4954, section 6: 454 is a temporary failure.
            return (
                degraded("SMTP 454") if error.smtp_code == 454 else unhealthy(f"login refused (SMTP {error.smtp_code})")
            )
        except smtplib.SMTPResponseException as error:
            return unhealthy(f"SMTP {error.smtp_code}")
        except smtplib.SMTPNotSupportedError:
            return unhealthy("the server offers neither STARTTLS nor login as wanted")
        except smtplib.SMTPException as error:
            return unhealthy(type(error).__name__)
        except Exception as error:
            return unhealthy(why(error))

    return TimedCheck("smtp", probe)
