import pytest


def pytest_configure(config: pytest.Config) -> None:
    for plugin in ("distribution", "emulator"):
        config.pluginmanager.import_plugin(f"tests.fixtures.{plugin}")
