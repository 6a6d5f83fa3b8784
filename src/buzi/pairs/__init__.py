"""Chooses, splits and stores glyph pairs of content font and target font."""

from buzi.pairs.matching import Match, match_pairs
from buzi.pairs.preparing import (
    Pairs,
    PrepareSettings,
    Wanted,
    describe_absent,
    open_pairs,
    prepare,
    shared_characters,
)
from buzi.pairs.siblings import GROUPS, SHOWN, Shown, Siblings, kept, mosaic
from buzi.pairs.splitting import Split, hash_order, hold_together, split_pairs
from buzi.pairs.weighing import Weighed, nearest_in_weight

__all__ = [
    "GROUPS",
    "SHOWN",
    "Match",
    "Pairs",
    "PrepareSettings",
    "Shown",
    "Siblings",
    "Split",
    "Wanted",
    "Weighed",
    "describe_absent",
    "hash_order",
    "hold_together",
    "kept",
    "match_pairs",
    "mosaic",
    "nearest_in_weight",
    "open_pairs",
    "prepare",
    "shared_characters",
    "split_pairs",
]
