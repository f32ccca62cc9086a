"""Group what is connected by pairs."""

import numpy as np

from pipeline.geometry.boxes import BoolArray


def connected_groups(near: BoolArray) -> list[list[int]]:
    """Return the connected components, largest first.

    Args:
        near: [n, n] which positions are neighbours.
    """
    packed = np.packbits(near, axis=1, bitorder="little")
    neighbours = [int.from_bytes(row.tobytes(), "little") for row in packed]  # one bit a position
    left, groups = (1 << len(neighbours)) - 1, list[list[int]]()
    while left:
        queue, group = left & -left, list[int]()
        left ^= queue
        while queue:
            index = queue.bit_length() - 1
            group.append(index)
            fresh = neighbours[index] & left
            left ^= fresh
            queue ^= (1 << index) | fresh
        groups.append(sorted(group))
    return sorted(groups, key=len, reverse=True)
