"""`./mall serve`, to be killed: dies at a named point of a verb, and its clock is turned by signals.

The points are put around the product's own functions from here; the product itself has no such switch.
"""

import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from backend.__main__ import main
from backend.kit import clock, outbox
from backend.ledger import shelving
from backend.rewards import seeing

AFTER_LOCK, AFTER_LOOK, BEFORE_COMMIT = "after the lock", "after a rush's look", "after posting, before the commit"
AFTER_COMMIT, AFTER_PUBLISH = "after the commit, before publishing", "after publishing, before the answer"
POINTS = (AFTER_LOCK, AFTER_LOOK, BEFORE_COMMIT, AFTER_COMMIT, AFTER_PUBLISH)
WHERE: dict[str, tuple[Any, str, bool]] = {
    AFTER_LOCK: (shelving, "take", True),
    AFTER_LOOK: (seeing, "seen", True),
    BEFORE_COMMIT: (outbox, "write", True),
    AFTER_COMMIT: (outbox, "publish", False),
    AFTER_PUBLISH: (outbox, "publish", True),
}
"""The function each point is at, and whether the point comes after it."""
HOUR_AHEAD, HOUR_BEHIND, CLOCK_RIGHT = signal.SIGUSR1, signal.SIGUSR2, signal.SIGHUP
ARM = signal.SIGWINCH
DIE_AT = "DIE_AT_FILE"
"""The environment variable that names a file; when ARM comes it says where to die: `<times passed>:<point>`."""


def arm(point: str, times: int) -> None:
    """End this process, as kill -9 does, when it passes `point` for the so-many-th time with a member's news."""
    module, name, after = WHERE[point]
    passed: Callable[..., Awaitable[Any]] = getattr(module, name)
    left = [times]

    async def deadly(session: Any, *args: Any, **kwargs: Any) -> Any:
        # What was announced is gone once it is published, so look first.
        counts = point in (AFTER_LOCK, AFTER_LOOK) or _has_news(session.sync_session.info)
        left[0] -= counts
        if counts and left[0] <= 0 and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = await passed(session, *args, **kwargs)
        if counts and left[0] <= 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(module, name, deadly)


def _has_news(info: Mapping[str, Any]) -> bool:
    return bool(info.get("facts") or info.get("recorded"))


def heed_signals() -> None:
    """Let whoever started this process turn its clock, and arm it."""
    for number, ahead in ((HOUR_AHEAD, 1), (HOUR_BEHIND, -1), (CLOCK_RIGHT, 0)):
        signal.signal(number, partial(_turn, ahead))
    signal.signal(ARM, _arm_as_written)


def _turn(hours: int, *_signal: object) -> None:
    clock.turn(timedelta(hours=hours))


def _arm_as_written(*_signal: object) -> None:
    passes, _, point = Path(os.environ[DIE_AT]).read_text("utf-8").partition(":")
    arm(point, int(passes))


if __name__ == "__main__":
    heed_signals()
    sys.exit(main(["serve", *sys.argv[1:]]))
