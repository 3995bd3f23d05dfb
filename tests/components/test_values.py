"""Values that a program gives, against the types that their fields declare."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypedDict

import pytest

from stepgate.components.values import has_values, known_values, value_errors
from stepgate.workflow import Values, Workflow
from tests.findings import error_lines
from tests.located import without_places


class Limit(TypedDict):
    """Pydantic refuses one of `typing` before Python 3.12; then it is not checked."""

    most: int


@dataclass(frozen=True)
class ShopValues(Values):
    kept: ClassVar[str] = "of the class"
    subnets: list[str] | None = None
    limits: Mapping[str, int] = field(default_factory=dict[str, int])
    zones: tuple[str, ...] = ()
    share: float = 0.5
    note: str | None = None
    anything: Any = None
    of_a_library: range = range(3)
    typed_dict: Limit | None = None
    highest: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "highest", max(self.limits.values(), default=0))


SHOP = Workflow("shop", "sync", lambda _: {}, values=ShopValues)
GIVEN = {
    "subnets": ["a", "b"],
    "limits": {"a": 1.0, "b": 2},
    "zones": ("a",),
    "share": 2.0,
    "note": None,
    "anything": [{"b": 1.5, "c": 3.0}],
    "of_a_library": range(5),
    "typed_dict": {"most": 1},
}


def test_values_become_what_their_fields_declare() -> None:
    assert value_errors([SHOP], GIVEN) == []
    found: Any = known_values(SHOP, GIVEN)
    assert {name: getattr(found, name) for name in GIVEN} == GIVEN
    assert type(found.share) is float
    assert [type(limit) for limit in found.limits.values()] == [int, int]
    assert found.highest == 2, "a field that the class fills in itself is not given"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("subnets", "a", "is 'a'; ShopValues declares list[str] | None"),
        ("subnets", [1], "is [1]; ShopValues declares list[str] | None"),
        ("limits", {"a": "1"}, "is {'a': '1'}; ShopValues declares collections.abc.Mapping[str, i"),
        ("limits", {"a": 1.5}, "is {'a': 1.5}; ShopValues declares "),
        ("zones", "a", "is 'a'; ShopValues declares tuple[str, ...]"),
        ("share", True, "is True; ShopValues declares float"),
        pytest.param("note", 10**5000, "is an int of too many digits; ShopValues", id="int"),
        ("note", 5, "is 5; ShopValues declares str | None"),
        ("note", ["a\nb" * 100], r"is ['a\nba\nba\nb"),
        ("of_a_library", [0], "is [0]; ShopValues declares range"),
    ],
)
def test_a_value_of_another_type_is_one_line(name: str, value: Any, said: str) -> None:
    given = {**GIVEN, name: value}
    (line,) = without_places(error_lines(value_errors([SHOP], given)))
    assert line.startswith(f"workflow 'shop': the value {name!r} {said}")
    assert len(line) < 250
    assert not has_values(SHOP, given)
