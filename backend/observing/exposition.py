"""What was counted and how things stand, in the words Prometheus reads."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from backend.kit import metrics
from backend.kit.metrics import Durations, Now, Tally

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_process = CollectorRegistry()
ProcessCollector(registry=_process)
PlatformCollector(registry=_process)
GCCollector(registry=_process)


def text(standing: Sequence[Now]) -> bytes:
    """All of this process: what it counted, `standing`, and what the system says of it."""
    registry = CollectorRegistry()
    registry.register(_Everything(standing))
    return generate_latest(registry) + generate_latest(_process)


def families(standing: Iterable[Now]) -> Iterator[Metric]:
    """What was counted and `standing`, as Prometheus's families."""
    for counted in metrics.everything_counted():
        yield _tally(counted) if isinstance(counted, Tally) else _histogram(counted)
    for now in standing:
        yield _gauge(now)


class _Everything(Collector):
    def __init__(self, standing: Sequence[Now]) -> None:
        self._standing = standing

    def collect(self) -> Iterator[Metric]:
        return families(self._standing)


def _tally(tally: Tally) -> Metric:
    family = CounterMetricFamily(tally.name, tally.words, labels=tally.labels)
    # What has no labels is 0 from the beginning: an alert on a number that is not there never rings.
    counts = dict(tally.counts) if tally.labels else {(): tally.counts[()]}
    for labels, count in counts.items():
        family.add_metric(labels, count)
    return family


def _histogram(durations: Durations) -> Metric:
    family = HistogramMetricFamily(durations.name, durations.words, labels=durations.labels)
    bounds = [*map(str, durations.bounds), "+Inf"]
    for labels, spread in dict(durations.spreads).items():
        family.add_metric(labels, list(zip(bounds, accumulate(spread.counts), strict=True)), spread.seconds)
    return family


def _gauge(now: Now) -> Metric:
    kind = CounterMetricFamily if now.grows else GaugeMetricFamily
    family: CounterMetricFamily | GaugeMetricFamily = kind(now.name, now.words, labels=now.labels)
    for labels, value in now.values.items():
        family.add_metric(labels, value)
    return family
