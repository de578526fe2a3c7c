"""Bearer tokens by which Google and Microsoft vouch for requests: signed with keys that they publish."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from turnwise.channels.delivery import NotDelivered, Service
from turnwise.errors import UsageError

log = logging.getLogger(__name__)

LIFETIME = 24 * 3600.0
"""Seconds after which published keys are fetched anew."""
PATIENCE = 300.0
"""Seconds between fetches for the sake of a token with an unknown key: anybody can make up one."""

Keys = Mapping[str, Any]
"""Public keys by their ids."""


class Vouchers:
    """Checks tokens of one issuer."""

    def __init__(
        self,
        service: Service,
        url: str,
        *,
        issuer: str,
        audience: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """
        Args:
            url: Of the keys: a JWK set, a mapping of ids to certificates, or what names the address of a set.
            audience: Whom tokens have to be for.

        Raises:
            UsageError: the library for such signatures is not installed.
        """
        try:
            import cryptography  # noqa: F401 - without it PyJWT knows no such signatures
        except ModuleNotFoundError as error:
            raise UsageError("cryptography is not installed: pip install turnwise[jwt]") from error
        self._service = service
        self._url = url
        self._issuer = issuer
        self._audience = audience
        self._clock = clock
        self._keys: Keys = {}
        self._fetched = float("-inf")

    async def claims(self, header: str) -> Mapping[str, Any] | None:
        """The payload of a token in the header `Authorization`; None if it is not valid."""
        import jwt

        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer":
            return None
        try:
            key = await self._key(str(jwt.get_unverified_header(token).get("kid")))
            if key is None:
                return None
            claims: Mapping[str, Any] = jwt.decode(
                token, key, algorithms=["RS256"], audience=self._audience, issuer=self._issuer
            )
        except jwt.PyJWTError:
            return None
        return claims

    async def _key(self, number: str) -> Any:
        age = self._clock() - self._fetched
        if age > LIFETIME or (number not in self._keys and age > PATIENCE):
            try:
                self._keys = read_keys(await self._get(self._url))
                self._fetched = self._clock()
            except NotDelivered as error:  # the keys that are known may still do
                log.error("channel.no_keys url=%s error=%s", self._url, error)
        return self._keys.get(number)

    async def _get(self, url: str) -> Any:
        found = (await self._service.send("GET", url, attempts=3)).json()
        return await self._get(found["jwks_uri"]) if "jwks_uri" in found else found


def read_keys(published: Mapping[str, Any]) -> Keys:
    """The keys of a JWK set (RFC 7517), or of X.509 certificates in PEM by their ids."""
    if "keys" in published:
        import jwt

        return {str(entry.get("kid")): jwt.PyJWK(entry, algorithm="RS256").key for entry in published["keys"]}
    from cryptography.x509 import load_pem_x509_certificate

    return {number: load_pem_x509_certificate(pem.encode()).public_key() for number, pem in published.items()}
