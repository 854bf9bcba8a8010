"""A hash tree as RFC 6962 shapes it: one root speaks for every leaf, and short proofs say how.

It is kept in tiles of 256 hashes, as C2SP's tlog-tiles cuts them: level 0 holds the hashes of leaves, each level
above the roots of full tiles below it. So it grows at its right edge alone, and any proof, between any two sizes
it ever had, is read from a handful of tiles.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

HASH_BYTES = 32
TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
EMPTY_ROOT = hashlib.sha256().digest()
Range = tuple[int, int]
"""Leaves from the first number up to, not including, the second."""
Place = tuple[int, int]
"""A tile's level and its position on that level."""


def leaf_hash(content: bytes) -> bytes:
    """The hash of a leaf: never that of a node, for they begin differently."""
    return hashlib.sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees side by side."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass
class Edge:
    """The growing end of a tree of `size` leaves: the last tile of each level, unless it is full."""

    size: int = 0
    open_tiles: dict[int, list[bytes]] = field(default_factory=dict)

    def places(self) -> list[Place]:
        """Where the open tiles of a tree of this size stand."""
        return [(level, self.size >> TILE_HEIGHT * (level + 1)) for level in range(_levels(self.size))]

    def append(self, leaves: Iterable[bytes]) -> dict[Place, bytes]:
        """Add leaf hashes at the right; returns every tile that changed, as it now is."""
        changed: dict[Place, bytes] = {}
        for leaf in leaves:
            self.size += 1
            self._put(0, leaf, changed)
        for level, position in self.places():
            if tile := self.open_tiles.get(level):
                changed[level, position] = b"".join(tile)
        return changed

    def root(self) -> bytes:
        """The root over all leaves so far."""
        peaks = [peak for level in range(_levels(self.size)) for peak in _peaks(self.open_tiles.get(level, []))]
        return _joined(peaks[::-1]) if peaks else EMPTY_ROOT

    def _put(self, level: int, content: bytes, changed: dict[Place, bytes]) -> None:
        tile = self.open_tiles.setdefault(level, [])
        tile.append(content)
        if len(tile) == TILE_WIDTH:
            position = (self.size >> TILE_HEIGHT * (level + 1)) - 1
            changed[level, position] = b"".join(tile)
            self.open_tiles[level] = []
            self._put(level + 1, subtree(tile), changed)


def edge_of(size: int, tiles: Mapping[Place, bytes]) -> Edge:
    """The edge of a tree of `size` leaves, from its tiles."""
    edge = Edge(size)
    for level, position in edge.places():
        wanted = (size >> TILE_HEIGHT * level) % TILE_WIDTH
        edge.open_tiles[level] = hashes_in(tiles[level, position])[:wanted] if wanted else []
    return edge


def hashes_in(tile: bytes) -> list[bytes]:
    """The hashes a tile holds."""
    return [tile[start : start + HASH_BYTES] for start in range(0, len(tile), HASH_BYTES)]


def subtree(hashes: Sequence[bytes]) -> bytes:
    """The root over 1, 2, 4, 8 … hashes."""
    while len(hashes) > 1:
        hashes = [node_hash(hashes[at], hashes[at + 1]) for at in range(0, len(hashes), 2)]
    return hashes[0]


def inclusion(index: int, size: int) -> list[Range]:
    """The subtrees whose hashes are the audit path of leaf `index` in a tree of `size`, from the leaf up."""
    low, high, found = 0, size, []
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            found.append((middle, high))
            high = middle
        else:
            found.append((low, middle))
            low = middle
    return found[::-1]


def consistency(old: int, size: int) -> list[Range]:
    """The subtrees whose hashes prove that a tree of `old` (> 0) leaves is the beginning of one of `size`."""
    low, high, is_old_tree, found = 0, size, True, []
    while old != high:
        middle = low + _split(high - low)
        if old <= middle:
            found.append((middle, high))
            high = middle
        else:
            found.append((low, middle))
            low, is_old_tree = middle, False
    return (found if is_old_tree else [*found, (low, high)])[::-1]


def places_of(ranges: Iterable[Range]) -> set[Place]:
    """The tiles that `hash_of` needs for these subtrees."""
    return {_place(*part)[0] for each in ranges for part in _whole_parts(each)}


def hash_of(of: Range, tiles: Mapping[Place, bytes]) -> bytes:
    """The hash of a subtree that `inclusion` or `consistency` named."""
    return _joined([_whole(part, tiles) for part in _whole_parts(of)])


def root_of_path(index: int, size: int, leaf: bytes, path: Iterable[bytes]) -> bytes | None:
    """The root that an audit path leads to (RFC 9162, 2.1.3.2); None when it has not the shape of one."""
    if not 0 <= index < size:
        return None
    at, last, root = index, size - 1, leaf
    for sibling in path:
        if not last:
            return None
        if at & 1 or at == last:
            root = node_hash(sibling, root)
            at, last = _up_to_odd(at, last)
        else:
            root = node_hash(root, sibling)
        at, last = at >> 1, last >> 1
    return None if last else root


def is_consistent(old: tuple[int, bytes], new: tuple[int, bytes], proof: Sequence[bytes]) -> bool:
    """Whether the tree `old` (size, root) is the beginning of the tree `new` (RFC 9162, 2.1.4.2)."""
    (old_size, old_root), (size, root) = old, new
    if old_size == size:
        return not proof and old_root == root
    if not 0 < old_size < size:
        return False
    path = list(proof) if old_size & (old_size - 1) else [old_root, *proof]
    at, last = _up_to_even(old_size - 1, size - 1)
    before = after = path[0] if path else b""
    for sibling in path[1:]:
        if not last:
            return False
        if at & 1 or at == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            at, last = _up_to_odd(at, last)
        else:
            after = node_hash(after, sibling)
        at, last = at >> 1, last >> 1
    return (before, after, last) == (old_root, root, 0)


def _up_to_odd(at: int, last: int) -> tuple[int, int]:
    while at and not at & 1:
        at, last = at >> 1, last >> 1
    return at, last


def _up_to_even(at: int, last: int) -> tuple[int, int]:
    while at & 1:
        at, last = at >> 1, last >> 1
    return at, last


def _levels(size: int) -> int:
    return max(1, -(-size.bit_length() // TILE_HEIGHT))


def _split(count: int) -> int:
    return 1 << (count - 1).bit_length() - 1


def _whole_parts(of: Range) -> list[Range]:
    low, high = of
    parts = []
    while low < high:
        width = 1 << (high - low).bit_length() - 1
        parts.append((low, low + width))
        low += width
    return parts


def _place(low: int, high: int) -> tuple[Place, int, int]:
    height = (high - low).bit_length() - 1
    level = height // TILE_HEIGHT
    first = low >> TILE_HEIGHT * level
    return (level, first // TILE_WIDTH), first % TILE_WIDTH, 1 << height % TILE_HEIGHT


def _whole(part: Range, tiles: Mapping[Place, bytes]) -> bytes:
    place, first, count = _place(*part)
    return subtree(hashes_in(tiles[place][first * HASH_BYTES : (first + count) * HASH_BYTES]))


def _peaks(hashes: list[bytes]) -> list[bytes]:
    # From the right: the smallest subtree first.
    return [subtree(hashes[low:high]) for low, high in _whole_parts((0, len(hashes)))][::-1]


def _joined(hashes: Sequence[bytes]) -> bytes:
    root = hashes[-1]
    for left in hashes[-2::-1]:
        root = node_hash(left, root)
    return root
