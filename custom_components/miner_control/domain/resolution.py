"""Who serves a feature: the best healthy binding, steadily.

Time is a number of seconds on any clock that never goes back; the caller
passes it in, so nothing here waits or looks at a clock.
"""

from collections.abc import Callable, Sequence
from math import inf

from .features import MinerFeature

TAKE_BACK_AFTER = 30.0


class ProviderSelector:
    """Select the provider of one feature type and keep the choice steady.

    A provider that failed hands over at once. It takes back when it has been
    healthy for `TAKE_BACK_AFTER` seconds, or at once if nobody else can serve.
    One that has never been healthy so far did not fail: it serves as soon as it can.
    """

    def __init__(self, take_back_after: float = TAKE_BACK_AFTER) -> None:
        """Start with no provider and no memory of failures."""
        self._take_back_after = take_back_after
        self.provider_id: str | None = None
        self._was_healthy: set[str] = set()
        # When each failed provider became healthy again; inf while it is not.
        self._recovered_at: dict[str, float] = {}

    def select(
        self,
        ranked: Sequence[MinerFeature],
        is_healthy: Callable[[str], bool],
        now: float,
    ) -> str | None:
        """Return the controller that serves now, None if none is healthy.

        `ranked` holds the enabled bindings, best first.
        """
        healthy = [
            feature.controller_id
            for feature in ranked
            if self._note_health(
                feature.controller_id, is_healthy(feature.controller_id), now
            )
        ]
        steady = (
            controller_id
            for controller_id in healthy
            if controller_id == self.provider_id or self._is_settled(controller_id, now)
        )
        self.provider_id = next(steady, next(iter(healthy), None))
        return self.provider_id

    def report_failure(self, controller_id: str, now: float) -> None:
        """Count a failed command against a provider, whatever it reports."""
        self._recovered_at[controller_id] = now
        if self.provider_id == controller_id:
            self.provider_id = None

    def forget(self) -> None:
        """Forget failures: the device was off, which is nobody's fault."""
        self.provider_id = None
        self._was_healthy.clear()
        self._recovered_at.clear()

    def next_change(self, now: float) -> float | None:
        """Return when a recovered provider can take back, None if none waits."""
        pending = [
            recovered_at + self._take_back_after
            for recovered_at in self._recovered_at.values()
            if now < recovered_at + self._take_back_after < inf
        ]
        return min(pending, default=None)

    def _note_health(self, controller_id: str, healthy: bool, now: float) -> bool:  # noqa: FBT001
        """Remember failures and recoveries, and return the health."""
        if not healthy:
            if controller_id in self._was_healthy:
                self._recovered_at[controller_id] = inf
            return False
        self._was_healthy.add(controller_id)
        if self._recovered_at.get(controller_id) == inf:
            self._recovered_at[controller_id] = now
        return True

    def _is_settled(self, controller_id: str, now: float) -> bool:
        """Tell whether a provider never failed, or recovered long enough ago."""
        recovered_at = self._recovered_at.get(controller_id)
        if recovered_at is None:
            return True
        if now < recovered_at + self._take_back_after:
            return False
        del self._recovered_at[controller_id]
        return True
