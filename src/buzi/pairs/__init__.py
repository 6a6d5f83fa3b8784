"""Chooses, splits and stores glyph pairs of content font and target font."""

from buzi.pairs.matching import Match, home_region, match_pairs
from buzi.pairs.preparing import (
    Pairs,
    PrepareSettings,
    Wanted,
    describe_absent,
    open_pairs,
    prepare,
    shared_characters,
)
from buzi.pairs.siblings import (
    KNOWN,
    PICTURES,
    TURNS,
    PartIndex,
    Shown,
    Siblings,
    chosen,
    halved,
    sketches,
)
from buzi.pairs.splitting import Split, hash_order, hold_together, split_pairs
from buzi.pairs.weighing import Weighed, nearest_in_weight

__all__ = [
    "KNOWN",
    "PICTURES",
    "TURNS",
    "Match",
    "Pairs",
    "PartIndex",
    "PrepareSettings",
    "Shown",
    "Siblings",
    "Split",
    "Wanted",
    "Weighed",
    "chosen",
    "describe_absent",
    "halved",
    "hash_order",
    "hold_together",
    "home_region",
    "match_pairs",
    "nearest_in_weight",
    "open_pairs",
    "prepare",
    "shared_characters",
    "sketches",
    "split_pairs",
]
