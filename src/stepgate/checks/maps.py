"""Rules for the modes of a Map, and for what a distributed one reads and writes.

https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from stepgate.asl.states import State
from stepgate.checks.rule import RuleContext, Violation
from stepgate.substitutions import PLACEHOLDER

MODES = ("INLINE", "DISTRIBUTED")
EXECUTION_TYPES = ("STANDARD", "EXPRESS")
# Fields of the first page that the second lacks.
DISTRIBUTED_FIELDS = ("ItemReader", "ItemBatcher", "ResultWriter")

_S3_ACTION = re.compile(r"^arn:aws[a-z-]*:states:[a-z\d-]*:\d*:")
# What each action needs. The pages of both fields are beside them in `stepgate.asl.fields`.
READERS = {"s3:getObject": ("Bucket", "Key"), "s3:listObjectsV2": ("Bucket",)}
BATCH_SIZES = ("MaxItemsPerBatch", "MaxInputBytesPerBatch")
WRITERS = {"s3:putObject": ("Bucket",)}

# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
LABEL_LENGTH = 40
_NOT_IN_LABELS = re.compile(r"""[\s?*<>{}\[\]"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]""")


def require_known_modes(context: RuleContext) -> Iterator[Violation]:
    """A Map's mode is one of the two; the default is inline."""
    for state in context.states:
        mode = state.processor_config.get("Mode", "INLINE")
        if mode not in MODES:
            yield Violation(
                state.name, f"{_config(state)}.Mode is {mode!r}; write {' or '.join(MODES)}"
            )


def require_execution_types(context: RuleContext) -> Iterator[Violation]:
    """A distributed Map has a type for its executions, an inline one has none."""
    for state in context.states:
        type_ = state.processor_config.get("ExecutionType")
        if state.is_distributed and type_ not in EXECUTION_TYPES:
            found = "missing" if type_ is None else repr(type_)
            yield Violation(
                state.name,
                f"{_config(state)}.ExecutionType is {found}, but a distributed Map requires it; "
                f"write {' or '.join(EXECUTION_TYPES)}",
            )
        if state.processor_config.get("Mode") == "INLINE" and type_ is not None:
            yield Violation(
                state.name,
                f"{_config(state)}.ExecutionType is only for a distributed Map; remove it, or "
                'write "Mode": "DISTRIBUTED"',
            )


def require_distributed_mode(context: RuleContext) -> Iterator[Violation]:
    """Only a distributed Map reads its items from elsewhere, batches them, or writes results."""
    for state in context.states:
        if state.type != "Map" or state.processor_config.get("Mode", "INLINE") != "INLINE":
            continue
        for field in DISTRIBUTED_FIELDS:
            if field in state.fields:
                yield Violation(
                    state.name,
                    f"{field} is only for a distributed Map; remove it, or write "
                    f'"Mode": "DISTRIBUTED" in {_config(state)}',
                )


def _config(state: State) -> str:
    return f"{state.processor}.ProcessorConfig"


def require_express_items(context: RuleContext) -> Iterator[Violation]:
    """The executions of a distributed Map cannot wait if they are Express.

    https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html
    """
    for state in context.states:
        if state.is_distributed and state.processor_config.get("ExecutionType") == "EXPRESS":
            for inner in _nested_states(state):
                if inner.waiting:
                    yield Violation(
                        inner.name,
                        f"waits ({inner.waiting}), which an Express execution cannot do; call it "
                        f'without waiting, or write "ExecutionType": "STANDARD" in {state.name!r}',
                    )


def _nested_states(state: State) -> Iterator[State]:
    """Those that run in the same execution: not those in a distributed Map."""
    for machine in state.nested:
        for inner in machine.states.values():
            yield inner
            if not inner.is_distributed:
                yield from _nested_states(inner)


def require_valid_labels(context: RuleContext) -> Iterator[Violation]:
    """A Map's label can be in the ARN of its executions, and is the only one of its kind.

    https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
    """
    labels = {
        state.name: label
        for state in context.states
        if state.type == "Map" and isinstance(label := state.fields.get("Label"), str)
    }
    counts = Counter(labels.values())
    for state in context.states:
        if state.type != "Map" or "Label" not in state.fields:
            continue
        label = state.fields["Label"]
        if problem := _label_problem(label, counts):
            yield Violation(state.name, f"Label is {label!r}; {problem}")


def _label_problem(label: object, counts: Mapping[str, int]) -> str:
    if not isinstance(label, str) or not label:
        return f"write text with at most {LABEL_LENGTH} characters"
    if PLACEHOLDER.search(label):
        return ""
    if len(label) > LABEL_LENGTH:
        return f"write at most {LABEL_LENGTH} characters, not {len(label)}"
    if found := _NOT_IN_LABELS.search(label):
        return f"write letters, digits, - and _ instead of {found[0]!r}"
    return "write a label that no other Map has" if counts[label] > 1 else ""


def require_complete_readers(context: RuleContext) -> Iterator[Violation]:
    """An ItemReader reads from S3, and its request and its CSV file are described."""
    for state in context.states:
        reader = state.part("ItemReader")
        if state.type == "Map" and reader is not None:
            for problem in (
                *_request_problems(state, "ItemReader", READERS),
                *_csv_problems(reader.get("ReaderConfig")),
            ):
                yield Violation(state.name, problem)


def require_batch_sizes(context: RuleContext) -> Iterator[Violation]:
    """An ItemBatcher says how large a batch is.

    https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itembatcher.html
    """
    for state in context.states:
        batcher = state.part("ItemBatcher")
        if state.type == "Map" and batcher is not None:
            sizes = {field.removesuffix("Path") for field in batcher}
            if sizes.isdisjoint(BATCH_SIZES):
                yield Violation(
                    state.name, f"ItemBatcher has neither {' nor '.join(BATCH_SIZES)}; add one"
                )


def require_complete_writers(context: RuleContext) -> Iterator[Violation]:
    """A ResultWriter writes to S3, or says how the results look."""
    for state in context.states:
        writer = state.part("ResultWriter")
        if state.type != "Map" or writer is None:
            continue
        request = {"Resource", "Parameters", "Arguments"} & writer.keys()
        if request:
            for problem in _request_problems(state, "ResultWriter", WRITERS):
                yield Violation(state.name, problem)
        elif "WriterConfig" not in writer:
            yield Violation(
                state.name,
                "ResultWriter has neither Resource nor WriterConfig; write one of them, or remove "
                "ResultWriter",
            )


def _request_problems(
    state: State, part: str, actions: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    resource = (state.part(part) or {}).get("Resource")
    if not isinstance(resource, str):
        if part == "ResultWriter":  # of an ItemReader, statelint reports it
            yield f"{part} has no Resource; write arn:aws:states:::{next(iter(actions))}"
        return
    if PLACEHOLDER.search(resource):
        return
    action = _S3_ACTION.sub("", resource)
    if action not in actions:
        arns = " or ".join(f"arn:aws:states:::{action}" for action in actions)
        yield f"{part}.Resource is {resource!r}; write {arns}"
        return
    field = "Arguments" if state.query_language == "JSONata" else "Parameters"
    request = state.arguments(part)
    if request is None or isinstance(request, Mapping):
        names = {name.removesuffix(".$") for name in cast("Mapping[str, object]", request or {})}
        for name in actions[action]:
            if name not in names:
                yield f"{part}.{field} has no {name}; add it"


def _csv_problems(config: object) -> Iterator[str]:
    """https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html"""
    if not isinstance(config, Mapping):
        return
    fields = cast("Mapping[str, object]", config)
    at = "ItemReader.ReaderConfig"
    if fields.get("InputType") == "CSV" and "CSVHeaderLocation" not in fields:
        yield f"{at} has no CSVHeaderLocation; write FIRST_ROW, or GIVEN with CSVHeaders"
    if fields.get("CSVHeaderLocation") == "GIVEN" and "CSVHeaders" not in fields:
        yield f"{at} has no CSVHeaders; add the names of the columns, or write FIRST_ROW"
    if fields.get("InputType") == "JSON" and "CSVHeaderLocation" in fields:
        yield f'{at}.CSVHeaderLocation is only for CSV; remove it, or write "InputType": "CSV"'
