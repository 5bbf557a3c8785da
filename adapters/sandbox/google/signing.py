"""RSA keys that are made when first used, and the tokens signed with them."""

from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from adapters.sandbox.google.objects import Json

_BITS = 2048


@cache
def _made(kid: str, owner: str) -> rsa.RSAPrivateKey:
    """Make a key when it is first used: that takes a tenth of a second, and every world of a process can have it."""
    del kid, owner
    return rsa.generate_private_key(public_exponent=65_537, key_size=_BITS)


class SigningKey:
    """One key pair: its name, and whose it is, since a stranger may take the same name."""

    def __init__(self, kid: str, owner: str = "google") -> None:
        self.kid = kid
        self._owner = owner

    @property
    def private(self) -> rsa.RSAPrivateKey:
        """The private half."""
        return _made(self.kid, self._owner)

    def jwk(self) -> Json:
        """Return the public half as Google publishes it."""
        public: dict[str, Any] = RSAAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        return {
            "kty": "RSA",
            "n": public["n"],
            "e": public["e"],
            "use": "sig",
            "alg": "RS256",
            "kid": self.kid,
        }

    def sign(self, claims: Json, **header: str) -> str:
        """Return the compact token. `header` adds to or replaces `kid` and `typ`."""
        return jwt.encode(claims, self.private, algorithm="RS256", headers={"kid": self.kid, **header})
