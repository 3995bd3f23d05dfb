"""A definition's states, including those nested in a Parallel or a Map.

What does not have the form of the language is skipped: a definition may be wrong, which a rule
reports.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple, cast

from stepgate.asl.integration import parse_integration

Fields = Mapping[str, Any]
QueryLanguage = Literal["JSONPath", "JSONata"]


class Transition(NamedTuple):
    """A field, for example `Next` or `Catch[0].Next`, and the name of the state it leads to."""

    field: str
    target: str


@dataclass(frozen=True)
class State:
    """One state.

    Attributes:
        name: its name, which is unique in the whole definition.
        fields: its fields.
        location: where it is, as statelint writes it: `State Machine.States.Wait`.
        query_language: its own, or else that of the definition.
        default_language: that of the definition, which states nested in it have too: AWS does not
            take it from the Parallel or Map around them (https://github.com/floci-io/floci/issues/2968
            compares it with AWS).
    """

    name: str
    fields: Fields
    location: str
    query_language: QueryLanguage
    default_language: QueryLanguage

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
        """Whether it is a Map that runs each item as a separate execution.

        https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
        """
        return self.processor_config.get("Mode") == "DISTRIBUTED"

    @property
    def processor_config(self) -> Fields:
        """How a Map runs its processor; empty for other states."""
        return _mapping(_mapping(self.fields.get(self.processor)).get("ProcessorConfig"))

    @property
    def processor(self) -> str:
        """The field with a Map's processor; empty for other states.

        `Iterator` is the older name. https://states-language.net/spec.html#map-state
        """
        if self.type != "Map":
            return ""
        return "ItemProcessor" if "ItemProcessor" in self.fields else "Iterator"

    @property
    def waiting(self) -> str:
        """How it waits for something else to end; empty if it does not."""
        if self.is_distributed:
            return "a distributed Map"
        call = parse_integration(self.resource)
        if call and call.kind == "activity":
            return "an activity"
        return f"with .{call.pattern}" if call and call.pattern else ""

    def part(self, field: str) -> Fields | None:
        """What is in a field, if it is an object."""
        value = self.fields.get(field)
        return cast("Fields", value) if isinstance(value, Mapping) else None

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
                yield Machine(branch, f"{self.location}.Branches[{index}]", self.default_language)
        if self.type == "Map":
            for field in ("ItemProcessor", "Iterator"):
                if isinstance(processor := self.fields.get(field), Mapping):
                    fields = cast("Fields", processor)
                    yield Machine(fields, f"{self.location}.{field}", self.default_language)


@dataclass(frozen=True)
class Machine:
    """States with transitions between them: a whole definition, a branch or a Map's processor.

    Attributes:
        query_language: the definition's, which is that of every state that has none of its own.
    """

    fields: Fields
    location: str
    query_language: QueryLanguage

    @property
    def start_at(self) -> str:
        return _text(self.fields.get("StartAt"))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of everything in `States`, including values that are not a state."""
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
                f"{self.location}.States.{name}",
                _query_language(cast("Fields", fields), self.query_language),
                self.query_language,
            )
            for name, fields in cast("Fields", found).items()
            if isinstance(fields, Mapping)
        }


def handled_errors(handler: Fields) -> list[str]:
    """The names of the errors that a retrier or a catcher handles."""
    errors = handler.get("ErrorEquals")
    items = cast("list[object]", errors) if isinstance(errors, list) else []
    return [error for error in items if isinstance(error, str)]


def root_machine(definition: Fields) -> Machine:
    """The definition itself, as the outermost machine."""
    return Machine(definition, "State Machine", _query_language(definition, "JSONPath"))


def iter_machines(definition: Fields) -> Iterator[Machine]:
    """The definition itself, and each machine that is nested in it."""
    yield from _with_nested(root_machine(definition))


def iter_states(definition: Fields) -> Iterator[State]:
    """All states of a definition."""
    for machine in iter_machines(definition):
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
