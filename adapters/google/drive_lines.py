"""The Drive SDK itself: one service and one connection a thread. Imported at the first call, for it takes 15 MiB.

https://googleapis.github.io/google-api-python-client/docs/thread_safety.html
"""

import http.client
import json
import threading
from collections.abc import Mapping
from typing import Any

import httplib2
from google.oauth2.credentials import Credentials
from googleapiclient import discovery_cache
from googleapiclient.discovery import build_from_document
from googleapiclient.errors import Error as GoogleApiError
from googleapiclient.errors import HttpError
from googleapiclient.http import build_http

from adapters.google.drive_client import Ask
from adapters.google.errors import judge
from connector.domain.errors import ConnectorError, TransientError


class DriveLines:
    """The services and connections, one a thread: httplib2 is not made for sharing."""

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
        """Make one call. Never raises what a network or a server causes."""
        line, service = self._line()
        request = ask(service)
        Credentials(token=access_token).apply(request.headers)  # type: ignore[no-untyped-call]  # ours is fresh
        try:
            answer = request.execute(http=line, num_retries=0)
        except HttpError as error:
            return judge("drive", error.status_code, error.content, retry_after=error.resp.get("retry-after"))
        except (OSError, httplib2.HttpLib2Error, http.client.HTTPException) as error:
            return TransientError(f"Google Drive could not be reached ({type(error).__name__}).")
        except (GoogleApiError, ValueError, RecursionError):
            return TransientError("Google Drive answered something of unknown shape.", unknown=True)
        if answer == "":  # 204
            return {}
        if not isinstance(answer, dict):
            return TransientError("Google Drive answered something of unknown shape.", unknown=True)
        return answer

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
