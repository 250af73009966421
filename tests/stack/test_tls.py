"""TLS on the way in: both protocols, real certificates, and nobody who lacks what the overlay asks for."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest
import trustme
from cryptography import x509

from tests.conditions import eventually
from tests.stack import file_output
from tests.stack.collector_process import BASE, REPOSITORY, TO_FILES, Collector
from tests.stack.otlp_client import GRPC_METHODS, PATHS, PROTOBUF, Request, post, send_grpc
from tests.stack.payloads import UID, log_request, new_record, new_uids

pytestmark = pytest.mark.stack

OVERLAYS = REPOSITORY / "collector" / "overlays"
ADDRESS = "127.0.0.1"
_TIMEOUT_S = 20.0


@dataclass(frozen=True)
class Certificates:
    """Our CA and another one, and the folder with the files that the Collector reads."""

    folder: Path
    ours: trustme.CA
    other: trustme.CA

    def issue(self) -> int:
        """Write a new certificate for the Collector and return its serial number."""
        leaf = self.ours.issue_cert(ADDRESS)
        # The key first: whoever reads in between finds a pair that does not fit, and keeps the old one.
        leaf.private_key_pem.write_to_path(self.folder / "key.pem")
        leaf.cert_chain_pems[0].write_to_path(self.folder / "cert.pem")
        self.ours.cert_pem.write_to_path(self.folder / "ca.pem")
        return _serial(ssl.PEM_cert_to_DER_cert(leaf.cert_chain_pems[0].bytes().decode()))

    @property
    def variables(self) -> dict[str, str]:
        """What the overlays read."""
        return {
            "OTELCOL_TLS_CERT_FILE": str(self.folder / "cert.pem"),
            "OTELCOL_TLS_KEY_FILE": str(self.folder / "key.pem"),
            "OTELCOL_TLS_CLIENT_CA_FILE": str(self.folder / "ca.pem"),
        }


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Issued once."""
    made = Certificates(tmp_path_factory.mktemp("certificates"), trustme.CA(), trustme.CA())
    made.issue()
    return made


@pytest.fixture(scope="module", params=["tls", "mtls"])
def collector(
    request: pytest.FixtureRequest,
    otelcol: Path,
    tmp_path_factory: pytest.TempPathFactory,
    certificates: Certificates,
) -> Iterator[Collector]:
    """A Collector for each overlay; it looks for new certificates ten times a second instead of every ten seconds."""
    folder = tmp_path_factory.mktemp(request.param)
    often = folder / "often.yaml"
    often.write_text(
        "receivers: {otlp: {protocols: {grpc: {tls: {reload_interval: 100ms}}, http: {tls: {reload_interval: 100ms}}}}}"
    )
    overlay = OVERLAYS / f"{request.param}.yaml"
    made = Collector(otelcol, folder, (*BASE, overlay, TO_FILES, often), certificates.variables)
    made.start()
    yield made
    made.stop()


def test_certificate_and_key_are_let_in(collector: Collector, certificates: Certificates) -> None:
    """With both, over both protocols; without a key TLS alone opens nothing."""
    uids = new_uids(2)
    client = certificates.ours.issue_cert("shop@example.com")
    requests = [log_request([new_record(uid)]) for uid in uids]

    assert _https(collector, requests[0], certificates.ours, client) == 200
    assert _grpcs(collector, requests[1], certificates.ours, client) == grpc.StatusCode.OK
    assert _https(collector, requests[0], certificates.ours, client, key="") == 401
    assert _grpcs(collector, requests[0], certificates.ours, client, key="") == grpc.StatusCode.UNAUTHENTICATED
    eventually(lambda: set(uids) <= _uids(collector), "both arrive")


def test_plain_text_is_refused(collector: Collector) -> None:
    """With the right key, too."""
    request = log_request([new_record(*new_uids(1))])
    headers = {"Content-Type": PROTOBUF, "Authorization": f"Bearer {collector.token}"}

    assert post(collector.http_port, "/v1/logs", request.SerializeToString(), headers) == 400
    assert send_grpc(collector.grpc_endpoint, request, collector.token) == grpc.StatusCode.UNAVAILABLE


def test_collector_is_told_from_one_that_plays_it(collector: Collector, certificates: Certificates) -> None:
    """A sender that trusts another CA sends nothing."""
    request = log_request([new_record(*new_uids(1))])
    client = certificates.ours.issue_cert("shop@example.com")

    with pytest.raises(ssl.SSLCertVerificationError):
        _https(collector, request, certificates.other, client)
    assert _grpcs(collector, request, certificates.other, client) == grpc.StatusCode.UNAVAILABLE


@pytest.mark.parametrize("collector", ["mtls"], indirect=True)
@pytest.mark.parametrize("whose", ["nobody's", "another CA's", "its own"])
def test_sender_without_our_certificate_is_refused(
    collector: Collector, certificates: Certificates, whose: str
) -> None:
    """Before its key is looked at; nothing of it is in the files."""
    (uid,) = new_uids(1)
    request = log_request([new_record(uid)])
    issuers = {"another CA's": certificates.other, "its own": trustme.CA()}
    client = issuers[whose].issue_cert("shop@example.com") if whose in issuers else None

    with pytest.raises((ssl.SSLError, ConnectionError)):
        _https(collector, request, certificates.ours, client)
    assert _grpcs(collector, request, certificates.ours, client) == grpc.StatusCode.UNAVAILABLE
    assert uid not in _uids(collector)


def test_renewed_certificate_is_served_without_restart(collector: Collector, certificates: Certificates) -> None:
    """Both ports show the new one, to senders that trust the same CA as before."""
    client = certificates.ours.issue_cert("shop@example.com")

    serial = certificates.issue()

    ports = (collector.http_port, collector.grpc_port)
    eventually(lambda: [_served(port, certificates.ours, client) for port in ports] == [serial] * 2, "both serve it")
    assert _https(collector, log_request([new_record(*new_uids(1))]), certificates.ours, client) == 200


@pytest.mark.parametrize("left_out", ["OTELCOL_TLS_CERT_FILE", "OTELCOL_TLS_KEY_FILE", "OTELCOL_TLS_CLIENT_CA_FILE"])
@pytest.mark.parametrize("value", [None, ""])
def test_without_a_file_it_does_not_start(
    otelcol: Path, tmp_path: Path, certificates: Certificates, left_out: str, value: str | None
) -> None:
    """Neither with plain text nor open to every certificate."""
    variables = {name: path for name, path in certificates.variables.items() if name != left_out}
    if value is not None:
        variables[left_out] = value
    made = Collector(otelcol, tmp_path, (*BASE, OVERLAYS / "mtls.yaml", TO_FILES), variables)

    try:
        with pytest.raises(SystemExit, match=r"TLS configuration must include both|failed to load client CA"):
            made.start()
    finally:
        made.stop()


def _https(
    collector: Collector,
    request: Request,
    ca: trustme.CA,
    client: trustme.LeafCert | None,
    key: str | None = None,
) -> int:
    connection = http.client.HTTPSConnection(
        ADDRESS, collector.http_port, timeout=_TIMEOUT_S, context=_context(ca, client)
    )
    headers = {"Content-Type": PROTOBUF, "Authorization": f"Bearer {collector.token if key is None else key}"}
    try:
        connection.request("POST", PATHS[type(request)], request.SerializeToString(), headers)
        response = connection.getresponse()
        response.read()
        return response.status
    finally:
        connection.close()


def _grpcs(
    collector: Collector,
    request: Request,
    ca: trustme.CA,
    client: trustme.LeafCert | None,
    key: str | None = None,
) -> grpc.StatusCode:
    credentials = grpc.ssl_channel_credentials(
        root_certificates=ca.cert_pem.bytes(),
        private_key=client.private_key_pem.bytes() if client else None,
        certificate_chain=client.cert_chain_pems[0].bytes() if client else None,
    )
    metadata = [("authorization", f"Bearer {collector.token if key is None else key}")]
    with grpc.secure_channel(collector.grpc_endpoint, credentials) as channel:
        try:
            channel.unary_unary(GRPC_METHODS[type(request)])(
                request.SerializeToString(), metadata=metadata, timeout=_TIMEOUT_S
            )
        except grpc.RpcError as error:
            code = error.code()
            assert isinstance(code, grpc.StatusCode)
            return code
    return grpc.StatusCode.OK


def _context(ca: trustme.CA, client: trustme.LeafCert | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    ca.configure_trust(context)
    if client is not None:
        client.configure_cert(context)
    return context


def _served(port: int, ca: trustme.CA, client: trustme.LeafCert) -> int:
    """Return the serial number of the certificate that a port shows."""
    with (
        socket.create_connection((ADDRESS, port), timeout=_TIMEOUT_S) as plain,
        _context(ca, client).wrap_socket(plain, server_hostname=ADDRESS) as wrapped,
    ):
        shown = wrapped.getpeercert(binary_form=True)
        assert shown is not None
        return _serial(shown)


def _serial(certificate: bytes) -> int:
    return x509.load_der_x509_certificate(certificate).serial_number


def _uids(collector: Collector) -> set[str]:
    return {record["attributes"][UID] for record in file_output.logs(collector.output)}
