"""Signs CAP documents: an enveloped XML signature, as CAP 1.2 section 3.3.2.1 describes it."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from lxml import etree


class SigningProblem(ValueError):
    """The documents cannot be signed; the message says what to mend."""


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key and the certificate that fits it."""

    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey = field(repr=False)
    certificate: x509.Certificate

    def sign(self, xml: bytes) -> bytes:
        """The document with a signature as its last element; raises SigningProblem."""
        signer = _library().XMLSigner(
            signature_algorithm="rsa-sha256" if _is_rsa(self.key) else "ecdsa-sha256"
        )
        plain = etree.XMLParser(resolve_entities=False, no_network=True)
        pem = self.certificate.public_bytes(serialization.Encoding.PEM).decode()
        signed = signer.sign(etree.fromstring(xml, plain), key=self.key, cert=pem)
        written: bytes = etree.tostring(signed, xml_declaration=True, encoding="UTF-8")
        return written

    def why_not(self, now: datetime) -> str | None:
        """What a partner who verifies would object to at this moment."""
        if now >= self.certificate.not_valid_after_utc:
            return f"the certificate ended on {self.certificate.not_valid_after_utc:%Y-%m-%d}"
        if now < self.certificate.not_valid_before_utc:
            return f"the certificate begins on {self.certificate.not_valid_before_utc:%Y-%m-%d}"
        return None


def load_signer(key_file: str, certificate_file: str) -> Signer | None:
    """None where no files are set; raises SigningProblem that names the file and what is wrong."""
    if not key_file and not certificate_file:
        return None
    if not key_file or not certificate_file:
        raise SigningProblem("set both feeds.sign_key_file and feeds.sign_cert_file, or neither")
    _library()
    key_pem, certificate_pem = _read(key_file), _read(certificate_file)
    try:
        key = serialization.load_pem_private_key(key_pem, password=None)
    except (ValueError, TypeError):
        raise SigningProblem(f"{key_file}: no private key in PEM without a password") from None
    try:
        certificate = x509.load_pem_x509_certificate(certificate_pem)
    except ValueError:
        raise SigningProblem(f"{certificate_file}: no certificate in PEM") from None
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise SigningProblem(f"{key_file}: the key must be RSA or an elliptic curve")
    if key.public_key() != certificate.public_key():
        raise SigningProblem(f"{certificate_file} is not the certificate of {key_file}")
    return Signer(key, certificate)


def _is_rsa(key: object) -> bool:
    return isinstance(key, rsa.RSAPrivateKey)


def _read(name: str) -> bytes:
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise SigningProblem(f"{name}: {error.strerror}") from None


def _library() -> Any:
    """Optional: few deployments sign."""
    try:
        import signxml
    except ImportError:
        raise SigningProblem(
            "to sign, install the extra: pip install 'community-alert-gateway[sign]'"
        ) from None
    return signxml
