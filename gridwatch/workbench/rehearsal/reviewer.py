"""A scripted operator and two auditors, who know the truth and act through the HTTP API."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self

import httpx

from gridwatch.demo.town import PASSWORD

OPERATOR = "OP-01"
AUDITORS = ("SV-01", "AU-01")
REASON_IF_FALSE = "nothing_there"
PAGE = 100

Truth = Mapping[tuple[str, datetime], bool]
"""Whether an incident is true, by scenario and opening time."""


class Reviewer:
    """One account with its login."""

    def __init__(self, url: str, name: str) -> None:
        self._http = httpx.AsyncClient(base_url=url, timeout=60)
        self._name = name

    async def __aenter__(self) -> Self:
        """Log in."""
        body = {"name": self._name, "password": PASSWORD}
        (await self._http.post("/v1/login", json=body)).raise_for_status()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connection."""
        await self._http.aclose()

    async def read(self, path: str) -> dict[str, Any]:
        """Return the answer to a GET request."""
        answer: dict[str, Any] = (await self._http.get(path)).raise_for_status().json()
        return answer

    async def audit_all(self, truth: Truth) -> int:
        """Judge everything in the audit queue; return the number of verdicts."""
        queue, n = await self.read("/v1/accuracy/audit"), 0
        while queue["next"] is not None:
            item = queue["next"]
            is_true = truth[item["scenario"], datetime.fromisoformat(item["opened_at"])]
            verdict = {"value": "true"} if is_true else {"reason_code": REASON_IF_FALSE}
            path = f"/v1/accuracy/audit/{item['incident']}"
            answer = await self._http.post(path, json={"verdict": verdict})
            queue, n = answer.raise_for_status().json(), n + 1
        return n

    async def review_all(self, truth: Truth) -> int:
        """Confirm or reject every incident that waits for an operator; return their number.

        What the centre opened itself, as for a camera with many false alerts, is rejected: the
        alerts of the camera go on.
        """
        path, n = f"/v1/incidents?view=queue&awaiting=review&limit={PAGE}", 0
        while rows := (await self.read(path))["items"]:
            for row in rows:
                n += 1
                opened_at = datetime.fromisoformat(row["first_at"])
                is_true = truth.get((row["scenario"], opened_at), False)
                action = "confirm" if is_true else "reject"
                body = {"version": row["version"]}
                if not is_true:
                    body |= {"reason": "rehearsal", "reason_code": REASON_IF_FALSE}
                answer = await self._http.post(f"/v1/incidents/{row['id']}/{action}", json=body)
                answer.raise_for_status()
        return n
