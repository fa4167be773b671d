"""What the last drift detection found of the service's instances; nothing is detected anew."""

from __future__ import annotations

from generator.aws import AwsError, Cloud
from generator.aws.drift import InstanceDrift, SetDrifts
from generator.config import Config, Names
from generator.units import SERVICE, Pair


def last_drift(config: Config, cloud: Cloud) -> dict[Pair, InstanceDrift]:
    """Read the drift of each instance of the service, as far as it was ever looked for."""
    drifts = SetDrifts(cloud, account=config.targets.tools_account, region=config.regions.primary)
    try:
        found = drifts.instances(Names.of(config).stack(SERVICE))
    except AwsError as error:
        if error.code == "StackSetNotFoundException":
            return {}
        raise
    return {one.pair: one for one in found if one.checked}
