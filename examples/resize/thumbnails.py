"""The workflow, in JSONata: it lists the pictures, and calls the function for each in a Map."""

from dataclasses import dataclass

from stepgate import Definition, Values, Workflow

MOST = 200
"""Pictures of one execution: with its messages each takes about 15 events of a history's 25,000."""


@dataclass(frozen=True)
class ThumbnailValues(Values):
    bucket_name: str = "pictures"
    function_arn: str = "arn:aws:lambda:us-east-1:000000000000:function:thumbnail"


def make_thumbnails(values: ThumbnailValues) -> Definition:
    return {
        "QueryLanguage": "JSONata",
        "StartAt": "List the pictures",
        "TimeoutSeconds": 900,
        "States": {
            "List the pictures": {
                "Type": "Task",
                "Resource": "arn:aws:states:::aws-sdk:s3:listObjectsV2",
                "Arguments": {
                    "Bucket": values.bucket_name,
                    "Prefix": "{% $states.input.prefix %}",
                    "MaxKeys": MOST,
                },
                "Retry": [{"ErrorEquals": ["States.ALL"], "JitterStrategy": "FULL"}],
                "Assign": {"width": "{% $states.input.width %}"},
                # Brackets make a list of one key, too. A folder is an object without content.
                "Output": {
                    "keys": "{% [$states.result.Contents[Size > 0].Key] %}",
                    "areAll": "{% $not($states.result.IsTruncated) %}",
                },
                "Next": "Are there pictures, and not too many?",
            },
            "Are there pictures, and not too many?": {
                "Type": "Choice",
                "Choices": [
                    {
                        "Condition": "{% $count($states.input.keys) = 0 %}",
                        "Next": "No pictures",
                    },
                    {
                        "Condition": "{% $states.input.areAll %}",
                        "Next": "Make the thumbnails",
                    },
                ],
                "Default": "Too many pictures",
            },
            "Make the thumbnails": {
                "Type": "Map",
                "Items": "{% $states.input.keys %}",
                "ItemSelector": {"key": "{% $states.context.Map.Item.Value %}"},
                "MaxConcurrency": 10,
                "ItemProcessor": thumbnail_of_one(values),
                "Output": {
                    "thumbnails": "{% [$states.result[$not($exists(skipped))]] %}",
                    "skipped": "{% [$states.result[$exists(skipped)]] %}",
                },
                "End": True,
            },
            "No pictures": {
                "Type": "Fail",
                "Error": "NoPictures",
                "Cause": "There are no pictures with this prefix.",
            },
            "Too many pictures": {
                "Type": "Fail",
                "Error": "TooManyPictures",
                "Cause": f"There are more than {MOST} pictures: use a longer prefix.",
            },
        },
    }


def thumbnail_of_one(values: ThumbnailValues) -> Definition:
    """A picture that the function cannot read is skipped; the others get their thumbnails."""
    return {
        "ProcessorConfig": {"Mode": "INLINE"},
        "StartAt": "Make one",
        "States": {
            "Make one": {
                "Type": "Task",
                "Resource": "arn:aws:states:::lambda:invoke",
                "Arguments": {
                    "FunctionName": values.function_arn,
                    "Payload": {"key": "{% $states.input.key %}", "width": "{% $width %}"},
                },
                "TimeoutSeconds": 60,
                "Retry": [
                    {"ErrorEquals": ["UnsupportedPictureError"], "MaxAttempts": 0},
                    {"ErrorEquals": ["States.ALL"], "MaxAttempts": 3, "JitterStrategy": "FULL"},
                ],
                "Catch": [
                    {
                        "ErrorEquals": ["UnsupportedPictureError"],
                        "Output": {
                            "key": "{% $states.input.key %}",
                            "skipped": "{% $parse($states.errorOutput.Cause).errorMessage %}",
                        },
                        "Next": "Skip it",
                    }
                ],
                "Output": "{% $states.result.Payload %}",
                "End": True,
            },
            "Skip it": {"Type": "Pass", "End": True},
        },
    }


MAKE_THUMBNAILS = Workflow(
    name="make-thumbnails",
    mode="async",
    definition=make_thumbnails,
    values=ThumbnailValues,
    progress="states",
    errors={"NoPictures": 404, "TooManyPictures": 422},
    input_schema={
        "type": "object",
        "required": ["prefix", "width"],
        "properties": {
            "prefix": {"type": "string", "pattern": "^pictures/", "example": "pictures/"},
            "width": {"type": "integer", "minimum": 1, "maximum": 1024, "example": 64},
        },
    },
)
