"""Facebook's consent dialog, as the desk that every provider shares needs it."""

from connector.domain.offer import offer_to_json
from connector.pipelines.connect import ConnectFacebook
from connector.pipelines.consent import ConsentAsk


class FacebookDialog:
    """Implements `ConsentProvider`. Facebook has no PKCE for this flow, and sends no issuer back."""

    def __init__(self, connect: ConnectFacebook) -> None:
        self._connect = connect

    async def consent_url(self, ask: ConsentAsk) -> str:
        """Return the dialog's address; what was declined before is asked for again when the person wants that."""
        return self._connect.dialog_url(
            state=ask.state, redirect_uri=ask.redirect_uri, rerequest=ask.rerequest
        )

    def is_own_issuer(self, issuer: str | None) -> bool:
        """Tell that any will do."""
        del issuer
        return True

    async def offered(self, code: str, *, redirect_uri: str, verifier: str) -> str:
        """Exchange the code and look at what it gives. Raises ConnectorError kinds."""
        del verifier
        return offer_to_json(await self._connect.offer(code, redirect_uri=redirect_uri))
