"""What ends a command before its work is done."""


class CommandError(Exception):
    """A fault that one line explains: what is wrong, where, and what to do about it."""
