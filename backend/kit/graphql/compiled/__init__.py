"""Each validated operation compiled once into a plan, then run without asking again what does not change.

A generic executor asks of every field of every object what its type is, which fields its selection has, which
arguments they take and whether the value can be awaited. All but the last is known from the operation alone. Here it
is worked out once: a selection set becomes a small Python function that reads its fields straight from the object
(`straight`). Whatever is not as foreseen, an error, an awaitable, an odd value, goes field by field through `running`,
which follows the specification as graphql-core does, so that data, errors and their order are the same.

*Plan*: one operation under one choice of its `@skip` and `@include`. *Selection*: the fields asked of one object type.
*Field*: how its value is got (`resolving`) and completed (`values`). What has no plan (`@defer`, `@stream`, middleware,
an abort signal …) runs as it always did, and is counted.

The way in is Strawberry's public `execution_context_class`.
"""

from backend.kit.graphql.compiled.beginning import at_once, begun
from backend.kit.graphql.compiled.executor import CompiledExecutor, counted

__all__ = ["CompiledExecutor", "at_once", "begun", "counted"]
