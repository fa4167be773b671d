"""Publish how many messages wait in the queues, so that alarms on dead letters turn."""

import threading
import time
from dataclasses import dataclass, field

from localcloud import ministack, ministack_functions
from localcloud.ministack import Place

LOOK_SECONDS = 0.5
# What has not changed is said again, for an alarm judges only what its period has seen.
REPEAT_SECONDS = 20.0


@dataclass(slots=True)
class Depths:
    """What was last said of each queue, and when."""

    said: dict[tuple[Place, str], tuple[int, float]] = field(default_factory=dict)

    def clear(self) -> None:
        self.said.clear()

    def publish(self) -> None:
        """Publish what has changed, and now and then what has not."""
        now = time.monotonic()
        for (place, queue), waiting in ministack_functions.visible_messages().items():
            before, since = self.said.get((place, queue), (0, now))
            if waiting == before and (not waiting or now - since < REPEAT_SECONDS):
                continue
            self.said[place, queue] = (waiting, now)
            with ministack.at(place):
                ministack_functions.record_metric(
                    "AWS/SQS",
                    "ApproximateNumberOfMessagesVisible",
                    waiting,
                    {"QueueName": queue},
                )


def install() -> Depths:
    """Look at the queues for as long as the server lives."""
    depths = Depths()

    def look() -> None:
        while True:
            time.sleep(LOOK_SECONDS)
            depths.publish()

    threading.Thread(target=look, name="queue-depths", daemon=True).start()
    return depths
