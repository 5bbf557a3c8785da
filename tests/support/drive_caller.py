"""Calling the sandbox's Drive without our adapter: any request, right or wrong."""

from dataclasses import dataclass
from typing import Any

import aiohttp

from adapters.sandbox.google.objects import FOLDER
from adapters.sandbox.google.server import GoogleSandbox


@dataclass
class Drive:
    """Calls the API with a bearer token."""

    http: aiohttp.ClientSession
    google: GoogleSandbox
    token: str

    async def call(self, method: str, path: str, body: object = None, **query: str) -> tuple[int, Any]:
        async with self.http.request(
            method,
            f"{self.google.url}/drive/v3/{path}",
            params=query,
            json=body,
            headers={"Authorization": f"Bearer {self.token}"},
        ) as answer:
            return answer.status, await answer.json() if answer.status != 204 else None

    async def refused(self, method: str, path: str, body: object = None, **query: str) -> tuple[int, str]:
        status, record = await self.call(method, path, body, **query)
        assert record["error"]["code"] == status
        return status, record["error"]["errors"][0]["reason"]

    async def create(self, **body: object) -> str:
        status, record = await self.call("POST", "files", {"mimeType": FOLDER, **body}, fields="id")
        assert status == 200, record
        return str(record["id"])

    async def found(self, q: str, **query: str) -> list[str]:
        status, record = await self.call(
            "GET", "files", q=q, fields="files(id)", orderBy="createdTime", **query
        )
        assert status == 200, record
        return [file["id"] for file in record["files"]]

    async def open(
        self, size: int, body: object, *, method: str = "POST", path: str = "files", **headers: str
    ) -> tuple[int, str]:
        """Open a session; return the status and its address or the reason of the refusal."""
        sent = {"X-Upload-Content-Length": str(size), "X-Upload-Content-Type": "a/b", **headers}
        async with self.http.request(
            method,
            f"{self.google.url}/upload/drive/v3/{path}",
            params={"uploadType": "resumable", "supportsAllDrives": "true", "fields": "id,size"},
            json=body,
            headers={"Authorization": f"Bearer {self.token}", **sent},
        ) as answer:
            if answer.status == 200:
                return 200, answer.headers["Location"]
            return answer.status, (await answer.json())["error"]["errors"][0]["reason"]

    async def put(self, url: str, content_range: str, data: bytes = b"") -> tuple[int, Any]:
        """Bring bytes or ask; return the status and the Range header of a 308, else the body."""
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Connection": "close",
        }  # or aiohttp repeats it itself
        if content_range:
            headers["Content-Range"] = content_range
        async with self.http.put(url, data=data, headers=headers, allow_redirects=False) as answer:
            if answer.status == 308:
                return 308, answer.headers.get("Range")
            return answer.status, await answer.json()

    async def media(self, file_id: str, wanted: str = "", **query: str) -> tuple[int, str, bytes]:
        """Read a file; return the status, the Content-Range and the bytes."""
        headers = {"Authorization": f"Bearer {self.token}", **({"Range": wanted} if wanted else {})}
        url = f"{self.google.url}/drive/v3/files/{file_id}"
        async with self.http.get(url, params={"alt": "media", **query}, headers=headers) as answer:
            return answer.status, answer.headers.get("Content-Range", ""), await answer.read()
