"""Where the files that are no code lie: beside the packages in a checkout, inside one in the wheel."""

from pathlib import Path

HERE = Path(__file__).parent


def templates() -> Path:
    """The folder of pages, parts and letters."""
    packed = HERE / "templates"
    return packed if packed.is_dir() else HERE.parent / "templates"
