"""How often somebody may: counted in this process, or across all of them when there is a Redis."""

import asyncio
import logging
import math
from functools import cache

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage, RedisClusterStorage, RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import StorageError
from redis.exceptions import RedisClusterException, RedisError

from backend.kit import clock
from backend.kit.errors import Refused
from backend.kit.redis_nodes import CLUSTER
from backend.kit.settings import settings

SHARED_SECONDS_MAX = 1.0
"""So long a Redis may keep silent before this process counts alone."""
log = logging.getLogger(__name__)


class TooManyRequests(Refused):
    """That was too often. Wait a little and try again."""

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__()
        self.retry_after_seconds = retry_after_seconds


async def allow(name: str, who: str, rate: str) -> None:
    """Count one more `name` by `who`, at most `rate` of them: "5/minute", "10 per 2 hours".

    The window moves; a refused try does not count. Raises TooManyRequests with the seconds to wait.
    """
    item = _item(rate)
    if shared := _shared(settings().redis_url):
        try:
            async with asyncio.timeout(SHARED_SECONDS_MAX):
                return await _count(shared, item, name, who)
        except (RedisError, RedisClusterException, StorageError, OSError) as error:
            log.warning("rates are counted in this process alone: %r", error)
    return await _count(_own(), item, name, who)


async def _count(limiter: MovingWindowRateLimiter, item: RateLimitItem, name: str, who: str) -> None:
    if not await limiter.hit(item, name, who):
        window = await limiter.get_window_stats(item, name, who)
        left = math.ceil(window.reset_time - clock.now().timestamp())
        raise TooManyRequests(min(max(1, left), item.get_expiry()))


@cache
def _item(rate: str) -> RateLimitItem:
    return parse(rate)


@cache
def _own() -> MovingWindowRateLimiter:
    return MovingWindowRateLimiter(MemoryStorage())


@cache
def _shared(redis_url: str | None) -> MovingWindowRateLimiter | None:
    if redis_url is None:
        return None
    if CLUSTER in redis_url.partition("://")[0]:
        # Each count is one key, so it is whole on one node. The library knows no name for a cluster behind TLS.
        address = f"async+{redis_url.replace('rediss', 'redis', 1)}"
        storage = RedisClusterStorage(address, implementation="redispy", ssl=redis_url.startswith("rediss"))
        return MovingWindowRateLimiter(storage)
    return MovingWindowRateLimiter(RedisStorage(f"async+{redis_url}", implementation="redispy"))
