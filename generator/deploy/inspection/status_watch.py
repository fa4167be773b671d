"""Look at an environment again and again until nothing of it is under way."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from generator.aws import Cloud, StackSets
from generator.config import Config
from generator.deploy.inspection.status import Status, status
from generator.deploy.operations.contact import Contact
from generator.plan.state import Operation


class StatusWatch:
    """An environment, looked at until it is idle."""

    def __init__(
        self, config: Config, cloud: Cloud, *, pause: Callable[[], None],
        note: Callable[[str], None],
    ):  # fmt: skip
        self._config = config
        self._cloud = cloud
        self._pause = pause
        self._contact = Contact(f"{config.project}-{config.environment}", note)
        self._seen: dict[str, str] = {}

    def run(self) -> Iterator[Status]:
        """Yield the state at each look; the last one has nothing under way."""
        while True:
            found = self._contact.look(lambda: status(self._config, self._cloud))
            if found is not None:
                for one in found.sets:
                    self._seen |= {each.operation.id: one.name for each in one.under_way}
                yield found
                if not found.under_way:
                    return
            self._pause()

    def failed(self) -> list[Operation]:
        """List the operations that were under way at some look and did not wholly succeed."""
        targets = self._config.targets.tools_account
        sets = StackSets(self._cloud, account=targets, region=self._config.regions.primary)
        ended = [sets.operation(name, operation) for operation, name in self._seen.items()]
        return [operation for operation in ended if not operation.succeeded]
