"""The corpus for a base model: free fonts by recipe, fetched, filtered, paired, packed."""

from buzi.corpus.building import PackReport, build_pack
from buzi.corpus.fetching import fetch_fonts
from buzi.corpus.recipe import HELD_OUT, CorpusFont, Recipe, read_recipe
from buzi.corpus.table import families_table

__all__ = [
    "HELD_OUT",
    "CorpusFont",
    "PackReport",
    "Recipe",
    "build_pack",
    "families_table",
    "fetch_fonts",
    "read_recipe",
]
