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

    __slots__ = ("_take_back_after", "_trusted_from", "provider_id")

    def __init__(self, take_back_after: float = TAKE_BACK_AFTER) -> None:
        """Start with no provider and no memory of failures."""
        self._take_back_after = take_back_after
        self.provider_id: str | None = None
        # When each provider that was ever healthy is trusted again; inf while it fails.
        self._trusted_from: dict[str, float] = {}

    def select(
        self,
        ranked: Sequence[MinerFeature],
        is_healthy: Callable[[str], bool],
        now: float,
    ) -> str | None:
        """Return the controller that serves now, None if none is healthy.

        `ranked` holds the enabled bindings, best first.
        """
        healthy = []
        for controller_id in (feature.controller_id for feature in ranked):
            if is_healthy(controller_id):
                self._note_health(controller_id, now)
                healthy.append(controller_id)
            else:
                self._note_failure(controller_id)
        steady = (
            controller_id
            for controller_id in healthy
            if controller_id == self.provider_id
            or self._trusted_from[controller_id] <= now
        )
        self.provider_id = next(steady, next(iter(healthy), None))
        return self.provider_id

    def report_failure(self, controller_id: str, now: float) -> None:
        """Count a failed command against a provider, whatever it reports."""
        self._trusted_from[controller_id] = now + self._take_back_after
        if self.provider_id == controller_id:
            self.provider_id = None

    def forget(self) -> None:
        """Forget failures: the device was off, which is nobody's fault."""
        self.provider_id = None
        self._trusted_from.clear()

    def next_change(self, now: float) -> float | None:
        """Return when a recovered provider can take back, None if none waits."""
        pending = [at for at in self._trusted_from.values() if now < at < inf]
        return min(pending, default=None)

    def _note_health(self, controller_id: str, now: float) -> None:
        """Trust a provider at once if it never failed, else after a while."""
        trusted_from = self._trusted_from.setdefault(controller_id, now)
        if trusted_from == inf:
            self._trusted_from[controller_id] = now + self._take_back_after

    def _note_failure(self, controller_id: str) -> None:
        """Stop trusting a provider; one that was never healthy did not fail."""
        if controller_id in self._trusted_from:
            self._trusted_from[controller_id] = inf
