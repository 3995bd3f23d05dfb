"""The folder of what is kept between commands, and can be made again."""

import os
from pathlib import Path


def cache_folder() -> Path:
    """STEPGATE_CACHE, or a folder of the user's cache."""
    if folder := os.environ.get("STEPGATE_CACHE"):
        return Path(folder).absolute()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "stepgate")
