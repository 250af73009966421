"""The certificate authority of one stack and the certificate of its ingest: made once, renewed before they expire."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from otel_kit.errors import ConfigError, Fault, MissingExtra
from otel_kit.stack.initialise.writing import write_private, write_public

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

_CA_LIFETIME: Final = timedelta(days=3650)
# The most that clients of Apple take; it is renewed by the same command that made it.
_SERVER_LIFETIME: Final = timedelta(days=397)
RENEW_BEFORE: Final = timedelta(days=60)
# A sender whose clock is a little behind would refuse it as not yet valid.
_CLOCK_SKEW: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Issued:
    """What ``ensure`` left: where the CA's certificate is, until when the server's holds, and what is new."""

    ca_file: Path
    expires: datetime
    new_ca: bool
    new_server: bool


def require_cryptography() -> None:
    """Raise MissingExtra if what makes certificates is not installed."""
    try:
        import cryptography.x509  # noqa: F401
    except ImportError:
        raise MissingExtra("otel-kit stack init", "stack", "cryptography") from None


def ensure(folder: Path, names: Sequence[str], now: datetime) -> Issued:
    """Make in a stack's folder what is missing, does not hold these ``names`` or is near its end; keep the rest.

    ``secrets/ca/ca.key`` and ``secrets/collector/tls.key`` get mode 0600. ``ca.crt`` is what senders verify with,
    also a server's certificate that was renewed. ``now`` is an aware time.

    *Source:* RFC 5280; the names are those of RFC 6125, subjectAltName only.

    Raises:
        ConfigError: a file is there and is not what it should be.
        OSError: a file cannot be written.
    """
    secrets = folder / "secrets"
    ca_key_file, ca_file = secrets / "ca" / "ca.key", folder / "ca.crt"
    key_file, certificate_file = secrets / "collector" / "tls.key", secrets / "collector" / "tls.crt"
    ca_pair = _load(ca_key_file, ca_file)
    new_ca = ca_pair is None or ca_pair[1].not_valid_after_utc - now < _SERVER_LIFETIME
    if ca_pair is None or new_ca:
        ca_pair = _make_ca(now)
        _store(ca_pair, ca_key_file, ca_file)
    server = _load(key_file, certificate_file)
    new_server = server is None or not _holds(server[1], ca_pair[1], names, now)
    if server is None or new_server:
        server = _make_server(ca_pair, names, now)
        _store(server, key_file, certificate_file)
    return Issued(ca_file, server[1].not_valid_after_utc, new_ca, new_server)


def names_of(certificate_file: Path) -> list[str]:
    """Return the names and addresses that a certificate was made for."""
    from cryptography import x509

    return _names(x509.load_pem_x509_certificate(certificate_file.read_bytes()))


def _load(key_file: Path, certificate_file: Path) -> tuple[EllipticCurvePrivateKey, x509.Certificate] | None:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    if not key_file.exists() and not certificate_file.exists():
        return None
    mend = "Put the missing or damaged file back, or remove both: then new ones are made."
    try:
        key = load_pem_private_key(key_file.read_bytes(), None)
        certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
    except (OSError, ValueError, TypeError) as error:
        why = error.strerror if isinstance(error, OSError) else "no PEM of a key and its certificate"
        raise ConfigError(
            [Fault(f"{key_file} and {certificate_file.name}", f"cannot be used: {why}", "", mend)]
        ) from error
    if not isinstance(key, EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise ConfigError([Fault(f"{key_file} and {certificate_file.name}", "do not belong together", "", mend)])
    return key, certificate


def _holds(certificate: x509.Certificate, ca: x509.Certificate, names: Sequence[str], now: datetime) -> bool:
    """Tell whether it is of this CA, names all of ``names`` and lasts."""
    if certificate.not_valid_after_utc - now < RENEW_BEFORE or not set(names) <= set(_names(certificate)):
        return False
    try:
        certificate.verify_directly_issued_by(ca)
    except Exception:  # InvalidSignature, ValueError, TypeError: all say that it is another's
        return False
    return True


def _names(certificate: x509.Certificate) -> list[str]:
    from cryptography import x509

    alternatives = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [str(general.value) for general in alternatives]


def _make_ca(now: datetime) -> tuple[EllipticCurvePrivateKey, x509.Certificate]:
    from cryptography import x509

    key = _new_key()
    name = _name("otel-kit stack CA")
    usage = _usage(key_cert_sign=True, crl_sign=True)
    made = (
        _builder(name, name, key, now, _CA_LIFETIME)
        # It signs servers and clients of this stack and no other authority.
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return key, made.sign(key, _sha256())


def _make_server(
    ca: tuple[EllipticCurvePrivateKey, x509.Certificate], names: Sequence[str], now: datetime
) -> tuple[EllipticCurvePrivateKey, x509.Certificate]:
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    ca_key, ca_certificate = ca
    key = _new_key()
    made = (
        _builder(_name("otel-kit collector"), ca_certificate.subject, key, now, _SERVER_LIFETIME)
        .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False)
    )
    return key, made.sign(ca_key, _sha256())


def _builder(
    subject: x509.Name, issuer: x509.Name, key: EllipticCurvePrivateKey, now: datetime, lifetime: timedelta
) -> x509.CertificateBuilder:
    from cryptography import x509

    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SKEW)
        .not_valid_after(now + lifetime)
    )


def _usage(**on: bool) -> x509.KeyUsage:
    from cryptography import x509

    flags = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{flag: on.get(flag, False) for flag in flags})


def _general(name: str) -> x509.GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _name(common: str) -> x509.Name:
    from cryptography import x509

    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common)])


def _new_key() -> EllipticCurvePrivateKey:
    from cryptography.hazmat.primitives.asymmetric import ec

    # P-256: every client of OTLP, old TLS libraries of Java among them, verifies it.
    return ec.generate_private_key(ec.SECP256R1())


def _sha256() -> hashes.SHA256:
    from cryptography.hazmat.primitives import hashes

    return hashes.SHA256()


def _store(pair: tuple[EllipticCurvePrivateKey, x509.Certificate], key_file: Path, certificate_file: Path) -> None:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key, certificate = pair
    write_private(key_file, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    write_public(certificate_file, certificate.public_bytes(Encoding.PEM))
