"""The Drive SDK itself: one service and one connection a thread. Imported at the first call, for it takes 15 MiB.

The SDK knows the methods and builds each request from Google's own description of the API; the exchange is made
here over its HTTP client. Its `execute` and `next_chunk` would log bodies of refusals, die of odd ones, send an
upload's chunk again without its bytes, and keep the state of an upload where no other process finds it.
https://googleapis.github.io/google-api-python-client/docs/thread_safety.html
"""

import http.client
import io
import json
import threading
from collections.abc import Mapping
from typing import Any

import httplib2
from google.oauth2.credentials import Credentials
from googleapiclient import discovery_cache
from googleapiclient.discovery import build_from_document
from googleapiclient.http import MediaIoBaseUpload, build_http

from adapters.google.drive_http import Http, Https, UnreadableFileError
from adapters.google.drive_wire import Ask, WireAnswer, WireRequest, unknown_shape
from connector.domain.errors import ConnectorError, PermanentError, TransientError


class DriveLines:
    """The services and connections, one a thread: httplib2 is not made for sharing.

    Nothing here raises what a network or a server causes; it comes back as an error of ours.
    """

    def __init__(self, drive_url: str, timeout_s: float) -> None:
        document = json.loads(discovery_cache.get_static_doc("drive", "v3"))
        document["rootUrl"] = f"{drive_url.rstrip('/')}/"  # the only way that moves uploads too
        self._document = document
        self._timeout_s = timeout_s
        self._of_thread = threading.local()
        self._lock = threading.Lock()
        self._opened: list[Any] = []

    def close(self) -> None:
        """Close every thread's connections."""
        with self._lock:
            for line in self._opened:
                line.close()

    def exchange(self, access_token: str, ask: Ask) -> Mapping[str, object] | ConnectorError:
        """Make one call whose answer is JSON."""
        answer = self.wire(access_token, self.built(ask))
        if isinstance(answer, ConnectorError):
            return answer
        return answer.record() if answer.is_success else answer.refusal("drive")

    def built(self, ask: Ask) -> WireRequest:
        """Return a request of the SDK's as it is to go out."""
        _, service = self._line()
        request = ask(service)
        return WireRequest(method=request.method, url=request.uri, headers=request.headers, body=request.body)

    def begin_upload(
        self, access_token: str, body: Mapping[str, object], *, media_type: str, size_bytes: int, fields: str
    ) -> WireAnswer | ConnectorError:
        """Ask for a resumable session that makes a new file; `fields` shape the answer at its end."""
        media = MediaIoBaseUpload(io.BytesIO(), media_type, resumable=True)
        request = self.built(
            lambda drive: drive.files().create(
                body=body, media_body=media, fields=fields, supportsAllDrives=True
            )
        )
        headers = {"X-Upload-Content-Type": media_type, "X-Upload-Content-Length": str(size_bytes)}
        return self.wire(
            access_token,
            WireRequest(
                method=request.method,
                url=request.url,
                headers={**request.headers, **headers},
                body=request.body,
            ),
        )

    def wire(self, access_token: str, request: WireRequest) -> WireAnswer | ConnectorError:
        """Make one exchange. Nothing is followed, and nothing is repeated but what a stale connection lost."""
        headers = {**request.headers, "accept-encoding": "identity"}
        Credentials(token=access_token).apply(headers)  # type: ignore[no-untyped-call]  # ours is fresh
        try:
            response, content = self._requested(request, headers)
        except UnreadableFileError:
            return PermanentError("The file to upload cannot be read any more, or has changed meanwhile.")
        except (OSError, httplib2.HttpLib2Error) as error:
            return TransientError(f"Google Drive could not be reached ({type(error).__name__}).")
        except (http.client.HTTPException, ValueError):
            return unknown_shape()
        return WireAnswer(status=response.status, headers=response, content=content)

    def _requested(self, request: WireRequest, headers: dict[str, str]) -> tuple[Any, bytes]:
        line, _ = self._line()
        try:
            response, content = line.request(
                request.url,
                method=request.method,
                body=request.body,
                headers=headers,
                connection_type=Https if request.url.startswith("https:") else Http,
            )
        except BaseException:
            line.close()  # what is left on it would be taken for the next answer
            raise
        return response, content

    def _line(self) -> tuple[Any, Any]:
        found: tuple[Any, Any] | None = getattr(self._of_thread, "line", None)
        if found is None:
            line = build_http()  # knows that 308 is no redirect here
            line.timeout = self._timeout_s
            line.follow_redirects = False  # a token follows nobody
            with self._lock:
                self._opened.append(line)
            found = self._of_thread.line = (line, build_from_document(self._document, http=line))
        return found
