"""What all problem documents of RFC 9457 have in common."""

PROBLEM_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 1
TOO_MANY_REQUESTS = "Too many requests; try again in a moment."
