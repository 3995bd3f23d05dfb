"""What ends a command before its work is done."""


class CommandError(Exception):
    """A fault that one line explains: what is wrong, where, and what to do about it."""


def unknown_type(token: str, name: str) -> str:
    """The error for a resource of a type that the local engine cannot create."""
    return (
        f"{name}: the local engine cannot create a resource of type {token}; "
        'leave it out on the stack local: if pulumi.get_stack() != "local"'
    )


def wrong_input(token: str, name: str, error: Exception) -> str:
    """The error for a resource that cannot be created from what the program gives."""
    return f"{token} {name}: {error}"


def unknown_function(token: str) -> str:
    """The error for a function of the provider that the local engine cannot answer."""
    return (
        f"the local engine cannot answer the function {token}; "
        'do not call it on the stack local: if pulumi.get_stack() != "local"'
    )
