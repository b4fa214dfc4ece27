"""Commands with more options than a function should have parameters."""

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


def taking(options: type[T], run: Callable[[T], None]) -> Callable[..., None]:
    """Return a command whose arguments and options are the fields of a dataclass; its help is what ``run`` says."""

    def command(**given: Any) -> None:  # noqa: ANN401 (whatever the fields are)
        run(options(**given))

    command.__doc__ = run.__doc__
    command.__signature__ = inspect.signature(options, eval_str=True)  # type: ignore[attr-defined]  # typer reads it
    return command
