"""The workflow, run as a test: no emulator, no account."""

import json
from typing import Any

from thumbnails import MAKE_THUMBNAILS, MOST

from stepgate.testing import Answer, Result, fails, returns, run

LIST, MAKE = "List the pictures", "Make one"
VALUES = {
    "bucket_name": "b",
    "function_arn": "arn:aws:lambda:eu-west-1:111111111111:function:thumbnail",
}
UNREADABLE = fails("UnsupportedPictureError", json.dumps({"errorMessage": "not a picture"}))
BUSY = fails("Lambda.TooManyRequestsException", "Rate exceeded")


def listed(*keys: str, truncated: bool = False) -> Answer:
    pictures = [{"Key": key, "Size": 1} for key in keys]
    folder = {"Key": "pictures/", "Size": 0}
    return returns({"Contents": [folder, *pictures], "IsTruncated": truncated})


def made(key: str) -> Answer:
    return returns({"Payload": {"key": key, "thumbnail": f"thumbnails/{key}"}})


def make(found: Answer | list[Answer], *answers: Answer) -> Result:
    mocks: dict[str, Any] = {LIST: found, MAKE: answers}
    input_ = {"prefix": "pictures/", "width": 64}
    return run(MAKE_THUMBNAILS, input_, values=VALUES, mocks=mocks)


def test_each_picture_gets_a_thumbnail() -> None:
    result = make(listed("a", "b"), made("a"), made("b"))
    assert [each["key"] for each in result.output["thumbnails"]] == ["a", "b"]
    assert result.output["skipped"] == []
    assert result.calls[LIST][0].arguments == {
        "Bucket": "b",
        "Prefix": "pictures/",
        "MaxKeys": MOST,
    }
    assert [call.arguments for call in result.calls[MAKE]] == [
        {"FunctionName": VALUES["function_arn"], "Payload": {"key": key, "width": 64}}
        for key in ("a", "b")
    ]
    assert result.path[-2:] == [
        "Make the thumbnails[0].Make one",
        "Make the thumbnails[1].Make one",
    ]


def test_a_picture_that_cannot_be_read_is_skipped_at_once() -> None:
    result = make(listed("a", "b"), UNREADABLE, made("b"))
    assert [each["key"] for each in result.output["thumbnails"]] == ["b"]
    assert result.output["skipped"] == [{"key": "a", "skipped": "not a picture"}]
    assert result.retries == {}


def test_a_busy_function_is_called_again() -> None:
    assert make(listed("a"), BUSY, BUSY, BUSY, made("a")).status == "SUCCEEDED"
    assert make(listed("a"), *[BUSY] * 4).error == BUSY.error


def test_without_pictures_it_fails() -> None:
    assert make(listed()).error == "NoPictures"


def test_too_many_pictures_are_refused() -> None:
    assert make(listed("a", truncated=True)).error == "TooManyPictures"


def test_a_list_that_fails_is_asked_for_again() -> None:
    busy = fails("S3.S3Exception", "Please reduce your request rate")
    assert make([busy] * 3 + [listed("a")], made("a")).retries == {LIST: 3}


def test_the_work_ends_after_15_minutes() -> None:
    slow = returns({"Contents": []}, after=901)
    assert make(slow).status == "TIMED_OUT"
