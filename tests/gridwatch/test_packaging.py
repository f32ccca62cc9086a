"""Each program starts with only its own requirements installed."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parent.parent.parent

ALONE = '''
import sys
from importlib.metadata import packages_distributions

allowed = set(sys.argv[1].split(","))

def name(distribution):
    return distribution.lower().replace("_", "-").replace(".", "-")

foreign = {
    module
    for module, distributions in packages_distributions().items()
    if not allowed & set(map(name, distributions)) and module not in sys.stdlib_module_names
}

class Absent:
    """Packages that this program does not install."""

    def find_spec(self, module, path=None, target=None):
        if module.partition(".")[0] in foreign:
            raise ModuleNotFoundError(f"No module named {module!r}", name=module)

sys.meta_path.insert(0, Absent())
'''


def required(file: str) -> str:
    """The distributions of a lock file, and our own."""
    text = (ROOT / "requirements" / file).read_text("utf-8")
    names = re.findall(r"^([A-Za-z0-9._-]+)==", text, re.MULTILINE)
    return ",".join({*(re.sub(r"[._]", "-", name.lower()) for name in names), "gridwatch"})


@pytest.mark.parametrize(
    ("file", "command"), [("edge.txt", "edge"), ("central.txt", "central")], ids=["edge", "central"]
)
def test_a_program_starts_with_its_own_requirements(file: str, command: str) -> None:
    script = f"{ALONE}\nimport gridwatch.cli\ngridwatch.cli.load_group({command!r})\n"
    if command == "central":
        script += "import api.wiring\n"
    run = [sys.executable, "-c", script, required(file)]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


def test_a_command_without_its_packages_names_the_extra() -> None:
    script = f"{ALONE}\nsys.argv[1:] = ['central', 'run']\nimport gridwatch.cli as c\nc.main()\n"
    run = [sys.executable, "-c", script, required("edge.txt")]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert f"{sys.prefix}/bin/pip install 'gridwatch[central]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_wheel_contains_the_built_console_but_not_its_sources(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    [wheel] = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()

    assert {"api/console/dist/index.html", "api/console/dist/phone.html"} <= set(names)
    assert not [n for n in names if "console/" in n and not n.startswith("api/console/dist/")]
    assert "pipeline/camera.py" in names
