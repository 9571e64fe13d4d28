"""How often a password may be guessed."""

import pytest

from vizy.errors import TooManyAttemptsError
from web.auth.attempts import Attempts


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def waits(attempts: Attempts, address: str, account: str = "Anna", *, known: bool = False) -> int:
    """Guess; return how long the next has to wait, 0 if this one was taken."""
    try:
        attempts.begin(address, account, is_known=known)
    except TooManyAttemptsError as error:
        return error.retry_after_s
    return 0


def guess_on(attempts: Attempts, clock: Clock, address: str, times: int) -> None:
    for _ in range(times):
        while wait_s := waits(attempts, address, address):
            clock.now += wait_s


def test_an_address_waits_twice_as_long_after_each_wrong_guess_up_to_a_quarter_of_an_hour() -> None:
    clock = Clock()
    attempts = Attempts(clock)
    assert [waits(attempts, "10.0.0.1", str(i)) for i in range(6)] == [0] * 6
    longest: list[int] = []
    for number in range(14):
        longest.append(waits(attempts, "10.0.0.1", f"other {number}"))
        clock.now += longest[-1]
        assert waits(attempts, "10.0.0.1", f"other {number}") == 0
    assert longest[:5] == [1, 2, 4, 8, 16]
    assert longest[-1] == 900
    assert waits(attempts, "10.0.0.2") == 0, "another address is not held up"


def test_a_refused_guess_does_not_make_the_wait_longer() -> None:
    clock = Clock()
    attempts = Attempts(clock)
    guess_on(attempts, clock, "10.0.0.1", 9)
    assert {waits(attempts, "10.0.0.1") for _ in range(50)} == {8}


def test_an_account_guessed_from_many_addresses_is_held_up_a_minute_and_not_for_its_owner() -> None:
    clock = Clock()
    attempts = Attempts(clock)
    for number in range(200):
        if wait_s := waits(attempts, f"10.0.1.{number}"):
            clock.now += wait_s
            waits(attempts, f"10.0.1.{number}")
    assert waits(attempts, "10.0.2.1") == 60
    assert waits(attempts, "10.0.2.1", known=True) == 0


def test_a_right_guess_forgives_itself_but_not_what_was_guessed_before() -> None:
    clock = Clock()
    attempts = Attempts(clock)
    for _ in range(6):
        assert waits(attempts, "10.0.0.1", "Owner") == 0
    clock.now += 1
    assert waits(attempts, "10.0.0.1", "Mallory") == 0
    attempts.succeeded("10.0.0.1", "Mallory")
    assert waits(attempts, "10.0.0.1", "Owner") == 0
    assert waits(attempts, "10.0.0.1", "Owner") == 2


def test_everything_is_forgotten_after_half_an_hour() -> None:
    clock = Clock()
    attempts = Attempts(clock)
    guess_on(attempts, clock, "10.0.0.1", 12)
    clock.now += 1801
    assert [waits(attempts, "10.0.0.1") for _ in range(6)] == [0] * 6


@pytest.mark.parametrize(
    ("one", "other"),
    [("2001:db8::1", "2001:db8::ffff:1"), ("::ffff:10.0.0.1", "10.0.0.1")],
)
def test_addresses_that_one_person_has_to_themselves_count_as_one(one: str, other: str) -> None:
    clock = Clock()
    attempts = Attempts(clock)
    guess_on(attempts, clock, one, 8)
    assert waits(attempts, other, "Olga") > 0


def test_the_table_is_bounded() -> None:
    attempts = Attempts(Clock())
    for number in range(5000):
        attempts.begin(f"10.{number // 250}.{number % 250}.1", f"name {number}", is_known=False)
    assert len(attempts) <= 4000
