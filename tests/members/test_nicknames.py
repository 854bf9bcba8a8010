"""A nickname can be seen, said and shown beside others."""

from uuid import uuid4

import pytest

from backend.kit.errors import InvalidInput
from backend.members import nicknames


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" Ann ", "Ann"),
        ("小安", "小安"),
        ("e\u0301", "é"),
        ("👩‍👧 mum", "👩‍👧 mum"),
        ("x" * 20, "x" * 20),
        ("<b>", "<b>"),
    ],
)
def test_a_nickname_is_tidied(typed: str, kept: str) -> None:
    assert nicknames.tidy(typed) == kept


@pytest.mark.parametrize(
    "typed", ["", "   ", "x" * 21, "a\nb", "a\x00b", "\u202eevil", "\u200b", "\u200d", "\ufeff", "a\u2028b", "\ue000"]
)
def test_a_nickname_hides_nothing(typed: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        nicknames.tidy(typed)
    assert refused.value.field == "nickname"


def test_the_first_nickname_would_be_accepted() -> None:
    first = nicknames.first(uuid4())
    assert nicknames.tidy(first) == first
