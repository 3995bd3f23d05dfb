"""The fields that the language has, by what they stand in.

https://states-language.net/spec.html#state-types
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
"""

from collections.abc import Mapping

NAME_LENGTH = 80
"""Characters that a state's name may have. https://states-language.net/spec.html#states-fields"""

_ANY = ("Type", "Comment", "QueryLanguage", "InputPath", "OutputPath", "Output")
_ONWARD = (*_ANY, "Next", "End", "Assign")
_RESULT = ("ResultPath", "ResultSelector", "Parameters", "Arguments", "Retry", "Catch")

STATE_FIELDS: Mapping[str, tuple[str, ...]] = {
    "Pass": (*_ONWARD, "Parameters", "Result", "ResultPath"),
    "Task": (
        *(*_ONWARD, *_RESULT, "Resource", "Credentials"),
        *("TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath"),
    ),
    "Choice": (*_ANY, "Assign", "Choices", "Default"),
    "Wait": (*_ONWARD, "Seconds", "SecondsPath", "Timestamp", "TimestampPath"),
    "Succeed": _ANY,
    "Fail": ("Type", "Comment", "QueryLanguage", "Error", "ErrorPath", "Cause", "CausePath"),
    "Parallel": (*_ONWARD, *_RESULT, "Branches"),
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
NESTED_FIELDS = ("Comment", "ProcessorConfig", "QueryLanguage", "StartAt", "States")
"""Of a branch and of a Map's processor."""

PART_FIELDS: Mapping[str, tuple[str, ...]] = {
    "Retry": (
        *("ErrorEquals", "Comment", "IntervalSeconds", "MaxAttempts", "BackoffRate"),
        *("MaxDelaySeconds", "JitterStrategy"),
    ),
    "Catch": ("ErrorEquals", "Comment", "Next", "ResultPath", "Assign", "Output"),
    "Choices": (
        *("Comment", "Next", "Assign", "Output", "Condition", "Variable", "And", "Or", "Not"),
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
    ),
}
"""Of what stands in a state's list: a retrier, a catcher, a choice rule with its nested tests."""

ONLY_IN: Mapping[str, frozenset[str]] = {
    "JSONata": frozenset({"Arguments", "Condition", "Items", "Output"}),
    "JSONPath": frozenset(
        {"InputPath", "OutputPath", "Parameters", "ResultPath", "ResultSelector", "Variable"}
    ),
}
"""Fields that only one query language has."""
