"""What Schemathesis has to be told of this schema: its scalars, and what a failure of the server looks like."""

from datetime import UTC, datetime
from typing import Any

import schemathesis
from hypothesis import strategies as st
from hypothesis_graphql import nodes

MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))  # noqa: DTZ001  hypothesis adds no zone to bounds
NUMBERS = st.integers(-(2**63), 2**63 - 1).map(nodes.Int)

schemathesis.graphql.scalar("UUID", st.uuids().map(str).map(nodes.String))
schemathesis.graphql.scalar("Date", st.dates().map(str).map(nodes.String))
schemathesis.graphql.scalar("DateTime", MOMENTS.map(datetime.isoformat).map(nodes.String))
schemathesis.graphql.scalar("Points", NUMBERS)
schemathesis.graphql.scalar("MinorUnits", NUMBERS)
schemathesis.graphql.scalar("JSON", st.text(max_size=9).map(nodes.String))


@schemathesis.check
def nothing_of_ours_failed(_context: Any, response: Any, _case: Any) -> None:
    """An error that names the caller's mistake is an answer; one that is masked is our failure."""
    assert response.status_code < 500, response.text
    codes = [error.get("extensions", {}).get("code") for error in response.json().get("errors", ())]
    assert "INTERNAL_SERVER_ERROR" not in codes, response.text
