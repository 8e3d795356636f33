"""A property that is found out when it is first asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["once"]

_T = TypeVar("_T")


class once(Generic[_T]):  # noqa: N801 - it is used as a decorator
    """Finds a property once: `functools.cached_property` without its lock."""

    def __init__(self, find: Callable[[Any], _T]) -> None:
        self._find = find
        self._name = find.__name__
        self.__doc__ = find.__doc__

    @overload
    def __get__(self, owner: None, kind: type[Any]) -> once[_T]: ...

    @overload
    def __get__(self, owner: object, kind: type[Any]) -> _T: ...

    def __get__(self, owner: object | None, kind: type[Any]) -> once[_T] | _T:
        if owner is None:
            return self
        # From now on it is found in the object itself, before this is asked.
        found = owner.__dict__[self._name] = self._find(owner)
        return found
