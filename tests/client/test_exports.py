"""What an app may import, and that it is told of every error."""

import inspect

import stepgate
from stepgate import StepgateError, errors

from tests.conftest import PROJECT

APPS = (PROJECT / "docs/apps.md").read_text()


def test_the_public_surface_is_what_it_says() -> None:
    public = {name for name, value in vars(stepgate).items() if not inspect.ismodule(value)} - {
        name for name in vars(stepgate) if name.startswith("_")
    }
    assert public == set(stepgate.__all__)
    assert sorted(stepgate.__all__) == stepgate.__all__


def test_every_error_is_public_documented_and_a_stepgate_error() -> None:
    classes = {name: value for name, value in vars(errors).items() if inspect.isclass(value)}
    for name, class_ in classes.items():
        assert issubclass(class_, StepgateError)
        assert getattr(stepgate, name) is class_
        assert class_.__doc__
        assert class_ is StepgateError or f"`{name}`" in APPS, "docs/apps.md has all of them"
