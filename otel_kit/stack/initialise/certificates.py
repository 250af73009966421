"""The certificate authority of one stack and the certificate of its ingest: made once, renewed before they expire."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from otel_kit.errors import ConfigError, Fault, MissingExtra
from otel_kit.stack.initialise.writing import write_private, write_public

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

    _Pair: TypeAlias = tuple[EllipticCurvePrivateKey, x509.Certificate]

_CA_LIFETIME: Final = timedelta(days=3650)
# The most that clients of Apple take; it is renewed by the same command that made it.
_LEAF_LIFETIME: Final = timedelta(days=397)
RENEW_BEFORE: Final = timedelta(days=60)
_SERVER: Final = "collector"
_CLIENT: Final = "sender"
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
    files = _ca_files(folder)
    ca_pair = _load(files)
    new_ca = ca_pair is None or ca_pair[1].not_valid_after_utc - now < _LEAF_LIFETIME
    if ca_pair is None or new_ca:
        ca_pair = _make_ca(now)
        _store(ca_pair, files)
    certificate, new_server = _ensure_leaf(folder / "secrets" / "collector", ca_pair, _SERVER, names, now)
    return Issued(files.certificate, certificate.not_valid_after_utc, new_ca, new_server)


def ensure_client(folder: Path, now: datetime) -> tuple[Path, Path]:
    """Return certificate and key of senders, for a gateway that asks for them (mTLS), made or renewed as by ``ensure``.

    Raises:
        ConfigError: as ``ensure``, which has to have run.
        OSError: a file cannot be written.
    """
    ca_pair = _load(_ca_files(folder))
    assert ca_pair is not None
    client = folder / "secrets" / "client"
    _ensure_leaf(client, ca_pair, _CLIENT, ["sender"], now)
    return client / "tls.crt", client / "tls.key"


@dataclass(frozen=True, slots=True)
class _Files:
    key: Path
    certificate: Path


def _ca_files(folder: Path) -> _Files:
    return _Files(folder / "secrets" / "ca" / "ca.key", folder / "ca.crt")


def _ensure_leaf(
    folder: Path, ca: _Pair, purpose: str, names: Sequence[str], now: datetime
) -> tuple[x509.Certificate, bool]:
    """Return the certificate and whether it is new."""
    files = _Files(folder / "tls.key", folder / "tls.crt")
    leaf = _load(files)
    if leaf is not None and _holds(leaf[1], ca[1], names, now):
        return leaf[1], False
    leaf = _make_leaf(ca, purpose, names, now)
    _store(leaf, files)
    return leaf[1], True


def _load(files: _Files) -> _Pair | None:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key_file, certificate_file = files.key, files.certificate
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


def _make_ca(now: datetime) -> _Pair:
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


def _make_leaf(ca: _Pair, purpose: str, names: Sequence[str], now: datetime) -> _Pair:
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    usages = {_SERVER: ExtendedKeyUsageOID.SERVER_AUTH, _CLIENT: ExtendedKeyUsageOID.CLIENT_AUTH}
    ca_key, ca_certificate = ca
    key = _new_key()
    made = (
        _builder(_name(f"otel-kit {purpose}"), ca_certificate.subject, key, now, _LEAF_LIFETIME)
        .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([usages[purpose]]), critical=False)
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


def _store(pair: _Pair, files: _Files) -> None:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key, certificate = pair
    write_private(files.key, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    write_public(files.certificate, certificate.public_bytes(Encoding.PEM))
