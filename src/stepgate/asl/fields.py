"""The fields of the language, by what they are fields of.

https://states-language.net/spec.html#state-types
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
"""

import math
from collections.abc import Mapping
from typing import NamedTuple

NAME_LENGTH = 80
"""The most characters that a state's name may have. https://states-language.net/spec.html#states-fields"""

_ANY = ("Type", "Comment", "QueryLanguage", "InputPath", "OutputPath", "Output")
# "These state types support Assign": all but Succeed and Fail.
# https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
_ONWARD = (*_ANY, "Next", "End", "Assign")
_RESULT = ("ResultPath", "ResultSelector", "Parameters", "Retry", "Catch")

STATE_FIELDS: Mapping[str, tuple[str, ...]] = {
    "Pass": (*_ONWARD, "Parameters", "Result", "ResultPath"),
    "Task": (
        *(*_ONWARD, *_RESULT, "Arguments", "Resource", "Credentials"),
        *("TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath"),
    ),
    "Choice": (*_ANY, "Assign", "Choices", "Default"),
    "Wait": (*_ONWARD, "Seconds", "SecondsPath", "Timestamp", "TimestampPath"),
    "Succeed": _ANY,
    "Fail": ("Type", "Comment", "QueryLanguage", "Error", "ErrorPath", "Cause", "CausePath"),
    "Parallel": (*_ONWARD, *_RESULT, "Arguments", "Branches"),
    "Map": (
        *(*_ONWARD, *_RESULT, "ItemProcessor", "Iterator", "ItemSelector", "Items", "ItemsPath"),
        *("ItemReader", "ItemBatcher", "ResultWriter", "Label"),
        *("MaxConcurrency", "MaxConcurrencyPath"),
        *("ToleratedFailureCount", "ToleratedFailureCountPath"),
        *("ToleratedFailurePercentage", "ToleratedFailurePercentagePath"),
    ),
}
"""By a state's type."""

DEFINITION_FIELDS = (
    *("Comment", "QueryLanguage", "StartAt", "States", "TimeoutSeconds", "Version"),
)

_TESTS = (
    *("Comment", "Variable", "And", "Or", "Not"),
    *("IsBoolean", "IsNull", "IsNumeric", "IsPresent", "IsString", "IsTimestamp"),
    *("StringMatches", "BooleanEquals", "BooleanEqualsPath"),
    *(
        f"{kind}{relation}{path}"
        for kind in ("String", "Numeric", "Timestamp")
        for relation in (
            *("Equals", "LessThan", "GreaterThan"),
            *("LessThanEquals", "GreaterThanEquals"),
        )
        for path in ("", "Path")
    ),
)

PART_FIELDS: Mapping[str, tuple[str, ...]] = {
    "Retry": (
        *("ErrorEquals", "Comment", "IntervalSeconds", "MaxAttempts", "BackoffRate"),
        *("MaxDelaySeconds", "JitterStrategy"),
    ),
    "Catch": ("ErrorEquals", "Comment", "Next", "ResultPath", "Assign", "Output"),
    "Choices": (*_TESTS, "Next", "Assign", "Output", "Condition"),
    "And": _TESTS,
    "Or": _TESTS,
    "Not": _TESTS,
    # Neither has a query language of its own: a state in it has its own, or the definition's.
    # https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
    "Branches": ("Comment", "StartAt", "States"),
    "ItemProcessor": ("Comment", "ProcessorConfig", "StartAt", "States"),
    "Iterator": ("Comment", "ProcessorConfig", "StartAt", "States"),
    "ProcessorConfig": ("Mode", "ExecutionType"),
    # https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html
    "ItemReader": ("Comment", "Resource", "Parameters", "Arguments", "ReaderConfig"),
    "ReaderConfig": (
        *("Comment", "InputType", "Transformation", "ManifestType", "ItemsPointer"),
        *("CSVDelimiter", "CSVHeaderLocation", "CSVHeaders", "MaxItems", "MaxItemsPath"),
    ),
    # https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itembatcher.html
    "ItemBatcher": (
        *("Comment", "BatchInput", "MaxItemsPerBatch", "MaxItemsPerBatchPath"),
        *("MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath"),
    ),
    # https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
    "ResultWriter": ("Comment", "Resource", "Parameters", "Arguments", "WriterConfig"),
    "WriterConfig": ("Comment", "Transformation", "OutputType"),
    # https://docs.aws.amazon.com/step-functions/latest/dg/concepts-access-cross-acct-resources.html
    "Credentials": ("RoleArn",),
}
"""Of a part of a state, or of each item in a list of parts, by the field that has it."""

ONLY_IN: Mapping[str, frozenset[str]] = {
    "JSONata": frozenset({"Arguments", "Condition", "Items", "Output"}),
    "JSONPath": frozenset(
        {
            *("InputPath", "OutputPath", "Parameters", "Result", "ResultPath", "ResultSelector"),
            *(
                field
                for fields in STATE_FIELDS.values()
                for field in fields
                if field[-4:] == "Path"
            ),
            *("MaxItemsPath", "MaxItemsPerBatchPath", "MaxInputBytesPerBatchPath"),
            *(field for field in _TESTS if field != "Comment"),
        }
    ),
}
"""Fields that only one query language has.

https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

TEMPLATES = (
    *("Parameters", "ResultSelector", "ItemSelector", "BatchInput", "Assign", "Credentials"),
)
"""Fields whose names are the workflow's own; in JSONPath only `name.$` is an expression.

https://states-language.net/spec.html#payload-template
"""

EXPRESSIONS: Mapping[str, tuple[str, ...]] = {
    "": ("Output", "Assign", "Error", "Cause", "Condition", "Arguments"),
    "Task": ("Credentials", "TimeoutSeconds", "HeartbeatSeconds"),
    "Wait": ("Seconds", "Timestamp"),
    "Map": (
        *("Items", "ItemSelector", "MaxConcurrency", "BatchInput", "MaxItems"),
        *("ToleratedFailureCount", "ToleratedFailurePercentage"),
        *("MaxItemsPerBatch", "MaxInputBytesPerBatch"),
        # Whether AWS evaluates them in these is not documented.
        *("InputType", "Transformation", "ManifestType", "ItemsPointer", "OutputType"),
        *("CSVDelimiter", "CSVHeaderLocation"),
    ),
}
"""Fields that a JSONata expression can be in, by a state's type; under "" those of any type.

https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""


class Limits(NamedTuple):
    """The least and the greatest value of a number, both allowed."""

    least: float
    most: float = math.inf
    is_integer: bool = True


_LONGEST = 99_999_999

LIMITS: Mapping[str, Limits] = {
    "Seconds": Limits(0, _LONGEST),
    "TimeoutSeconds": Limits(1, _LONGEST),
    "HeartbeatSeconds": Limits(1, _LONGEST),
    # https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
    "IntervalSeconds": Limits(1, _LONGEST),
    "MaxAttempts": Limits(0, _LONGEST),
    "MaxDelaySeconds": Limits(1, 31_622_400),
    "BackoffRate": Limits(1, is_integer=False),
    # https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
    "MaxConcurrency": Limits(0, is_integer=False),
    "ToleratedFailureCount": Limits(0),
    "ToleratedFailurePercentage": Limits(0, 100, is_integer=False),
    "MaxItems": Limits(0),
    "MaxItemsPerBatch": Limits(1),
    "MaxInputBytesPerBatch": Limits(1),
}
"""Of every field that is a number."""

TIMESTAMPS = frozenset(
    {"Timestamp", *(field for field in _TESTS if field[:9] == "Timestamp" and field[-4:] != "Path")}
)
"""Every field that is a timestamp."""

VALUES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    # https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html
    "ReaderConfig": {
        "InputType": ("CSV", "JSON", "JSONL", "PARQUET", "MANIFEST"),
        "Transformation": ("NONE", "LOAD_AND_FLATTEN"),
        "ManifestType": ("ATHENA_DATA", "S3_INVENTORY"),
        "CSVDelimiter": ("COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"),
        "CSVHeaderLocation": ("FIRST_ROW", "GIVEN"),
    },
    # https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
    "WriterConfig": {
        "Transformation": ("NONE", "COMPACT", "FLATTEN"),
        "OutputType": ("JSON", "JSONL"),
    },
}
"""By a part of a state: the fields that have only these values."""

ERRORS = tuple(
    f"States.{name}"
    for name in (
        *("ALL", "BranchFailed", "DataLimitExceeded", "ExceedToleratedFailureThreshold"),
        *("HeartbeatTimeout", "Http.Socket", "IntrinsicFailure", "ItemReaderFailed"),
        *("NoChoiceMatched", "ParameterPathFailure", "Permissions", "QueryEvaluationError"),
        *("ResultPathMatchFailure", "ResultWriterFailed", "Runtime", "TaskFailed", "Timeout"),
    )
)
"""The errors of the language itself; no other name may begin with `States.`

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
https://states-language.net/spec.html#appendix-a
"""
