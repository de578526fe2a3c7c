"""A key pair that stands for Google's or Microsoft's, and what they publish of it."""

from __future__ import annotations

import datetime as dt
import json
import time
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
NUMBER = "key-1"


def jwk_set() -> dict[str, Any]:
    """The public key as Microsoft publishes it."""
    key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
    return {"keys": [{**key, "kid": NUMBER, "use": "sig"}]}


def certificates() -> dict[str, str]:
    """The public key as Google publishes it."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "chat")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(KEY.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(KEY, hashes.SHA256())
    )
    return {NUMBER: certificate.public_bytes(serialization.Encoding.PEM).decode()}


def token(
    issuer: str,
    audience: str,
    *,
    key: Any = KEY,
    number: str = NUMBER,
    ends_in: float = 3600.0,
    **claims: Any,
) -> dict[str, str]:
    """The header of a request that is vouched for.

    Args:
        ends_in: Seconds from when the tests are collected.
    """
    payload = {
        "iss": issuer,
        "aud": audience,
        "exp": time.time() + ends_in,
        **claims,
    }
    written = jwt.encode(payload, key, algorithm="RS256", headers={"kid": number})
    return {"Authorization": f"Bearer {written}"}
