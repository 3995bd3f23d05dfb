"""What AWS refuses or does not answer, in the words of `stepgate ci`."""

from collections.abc import Generator
from contextlib import contextmanager

from stepgate.ci.errors import AwsFailedError
from stepgate.client.aws import AWS_ERRORS


@contextmanager
def aws_errors(task: str, subject: str = "") -> Generator[None]:
    """
    Args:
        task: what is asked of AWS, behind "cannot".
        subject: what it is asked for, in front of the line.

    Raises:
        AwsFailedError: AWS refused it or did not answer; in one line, with its reason.
    """
    try:
        yield
    except AWS_ERRORS as error:
        reason = " ".join(str(error).split())
        prefix = f"{subject}: " if subject else ""
        raise AwsFailedError(f"{prefix}cannot {task}: {reason}") from None
