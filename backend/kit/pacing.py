"""How many to take at once, so that each piece of a long work takes about as long as a piece may."""

from dataclasses import dataclass

LEAST = 10
"""With fewer, most of a piece would be what any piece takes, and the whole would take for ever where all is slow."""
PIECE_SECONDS = 0.05
"""What a piece should take: as a rule nobody waits longer for a row it has locked."""


@dataclass
class Pace:
    """So many at a time: more after a piece that was quick, fewer after one that was slow; never beyond `most`.

    `seconds`: what a piece should take.
    """

    most: int
    size: int = LEAST
    seconds: float = PIECE_SECONDS

    def __post_init__(self) -> None:
        self.size = min(self.size, self.most)

    def took(self, number: int, seconds: float) -> None:
        """A piece of so many took so long. It may have waited for somebody: at most twice or half as many follow."""
        if number < self.size and seconds <= self.seconds:
            return  # The last ones there were: most of that time any piece takes.
        fitting = int(number * self.seconds / max(seconds, 1e-6))
        self.size = min(self.most, max(LEAST, self.size // 2, min(2 * self.size, fitting)))
