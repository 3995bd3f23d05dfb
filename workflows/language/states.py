"""A definition's states, the nested ones of Parallel and Map too.

Whatever has not the language's form is passed over: a definition may be wrong, and a rule says so.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple, cast

Fields = Mapping[str, Any]
QueryLanguage = Literal["JSONPath", "JSONata"]


class Transition(NamedTuple):
    """The state that a field leads to; the field as `Next` or `Catch[0].Next`."""

    field: str
    target: str


@dataclass(frozen=True)
class State:
    """One state.

    Attributes:
        name: its name, which no other state of the whole definition has.
        fields: what stands in it.
        place: where it stands, as statelint writes it: `State Machine.States.Wait`.
        query_language: its own, or else that of the definition.
    """

    name: str
    fields: Fields
    place: str
    query_language: QueryLanguage

    @property
    def type(self) -> str:
        return _text(self.fields.get("Type"))

    @property
    def resource(self) -> str:
        """What a Task calls; empty for other states."""
        return _text(self.fields.get("Resource")) if self.type == "Task" else ""

    @property
    def choices(self) -> list[Fields]:
        return _mappings(self.fields.get("Choices"))

    @property
    def retriers(self) -> list[Fields]:
        return _mappings(self.fields.get("Retry"))

    @property
    def catchers(self) -> list[Fields]:
        return _mappings(self.fields.get("Catch"))

    @property
    def is_distributed(self) -> bool:
        """Whether it is a Map whose items are executions of their own.

        https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
        """
        return self.processor_config.get("Mode") == "DISTRIBUTED"

    @property
    def processor_config(self) -> Fields:
        """How a Map runs its processor; empty for other states."""
        processor = self.fields.get("ItemProcessor") if self.type == "Map" else None
        return _mapping(_mapping(processor).get("ProcessorConfig"))

    def arguments(self, part: str = "") -> object:
        """The request of a Task, or of a Map's `ItemReader` or `ResultWriter`; None without one."""
        fields = _mapping(self.fields.get(part)) if part else self.fields
        return fields.get("Arguments" if self.query_language == "JSONata" else "Parameters")

    def transitions(self) -> Iterator[Transition]:
        for field in ("Next", "Default"):
            if isinstance(target := self.fields.get(field), str):
                yield Transition(field, target)
        for field, items in (("Choices", self.choices), ("Catch", self.catchers)):
            for index, item in enumerate(items):
                if isinstance(target := item.get("Next"), str):
                    yield Transition(f"{field}[{index}].Next", target)

    @cached_property
    def nested(self) -> tuple["Machine", ...]:
        """The branches of a Parallel, the processor of a Map."""
        return tuple(self._nested())

    def _nested(self) -> Iterator["Machine"]:
        if self.type == "Parallel":
            for index, branch in enumerate(_mappings(self.fields.get("Branches"))):
                yield Machine(branch, f"{self.place}.Branches[{index}]", self.query_language)
        if self.type == "Map":
            # `Iterator` is the older name. https://states-language.net/spec.html#map-state
            for field in ("ItemProcessor", "Iterator"):
                if isinstance(processor := self.fields.get(field), Mapping):
                    fields = cast("Fields", processor)
                    yield Machine(fields, f"{self.place}.{field}", self.query_language)


@dataclass(frozen=True)
class Machine:
    """States that lead to each other: a whole definition, a branch or a Map's processor."""

    fields: Fields
    place: str
    query_language: QueryLanguage

    @property
    def start_at(self) -> str:
        return _text(self.fields.get("StartAt"))

    @property
    def names(self) -> tuple[str, ...]:
        """Of all that stands in `States`, be it a state or not."""
        return tuple(_mapping(self.fields.get("States")))

    @cached_property
    def states(self) -> dict[str, State]:
        """Its own states by name, without those nested in them."""
        found = self.fields.get("States")
        if not isinstance(found, Mapping):
            return {}
        return {
            name: State(
                name,
                cast("Fields", fields),
                f"{self.place}.States.{name}",
                _query_language(cast("Fields", fields), self.query_language),
            )
            for name, fields in cast("Fields", found).items()
            if isinstance(fields, Mapping)
        }


def handled_errors(handler: Fields) -> list[str]:
    """The names of errors that a retrier or a catcher is for."""
    errors = handler.get("ErrorEquals")
    items = cast("list[object]", errors) if isinstance(errors, list) else []
    return [error for error in items if isinstance(error, str)]


def whole_machine(definition: Fields) -> Machine:
    """The definition itself, as the outermost machine."""
    return Machine(definition, "State Machine", _query_language(definition, "JSONPath"))


def machines(definition: Fields) -> Iterator[Machine]:
    """The definition itself, and each machine that is nested in it."""
    yield from _with_nested(whole_machine(definition))


def states(definition: Fields) -> Iterator[State]:
    """All states of a definition."""
    for machine in machines(definition):
        yield from machine.states.values()


def _with_nested(machine: Machine) -> Iterator[Machine]:
    yield machine
    for state in machine.states.values():
        for inner in state.nested:
            yield from _with_nested(inner)


def _query_language(fields: Fields, otherwise: QueryLanguage) -> QueryLanguage:
    own = fields.get("QueryLanguage")
    return own if own in ("JSONPath", "JSONata") else otherwise


def _mappings(value: object) -> list[Fields]:
    items = cast("list[object]", value) if isinstance(value, list) else []
    return [cast("Fields", item) for item in items if isinstance(item, Mapping)]


def _mapping(value: object) -> Fields:
    return cast("Fields", value) if isinstance(value, Mapping) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
