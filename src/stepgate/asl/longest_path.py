"""The longest path through a definition, for any length of a state."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from stepgate.asl.states import Machine, State, Transition


class Path(NamedTuple):
    """The length of a path, and the states on it that have a length."""

    length: float
    states: tuple[str, ...]


NO_PATH = Path(0, ())


def longest_branch(paths: Sequence[Path]) -> Path:
    """Of branches that run at the same time, the longest, which counts for time."""
    return max(paths, default=NO_PATH)


def all_branches(paths: Sequence[Path]) -> Path:
    """The sum of all branches."""
    return Path(
        sum(path.length for path in paths), tuple(name for path in paths for name in path.states)
    )


def longest_path(
    machine: Machine,
    length: Callable[[State], float],
    *,
    combine_branches: Callable[[Sequence[Path]], Path] = longest_branch,
    is_followed: Callable[[Transition], bool] = lambda _: True,
) -> Path:
    """The longest path from the start, with each loop passed once and each Map with one item.

    With loops it is a lower bound: which transition counts as the one back depends on the order in
    which the branches are searched.

    Args:
        length: a state's own, without what is nested in it.
        combine_branches: the path that the branches of a Parallel count as.
        is_followed: which transitions are part of a path.
    """
    states = machine.states
    from_: dict[str, Path] = {}
    on_path: set[str] = set()
    stack = [machine.start_at]
    while stack:  # depth-first, without transitions that lead back
        name = stack[-1]
        if name in from_ or name not in states:
            stack.pop()
            continue
        targets = [each.target for each in states[name].transitions() if is_followed(each)]
        if name not in on_path:
            on_path.add(name)
            stack += [target for target in targets if target not in on_path]
            continue
        own = length(states[name])
        inner = combine_branches(
            [
                longest_path(
                    inner, length, combine_branches=combine_branches, is_followed=is_followed
                )
                for inner in states[name].nested
            ]
        )
        after = max((from_[target] for target in targets if target in from_), default=NO_PATH)
        named = (name,) if own else ()
        from_[name] = Path(
            own + inner.length + after.length, (*named, *inner.states, *after.states)
        )
        on_path.discard(name)
        stack.pop()
    return from_.get(machine.start_at, NO_PATH)
