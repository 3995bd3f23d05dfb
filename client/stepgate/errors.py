"""What can go wrong, each a class of its own."""


class StepgateError(Exception):
    """Anything that goes wrong in the client; its text is one line, and says what to do."""
