"""Whether a message is the provider's: it has signed the payload with the secret of both."""

import hashlib
import hmac
import json
import os


def handler(message: dict[str, object], _context: object) -> dict[str, object]:
    payload, signature = str(message.get("payload")), str(message.get("signature"))
    expected = hmac.new(os.environ["SECRET"].encode(), payload.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, signature):
        return {"isValid": False}
    return {"isValid": True, "payment": json.loads(payload)}
