"""The families' table: what the documentation says is what the recipe says."""

from pathlib import Path

import pytest

from buzi.corpus.recipe import Recipe, read_recipe
from buzi.corpus.table import families_table

ROOT = Path(__file__).resolve().parents[2]


def test_the_documentation_has_the_recipes_table():
    table = families_table(read_recipe(ROOT / "recipes" / "corpus.toml"))
    page = (ROOT / "docs" / "corpus.md").read_text("utf-8")
    assert table in page, (
        "docs/corpus.md disagrees with recipes/corpus.toml; replace its table with families_table()"
    )


def test_weights_of_a_family_share_a_row(tiny):
    recipe = Recipe(
        (
            tiny.corpus_font("kai-400", family="Kai", design="kai", style_class="kai"),
            tiny.corpus_font("tiny-400"),
            tiny.corpus_font("tiny-700", weight=700),
        )
    )
    lines = families_table(recipe).splitlines()
    row = "| Tiny | gothic | TC | 400, 700 | OFL-1.1 | name table | npm: @free/tiny 1.0.0 |"
    assert lines[2] == row
    assert lines[3].startswith("| Kai | kai |")
    assert "3 fonts of 2 designs." in lines
    assert "- `OFL-1.1`: SIL Open Font License 1.1" in lines


@pytest.mark.parametrize("locale", ["JP", "TC"])
def test_editions_for_two_regions_have_two_rows(tiny, locale):
    recipe = Recipe((tiny.corpus_font(), tiny.corpus_font("jp", locale="JP")))
    assert f"| Tiny | gothic | {locale} |" in families_table(recipe)
