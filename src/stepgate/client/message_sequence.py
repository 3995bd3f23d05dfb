"""The messages of an execution, in the order of their numbers."""

from collections.abc import Iterator

from stepgate.client.message import Message


class MessageSequence:
    """Brings messages into order, and drops those that it has had.

    Attributes:
        last: the number of the newest message that was taken; None until it is known where to
            begin.
    """

    def __init__(self, after: int | None) -> None:
        self.last = after
        self._held: dict[int, Message] = {}

    @property
    def top(self) -> int | None:
        """The highest number behind a gap; None if there is no gap."""
        return max(self._held, default=None)

    def begin(self, number: int) -> None:
        """Messages after this number are wanted, unless it was known where to begin."""
        if self.last is None:
            self.last = number

    def add(self, number: int, message: Message) -> None:
        self._held[number] = message

    def take(self, lost_up_to: int = 0) -> Iterator[Message]:
        """The messages that are next.

        Args:
            lost_up_to: what is missing up to this number is not waited for.
        """
        if self.last is None:
            return
        for number in sorted(self._held):
            if number <= self.last:
                del self._held[number]
            elif number == self.last + 1 or number <= lost_up_to:
                self.last = number
                yield self._held.pop(number)
