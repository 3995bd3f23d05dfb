"""Definitions with branches, items and many states, as an execution's view has to show them."""

from stepgate.workflow import Definition, Values

MANY = 80
"""States of the longest one."""


def three_branches(_: Values) -> Definition:
    """One branch ends, one fails with `{"fail": "Error"}`, and one is then cut off."""
    branches = [
        {"StartAt": "Reserve", "States": {"Reserve": {"Type": "Pass", "End": True}}},
        {
            "StartAt": "Check the card",
            "States": {
                "Check the card": {"Type": "Wait", "Seconds": 1, "Next": "Charge"},
                "Charge": {
                    "Type": "Choice",
                    "Choices": [{"Variable": "$.fail", "IsPresent": True, "Next": "Declined"}],
                    "Default": "Charged",
                },
                "Declined": {"Type": "Fail", "ErrorPath": "$.fail", "Cause": "No money is left."},
                "Charged": {"Type": "Pass", "End": True},
            },
        },
        {
            "StartAt": "Pack",
            "States": {
                "Pack": {"Type": "Wait", "Seconds": 30, "Next": "Label"},
                "Label": {"Type": "Pass", "End": True},
            },
        },
    ]
    return {
        "StartAt": "Prepare",
        "TimeoutSeconds": 60,
        "States": {
            "Prepare": {"Type": "Pass", "Next": "At once"},
            "At once": {"Type": "Parallel", "Branches": branches, "Next": "Ship"},
            "Ship": {"Type": "Pass", "End": True},
        },
    }


def items_that_fail(_: Values) -> Definition:
    """`{"items": [{"wait": 1}, {"wait": 1, "fail": true}]}`, one at a time unless none fails."""
    return {
        "QueryLanguage": "JSONata",
        "StartAt": "Each",
        "TimeoutSeconds": 300,
        "States": {
            "Each": {
                "Type": "Map",
                "Items": "{% $states.input.items %}",
                "MaxConcurrency": 2,
                "ItemProcessor": {
                    "StartAt": "Rest",
                    "States": {
                        "Rest": {
                            "Type": "Wait",
                            "Seconds": "{% $states.input.wait %}",
                            "Next": "Is it good?",
                        },
                        "Is it good?": {
                            "Type": "Choice",
                            "Choices": [
                                {"Condition": "{% $exists($states.input.fail) %}", "Next": "Bad"}
                            ],
                            "Default": "Good",
                        },
                        "Bad": {"Type": "Fail", "Error": "BadItem", "Cause": "It is not good."},
                        "Good": {"Type": "Pass", "End": True},
                    },
                },
                "End": True,
            }
        },
    }


def many_states(_: Values) -> Definition:
    names = [f"Step {number}" for number in range(1, MANY + 1)]
    follow = [*({"Next": name} for name in names[1:]), {"End": True}]
    return {
        "StartAt": names[0],
        "TimeoutSeconds": 60,
        "States": {
            name: {"Type": "Pass", **transition}
            for name, transition in zip(names, follow, strict=True)
        },
    }
