"""Ask CloudFormation itself what an update of a stack would replace."""

from __future__ import annotations

import uuid

from generator.aws import AwsError, ChangeSets, Cloud
from generator.build.manifest import BuiltUnit, Manifest
from generator.deploy.desired import Desired
from generator.deploy.release.publish import template_source
from generator.errors import GenError
from generator.plan.document import Announcement
from generator.units import Pair


class AskChangeSets:
    """Makes a change set of a stack, reads it and deletes it."""

    def __init__(self, manifest: Manifest, desired: Desired, cloud: Cloud):
        self._manifest = manifest
        self._desired = desired
        self._cloud = cloud

    def __call__(
        self, unit: BuiltUnit, pair: Pair, stack: str, parameters: dict[str, str]
    ) -> Announcement:
        """Ask about one stack; what keeps from asking is part of the answer."""
        account, region = pair
        if not self._cloud.reaches(account):
            return Announcement(account, region, (), "the account cannot be reached from here")
        text = self._desired.template(unit)
        try:
            changes = ChangeSets(self._cloud, account=account, region=region).look(
                stack,
                template_source(self._manifest, text, unit.name, self._cloud),
                parameters=parameters,
                tags=self._manifest.tags,
                capabilities=unit.capabilities,
                name=f"gen-plan-{uuid.uuid4()}",
            )
        except AwsError as error:
            return Announcement(account, region, (), error.message or str(error))
        except GenError as error:
            return Announcement(account, region, (), str(error))
        return Announcement(account, region, tuple(changes))
