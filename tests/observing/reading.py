"""Reads metrics as Prometheus does: through the door, by its own parser."""

from collections.abc import Mapping
from typing import Any

import httpx2
from prometheus_client.parser import text_string_to_metric_families

from backend.members import tokens

OPERATOR = "olga"


def as_operator() -> dict[str, str]:
    return {"authorization": f"Bearer {tokens.for_operator(OPERATOR)}"}


async def metrics(watcher: httpx2.AsyncClient) -> "Read":
    """All that the process tells now."""
    answer = await watcher.get("/metrics", headers=as_operator())
    assert answer.status_code == 200, answer.text
    families: Any = text_string_to_metric_families(answer.text)
    return Read(
        {(sample.name, frozenset(sample.labels.items())): sample.value for f in families for sample in f.samples}
    )


class Read:
    """Samples by name and labels; one that is not there is 0, as it is for whoever takes a rate."""

    def __init__(self, samples: Mapping[tuple[str, frozenset[Any]], float]) -> None:
        self.samples = samples

    def value(self, name: str, **labels: str) -> float:
        return self.samples.get((name, frozenset(labels.items())), 0.0)

    def names(self) -> set[str]:
        return {name for name, _ in self.samples}

    def labels(self, name: str, label: str) -> set[str]:
        return {dict(labels)[label] for found, labels in self.samples if found == name}

    def since(self, before: "Read", name: str, **labels: str) -> float:
        return self.value(name, **labels) - before.value(name, **labels)
