"""Makes the thumbnail of one picture: reads `pictures/…` and writes `thumbnails/…` in a bucket."""

import os
from typing import Any

import boto3
import png

S3 = boto3.client("s3")
BUCKET = os.environ["BUCKET"]


def handler(event: dict[str, Any], _: object) -> dict[str, Any]:
    """`{"key": "pictures/a.png", "width": 64}` becomes the thumbnail's key and size."""
    found = S3.get_object(Bucket=BUCKET, Key=event["key"])
    thumbnail = png.read(found["Body"].read()).shrunk_to(event["width"])
    key = event["key"].replace("pictures/", "thumbnails/", 1)
    S3.put_object(Bucket=BUCKET, Key=key, Body=thumbnail.to_png(), ContentType="image/png")
    return {"key": key, "width": thumbnail.width, "height": thumbnail.height}
