"""The workflows of ${PROJECT}, run as tests: no emulator, no AWS account."""

from greeting import WORKFLOWS

from stepgate.testing import run

(GREET,) = WORKFLOWS


def test_a_guest_is_greeted() -> None:
    assert run(GREET, {"name": "Ada"}).output == {"greeting": "Hello, Ada!"}


def test_an_empty_name_is_an_error_of_the_route() -> None:
    result = run(GREET, {"name": ""})
    assert (result.error, result.http.status) == ("NoName", 422)
