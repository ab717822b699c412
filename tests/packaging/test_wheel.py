"""The installed wheel is whole: command, pages, letters, static files, migrations."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("command_line", "sandbox", "staff_app", "workflows")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LOOK = """
import sys
from staff_app import create_app
from workflows.files import templates
from workflows.config import Secrets
from workflows.house import open_house
house = open_house(None, Secrets(secret_key="k" * 40, database_url="sqlite://"))
app = create_app(house)
assert "site-packages" in app.root_path, app.root_path
assert "site-packages" in str(templates()), templates()
print(app.test_client().get("/sign-in").status_code)
"""


def tracked(*under: str) -> list[str]:
    """Files that belong to a package, as they stand in the checkout."""
    found = (path for each in under for path in (ROOT / each).rglob("*") if path.is_file())
    return [str(path.relative_to(ROOT)) for path in found if "__pycache__" not in path.parts]


def test_every_package_is_listed() -> None:
    found = {
        str(path.parent.relative_to(ROOT)).replace(os.sep, ".")
        for each in PACKAGES
        for path in (ROOT / each).rglob("__init__.py")
    }
    assert set(PROJECT["tool"]["setuptools"]["packages"]) == found | {"workflows.templates"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, with the tools that are here: no network."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    for each in (*PACKAGES, "templates"):
        shutil.copytree(ROOT / each, source / each, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "scheduler.py"):
        shutil.copy(ROOT / name, source / name)
    build = "from setuptools import build_meta; print(build_meta.build_wheel('..'))"
    run([sys.executable, "-W", "ignore", "-c", build], cwd=source)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The programs of an environment that holds the wheel, and our dependencies by reference."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    venv.EnvBuilder(with_pip=True).create(folder)
    run([str(folder / "bin" / "pip"), "install", "--quiet", "--no-deps", "--no-index", str(wheel)])
    packages = next(folder.glob("lib/python*/site-packages"))
    # Plain references, so that the checkout's own editable install stays out of sight.
    (packages / "dependencies.pth").write_text(f"{sysconfig.get_paths()['purelib']}\n", "utf-8")
    yield folder / "bin"
    shutil.rmtree(folder)


def run(command: list[str], *, cwd: Path | None = None, **variables: str) -> str:
    known = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(command, cwd=cwd, env=known | variables, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.wheel
def test_the_wheel_holds_every_file(wheel: Path) -> None:
    inside = set(ZipFile(wheel).namelist())
    expected = {*tracked(*PACKAGES), *(f"workflows/{each}" for each in tracked("templates")), "scheduler.py"}
    assert sorted(expected - inside) == []
    assert not any(re.match(r"(templates|tests|bench|var)/", each) for each in inside)


@pytest.mark.wheel
def test_the_command_works(installed: Path, tmp_path: Path) -> None:
    said = run([str(installed / "lastcall"), "--help"], cwd=tmp_path)
    assert "Lastcall: the desk where cancellations" in said
    version = run([str(installed / "lastcall"), "--version"], cwd=tmp_path)
    assert PROJECT["project"]["version"] in version


@pytest.mark.wheel
def test_it_brings_its_migrations(installed: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/desk.db"
    said = run([str(installed / "lastcall"), "migrate"], cwd=tmp_path, LASTCALL_DATABASE_URL=url)
    assert "it was at none" in said


@pytest.mark.wheel
def test_it_brings_its_pages(installed: Path, tmp_path: Path) -> None:
    assert run([str(installed / "python"), "-c", LOOK], cwd=tmp_path).strip() == "200"
