"""Repair issues as the frontend does."""

from http import HTTPStatus
from typing import Any

from aiohttp.test_utils import TestClient
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.issue_registry import IssueEntry
from homeassistant.setup import async_setup_component

from custom_components.miner_control.const import DOMAIN

type Answer = dict[str, Any]

_FLOWS = "/api/repairs/issues/fix"


def issues(hass: HomeAssistant) -> set[str]:
    """Return the ids of the integration's issues that are raised."""
    return {
        issue_id
        for (domain, issue_id), issue in ir.async_get(hass).issues.items()
        if domain == DOMAIN and issue.active
    }


def issue(hass: HomeAssistant, issue_id: str) -> IssueEntry:
    """Return an issue, which has to be raised."""
    found = ir.async_get(hass).async_get_issue(DOMAIN, issue_id)
    assert found
    return found


class Repair:
    """A flow that repairs an issue, over HTTP."""

    def __init__(self, hass: HomeAssistant, client: TestClient[Any, Any]) -> None:
        """Start nothing yet."""
        self._hass = hass
        self._client = client
        self._url = _FLOWS

    async def start(self, issue_id: str) -> Answer:
        """Start to repair an issue."""
        assert await async_setup_component(self._hass, "repairs", {})
        self._url = _FLOWS
        answer = await self.send(handler=DOMAIN, issue_id=issue_id)
        self._url = f"{_FLOWS}/{answer['flow_id']}"
        return answer

    async def choose(self, step: str) -> Answer:
        """Choose from the menu that is shown."""
        return await self.send(next_step_id=step)

    async def send(self, **content: Any) -> Answer:
        """Send what the frontend sends, and return the answer."""
        response = await self._client.post(self._url, json=content)
        answer: Answer = await response.json()
        assert response.status == HTTPStatus.OK, answer
        return answer
