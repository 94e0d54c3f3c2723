"""One window of a list."""

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """`items` of the window, and how many the whole list has."""

    items: tuple[T, ...]
    total: int
