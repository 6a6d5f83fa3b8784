"""Writes docs/map.md from the first line of every module; the tests hold the two together.

python tools/write_map.py
"""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROOMS = (
    "glyphs", "fonts", "rasters", "pairs", "networks", "training", "generation", "vectorizing",
    "spacing", "assembly", "checks", "evaluation", "corpus", "reports", "pipeline", "web", "cli",
)  # fmt: skip

HEAD = """# Map

Written by `python tools/write_map.py` from the first line of every module; a test holds the two together.

```
cli → web → pipeline → reports → training | generation | vectorizing | spacing | assembly | checks | evaluation | corpus
          → pairs | networks → rasters → fonts → glyphs → errors
```

An arrow means "may import"; rooms joined by `|` never import each other. torch lives in networks, training and generation alone.

## To add …

- a **charset**: an entry in `_NAMED` of `glyphs/charsets.py`, its list in `glyphs/data/` if no codec has it, its count in `tests/glyphs/test_charsets.py`.
- a **check**: a file in `checks/` with a `Check` or `GlyphCheck`, its name in `checks/checking.py`, a test with a font broken in that one way.
- a **setting**: a field with a docstring in the room's settings class; `buzi settings` and the tests find it.
- a **generator**: a module in `networks/`, a name in `Architecture.build`, a choice in `TrainSettings.generator`.
- a **loss**: a case in `networks/losses.py` and its literal.
- a **figure**: a field of `evaluation.GlyphFigures` with a hand-made case in `tests/evaluation`.
- a **stage**: a function in its room, a `Stage` in `pipeline/stages.py`, a verb in `cli`.
- a **verb**: a module in `cli/` with `command`, a line in `_VERBS` of `cli/main.py`.
"""


def first_line(path: Path) -> str:
    """First line of a module's docstring."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return text.splitlines()[0] if text else ""


def map_text() -> str:
    """What docs/map.md has to say."""
    source = ROOT / "src" / "buzi"
    lines = [HEAD, "## The tree\n"]
    lines += [f"- `{p.name}`: {first_line(p)}" for p in sorted(source.glob("*.py"))]
    rooms = [p.name for p in source.iterdir() if (p / "__init__.py").is_file()]
    for room in [*ROOMS, *sorted(set(rooms) - set(ROOMS))]:
        lines.append(f"\n### {room}\n\n{first_line(source / room / '__init__.py')}\n")
        modules = [p for p in sorted((source / room).glob("*.py")) if p.name != "__init__.py"]
        lines += [f"- `{p.name}`: {first_line(p)}" for p in modules]
    lines.append("\n### Around it\n")
    for folder in ("bench", "tools"):
        lines += [
            f"- `{folder}/{p.name}`: {first_line(p)}" for p in sorted((ROOT / folder).glob("*.py"))
        ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    (ROOT / "docs" / "map.md").write_text(map_text(), encoding="utf-8")
