"""Which controllers stand by: the second library on a device that the first one serves.

Who rests is asked every ten minutes whether it is there, and shows nothing meanwhile,
so that nobody takes for true what was read long ago. It is awake at once when it is
needed: its device is read before the failure of the other is published.
"""

from ..controllers.base import Controller
from ..domain.features import MinerFeature
from ..domain.ports import PORTS
from .serving import Serving


def is_outranked(controller: Controller, serving: Serving) -> bool:
    """Tell whether better ones serve all that a controller shows.

    One of them has to be its counterpart, by which the same device is reached. What
    shows nothing, such as a restart, needs no reading before it is told.
    """
    shown = [
        feature
        for feature in serving.miner.features_by_controller(controller.controller_id)
        if feature.enabled and PORTS[feature.feature_type].fields
    ]
    better = [_better(feature, controller, serving) for feature in shown]
    return all(better) and any(map(controller.stands_by_for, filter(None, better)))


def _better(
    feature: MinerFeature, controller: Controller, serving: Serving
) -> Controller | None:
    """Return who serves a feature, if it ranks above a controller."""
    resolution = serving.resolutions.get(feature.feature_type)
    provider = resolution.provider if resolution else None
    if provider is None or provider is controller:
        return None
    ranked = serving.miner.ranked_features(feature.feature_type)
    first = next(
        each.controller_id
        for each in ranked
        if each.controller_id in (provider.controller_id, controller.controller_id)
    )
    return provider if first == provider.controller_id else None
