"""What a user may have meant by a name that is unknown."""

from collections.abc import Callable, Iterable
from difflib import get_close_matches


def suggestion(
    name: str,
    known: Iterable[str],
    otherwise: str,
    *,
    cutoff: float = 0.6,
    shown: Callable[[str], str] = repr,
) -> str:
    """`did you mean 'role'?` with the known name that is nearest; `otherwise` if none is near.

    Args:
        cutoff: how similar they have to be, from 0 to 1, see `difflib.get_close_matches`.
        shown: how a known name is written there.
    """
    nearest = get_close_matches(name, [*known], n=1, cutoff=cutoff)
    return f"did you mean {shown(nearest[0])}?" if nearest else otherwise
