"""Extensions of one method stand one behind the other, each of them once."""

from __future__ import annotations

from collections.abc import Callable

from offline.aws.extensions.wrapping import wrap


class Backend:
    def answer(self) -> str:
        return "moto"


def first(original: Callable[..., str], self: Backend) -> str:
    return f"first({original(self)})"


def second(original: Callable[..., str], self: Backend) -> str:
    return f"second({original(self)})"


def test_two_replacements_of_one_method_both_count_and_a_repeated_one_does_not() -> None:
    for replacement in (first, second, first, second):
        wrap(Backend, "answer", replacement)
    assert Backend().answer() == "second(first(moto))"
