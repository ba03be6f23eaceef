"""What running models cost for as long as they run, whether pictures come or not."""

from __future__ import annotations

from dataclasses import dataclass

from sightline.domain.lookout.models import Model, ModelStatus

_S = ModelStatus
BILLED = frozenset({_S.STARTING_HOSTING, _S.HOSTED, _S.STOPPING_HOSTING})


@dataclass(frozen=True)
class UnitPrice:
    """US dollars for one inference unit and hour, by the list prices that `of` names.

    An hour of training costs `training_usd_hour`, an hour of detecting without a unit
    `detecting_usd_hour`.
    """

    usd_hour: float
    of: str
    training_usd_hour: float
    detecting_usd_hour: float

    def per_hour(self, model: Model) -> float | None:
        """What a model costs an hour as it is now; None where that is not known here.

        An endpoint costs what AWS and the seller of its model package ask.
        """
        if model.status not in BILLED:
            return 0.0
        return None if model.host else (model.min_units or 0) * self.usd_hour
