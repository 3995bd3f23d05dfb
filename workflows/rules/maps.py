"""Rules for the modes of a Map.

https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html
"""

from collections.abc import Iterator

from workflows.rules.breach import Breach, Subject

MODES = ("INLINE", "DISTRIBUTED")
EXECUTION_TYPES = ("STANDARD", "EXPRESS")
# Fields of the first page that the second lacks.
DISTRIBUTED_FIELDS = ("ItemReader", "ItemBatcher", "ResultWriter")

_CONFIG = "ItemProcessor.ProcessorConfig"


def known_modes(subject: Subject) -> Iterator[Breach]:
    """A Map's mode is one of the two; without one it is inline."""
    for state in subject.states:
        mode = state.processor_config.get("Mode", "INLINE")
        if mode not in MODES:
            yield Breach(state.name, f"{_CONFIG}.Mode is {mode!r}; write {' or '.join(MODES)}")


def typed_executions(subject: Subject) -> Iterator[Breach]:
    """A distributed Map says of which type its executions are."""
    for state in subject.states:
        type_ = state.processor_config.get("ExecutionType")
        if state.is_distributed and type_ not in EXECUTION_TYPES:
            said = "missing" if type_ is None else repr(type_)
            yield Breach(
                state.name,
                f"{_CONFIG}.ExecutionType is {said}, and a distributed Map has one; write "
                f"{' or '.join(EXECUTION_TYPES)}",
            )


def distributed_parts(subject: Subject) -> Iterator[Breach]:
    """Only a distributed Map reads its items from elsewhere, batches them or writes results."""
    for state in subject.states:
        if state.type != "Map" or state.processor_config.get("Mode", "INLINE") != "INLINE":
            continue
        for field in DISTRIBUTED_FIELDS:
            if field in state.fields:
                yield Breach(
                    state.name,
                    f"{field} is for a distributed Map only; leave it out, or write "
                    f'"Mode": "DISTRIBUTED" in {_CONFIG}',
                )
