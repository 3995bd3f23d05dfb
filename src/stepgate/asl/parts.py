"""The parts of a state: itself, and the objects in its fields that have fields of the language."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple, cast

from stepgate.asl.fields import PART_FIELDS, STATE_FIELDS
from stepgate.asl.states import Fields, State

_LISTS = ("Retry", "Catch", "Choices", "And", "Or", "Branches")


class Part(NamedTuple):
    """
    Attributes:
        place: where it is in its state, for example `Retry[0]`; empty for the state itself.
        kind: the field that has it, for example `Retry`; empty for the state itself.
    """

    place: str
    kind: str
    fields: Fields

    def at(self, field: str) -> str:
        """Where a field of it is in its state."""
        return f"{self.place}.{field}" if self.place else field


def iter_parts(state: State) -> Iterator[Part]:
    """The state itself, and each of its parts, without those of nested states."""
    yield from _with_inner(Part("", "", state.fields))


def part_fields(state: State, kind: str) -> tuple[str, ...]:
    """The fields that a part of this kind can have; of both query languages."""
    return PART_FIELDS[kind] if kind else STATE_FIELDS.get(state.type, ())


def _with_inner(part: Part) -> Iterator[Part]:
    yield part
    for field, value in part.fields.items():
        if field not in PART_FIELDS:
            continue
        if field not in _LISTS:
            yield from _part(value, part.at(field), field)
        elif isinstance(value, list):
            for index, item in enumerate(cast("list[object]", value)):
                yield from _part(item, f"{part.at(field)}[{index}]", field)


def _part(value: object, place: str, kind: str) -> Iterator[Part]:
    if isinstance(value, Mapping):
        yield from _with_inner(Part(place, kind, cast("Fields", value)))
