"""Signed CAP documents: verified by another program's rules, and what hinders signing is said."""

import sys
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)
from lxml import etree
from signxml import InvalidSignature, SignatureConfiguration, XMLVerifier

from gateway.alerts.cap import Info, Message
from gateway.alerts.cap_xml import cap_xml
from gateway.sharing.signing import SigningProblem, load_signer
from tests.certificates import NOW, key_files, pem_of
from tests.schemas import FOLDER, validated

XML = cap_xml(
    Message(
        identifier="a-W1", sender="alerts@a", sent=NOW, status="Actual", msg_type="Alert",
        scope="Public",
        info=(Info("am", ("Security",), "Attack", "Immediate", "Severe", "Observed",
                   description="ታጣቂዎች <መጡ> & ሄዱ።"),),
    )
)  # fmt: skip
DSIG = "{http://www.w3.org/2000/09/xmldsig#}"


@pytest.fixture(scope="module")
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.mark.parametrize("kind", ["rsa", "curve"])
def test_a_signed_document_is_still_valid_and_its_signature_holds(
    kind: str, rsa_key: rsa.RSAPrivateKey, tmp_path: Path
) -> None:
    key = rsa_key if kind == "rsa" else ec.generate_private_key(ec.SECP256R1())
    names = key_files(tmp_path, key)
    signer = load_signer(*names)
    assert signer is not None
    signed = signer.sign(XML)
    root = validated(signed, "CAP-v1.2.xsd")
    assert root[-1].tag == f"{DSIG}Signature"  # enveloped, at the end, as section 3.3.2.1 says
    (transform, *_) = root.iterfind(f".//{DSIG}Transform")
    assert transform.get("Algorithm").endswith("#enveloped-signature")
    assert _verified(signed, names[1]) == etree.tostring(etree.fromstring(XML), method="c14n")
    changed = signed.replace(b"Actual", b"System")
    with pytest.raises(InvalidSignature):
        _verified(changed, names[1])
    assert signer.why_not(NOW) is None


def test_a_certificate_out_of_its_time_is_said(rsa_key: rsa.RSAPrivateKey, tmp_path: Path) -> None:
    signer = load_signer(*key_files(tmp_path, rsa_key))
    assert signer is not None
    assert "ended on" in (signer.why_not(NOW + timedelta(days=400)) or "")
    assert "begins on" in (signer.why_not(NOW - timedelta(days=400)) or "")


def test_without_files_nothing_is_signed() -> None:
    assert load_signer("", "") is None


def test_what_hinders_signing_is_said(rsa_key: rsa.RSAPrivateKey, tmp_path: Path) -> None:
    key, cert = key_files(tmp_path, rsa_key)
    other = tmp_path / "other"
    other.mkdir()
    _, strange = key_files(other, ec.generate_private_key(ec.SECP256R1()))
    rare, rare_cert = tmp_path / "rare.pem", tmp_path / "rare-cert.pem"
    rare.write_bytes(pem_of(ed25519.Ed25519PrivateKey.generate()))
    locked = tmp_path / "locked.pem"
    locked.write_bytes(
        rsa_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    )
    rare_cert.write_bytes(Path(cert).read_bytes())
    for names, words in (
        ((key, ""), "set both"),
        (("", cert), "set both"),
        ((str(tmp_path / "gone"), cert), "gone: No such file"),
        ((key, str(tmp_path / "gone")), "gone: No such file"),
        ((str(FOLDER / "atom.xsd"), cert), "no private key"),
        ((cert, cert), "no private key"),
        ((str(locked), cert), "without a password"),
        ((key, key), "no certificate"),
        ((key, strange), "is not the certificate of"),
        ((str(rare), str(rare_cert)), "RSA or an elliptic curve"),
    ):
        with pytest.raises(SigningProblem, match=words):
            load_signer(*names)


def test_the_missing_extra_is_named(
    rsa_key: rsa.RSAPrivateKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = key_files(tmp_path, rsa_key)
    monkeypatch.setitem(sys.modules, "signxml", None)
    with pytest.raises(SigningProblem, match=r"community-alert-gateway\[sign\]"):
        load_signer(*names)
    assert load_signer("", "") is None


def _verified(signed: bytes, certificate: str) -> bytes:
    """The bytes that the signature covers."""
    found = XMLVerifier().verify(
        signed,
        x509_cert=Path(certificate).read_text(),
        expect_config=SignatureConfiguration(location="./"),
    )
    return bytes(found.signed_data)
