"""Sending what a conformance check wants sent, wrong signatures included; looking at nothing but the answer."""

import secrets
import time
from collections.abc import Sequence

import aiohttp

from adapters.crm.answers import judge
from adapters.crm.gateway import USER_AGENT, beginning, phrase
from adapters.crm.signature import decode_secret, sign
from connector.domain.conformance import Reply, Shot, Signer
from connector.domain.delivery import Accepted, Rejected
from connector.ports import Clock

MARK = "connector-conformance"


class HttpReceiver:
    """Implements `pipelines.conform.Receiver`."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        url: str,
        signing_secrets: Sequence[str],
        timeout_s: float,
        clock: Clock,
    ) -> None:
        self._session = session
        self._url = url
        self._right = tuple(decode_secret(secret) for secret in signing_secrets)
        self._wrong = secrets.token_bytes(32)
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._clock = clock

    async def send(self, shot: Shot) -> Reply:
        began = time.perf_counter()
        try:
            async with self._session.post(
                self._url,
                data=shot.body,
                headers=self._headers(shot),
                timeout=self._timeout,
                allow_redirects=False,
            ) as response:
                body = await beginning(response)
                seconds = time.perf_counter() - began
                answer = judge(response.status, retry_after=None, body=body, now=self._clock.now())
                return Reply(
                    status=response.status,
                    seconds=seconds,
                    crm_id=answer.crm_id if isinstance(answer, Accepted) else None,
                    errors=len(answer.errors) if isinstance(answer, Rejected) else 0,
                )
        except (aiohttp.ClientError, OSError) as error:
            return Reply(status=None, seconds=time.perf_counter() - began, trouble=phrase(error))

    def _headers(self, shot: Shot) -> dict[str, str]:
        timestamp_s = self._clock.now_ms() // 1000 - shot.age_s
        headers = {
            "content-type": "application/json",
            "accept-encoding": "identity",
            "user-agent": USER_AGENT,
            MARK: "true",
            "webhook-id": shot.event_id,
            "webhook-timestamp": str(timestamp_s),
            "connector-workspace": "conformance",
            "connector-sequence": str(shot.sequence),
            "connector-attempt": str(shot.attempt),
        }
        entries = [self._signature(signer, shot, timestamp_s) for signer in shot.signers]
        if entries:
            headers["webhook-signature"] = " ".join(entries)
        return {**headers, "connector-replay": "true"} if shot.is_replay else headers

    def _signature(self, signer: Signer, shot: Shot, timestamp_s: int) -> str:
        if signer == "newer":
            return "v9,bm90IGEgc2lnbmF0dXJl"
        keys = self._right if signer == "right" else (self._wrong,)
        return sign(
            keys,
            event_id=shot.signed_id or shot.event_id,
            timestamp_s=timestamp_s,
            body=shot.body if shot.signed_body is None else shot.signed_body,
        )
