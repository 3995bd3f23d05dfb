"""The settings of ephemeral stacks."""

from pathlib import Path

import pytest

from stepgate.ci.errors import CiError
from stepgate.ci.stacks import encryption


def test_an_ephemeral_stack_encrypts_as_its_template(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.dev.yaml"
    assert encryption(file) == {}
    file.write_text("secretsprovider: passphrase\nencryptionsalt: v1:a\nconfig:\n  a: b\n")
    assert encryption(file) == {"secretsprovider": "passphrase", "encryptionsalt": "v1:a"}


@pytest.mark.parametrize("content", [b"- 1", b"text", b"a: \xff", b"a: [", b"a: 1\na: 2"])
def test_settings_that_cannot_be_read_are_one_line(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_bytes(content)
    with pytest.raises(CiError) as refused:
        encryption(file)
    assert str(refused.value).startswith(str(file))
    assert "\n" not in str(refused.value)
