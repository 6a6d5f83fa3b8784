"""Documents are true: the map is the tree, links lead somewhere, both READMEs name every verb."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def test_the_map_is_the_tree():
    spec = importlib.util.spec_from_file_location("write_map", ROOT / "tools" / "write_map.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert (ROOT / "docs" / "map.md").read_text(encoding="utf-8") == module.map_text(), (
        "run `python tools/write_map.py`"
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_nothing_refers_to_what_is_not_here():
    for page in PAGES:
        assert "../" + "shared" not in page.read_text(encoding="utf-8"), page


@pytest.mark.parametrize("name", ["README.md", "README.zh-TW.md"])
def test_readmes_name_the_verbs_and_both_commands(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    for word in ("make demo", "make test", "buzi complete", "buzi inspect", "--charset", "buzi settings",
                 *(f"`{v}`" for v in ("generate", "vectorize", "assemble", "evaluate", "report"))):  # fmt: skip
        assert word in text, word


@pytest.mark.parametrize("name", ["losses.md", "losses.zh-TW.md"])
def test_examples_run(name):
    page = (ROOT / "docs" / name).read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    assert len(blocks) == 9
    space = {}
    for number, block in enumerate(blocks, 1):
        exec(compile(block, f"{name}, example {number}", "exec"), space)  # noqa: S102 (our own pages)


def test_examples_are_the_same_in_both_languages():
    def bare(name):
        page = (ROOT / "docs" / name).read_text(encoding="utf-8")
        blocks = re.findall(r"^```python\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
        return [re.sub(r"\s*#.*", "", re.sub(r'"not refused"|"沒有拒絕"', "", b)) for b in blocks]

    assert bare("losses.md") == bare("losses.zh-TW.md")
