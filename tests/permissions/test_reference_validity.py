"""The reference in the package is the one that was published."""

import pytest

from stepgate.permissions import reference
from tests.permissions import make_reference


@pytest.mark.proof
def test_the_file_is_what_was_published() -> None:
    assert reference.FILE.read_text() == make_reference.reference_text()
