import threading

import pytest

from dagster_project.made_ahead import made_ahead


def test_parts_come_in_their_order_and_all_of_them():
    assert list(made_ahead(range(100))) == list(range(100))
    assert list(made_ahead([])) == []
    assert list(made_ahead([None, 0, None])) == [None, 0, None]


def test_the_next_part_is_made_while_one_is_used_and_no_further_one():
    made = threading.Semaphore(0)
    asked: list[int] = []

    def parts():
        for number in range(5):
            asked.append(number)
            made.release()
            yield number

    used = made_ahead(parts())
    assert next(used) == 0
    assert made.acquire(timeout=10)
    assert made.acquire(timeout=10)  # the second, though nobody has asked for it yet
    assert not made.acquire(timeout=0.2)
    assert asked == [0, 1]
    used.close()


def test_what_a_part_raises_is_raised_in_its_place():
    def parts():
        yield 1
        raise ValueError("no second part")

    used = made_ahead(parts())
    assert next(used) == 1
    with pytest.raises(ValueError, match="no second part"):
        next(used)
