"""Lists in SQL without a statement text per length: lists are padded to a few sizes."""

from collections.abc import Iterator, Sequence

SIZES = (1, 8, 64)


def chunks(values: Sequence[str] | Sequence[int]) -> Iterator[tuple[str, dict[str, str | int]]]:
    """Yield `(:v0, :v1, …)` with its parameters, as often as the values need."""
    start = 0
    while start < len(values):
        left = len(values) - start
        size = next((size for size in SIZES if size >= left), SIZES[-1])
        part = values[start : start + size]
        padded = [*part, *[part[-1]] * (size - len(part))]
        params = {f"v{index}": value for index, value in enumerate(padded)}
        yield f"({', '.join(f':v{index}' for index in range(size))})", params
        start += size
