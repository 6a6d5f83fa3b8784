"""Teach the judge that comes with Buzi what tells a broken drawing from a whole one.

    python tools/teach_judge.py CORPUS.zip [SIGNS.npz]

Fonts of the corpus pack are drawn by the shipped base and finisher as they are, 130 glyphs of
each: six designs that neither was taught, once with all of their other glyphs to look at and
once with forty; and a dozen that were taught, with forty. Signs and severities are kept in
SIGNS.npz, if it is named; what is learnt goes to ``src/buzi/generation/judge.json``. Six
minutes of two cores.
"""

from __future__ import annotations

import sys

import numpy as np
import torch
from torch import Tensor, nn

from buzi.evaluation import BROKEN_THRESHOLD
from buzi.generation import (
    SIGNS,
    TAUGHT,
    Finishing,
    GenerateSettings,
    draw_batches,
    severity,
    teach,
)
from buzi.glyphs import Canvas
from buzi.networks import (
    STYLE_EXEMPLARS,
    flushed_denormals,
    load_generator,
    read_style,
    shipped_base,
    shipped_finisher,
)
from buzi.pairs import Siblings
from buzi.pairs.pack import open_pack
from buzi.rasters import RasterStore, write_json

UNSEEN = (
    "konatu-400", "dejima-mincho-400", "tw-kai-400", "tw-kai-400-more", "hachi-maru-pop-400",
    "zcool-kuaile-400", "ma-shan-zheng-400",
)  # fmt: skip
"""Fonts of the designs that the base was never taught."""

OTHERS = (
    "m-plus-rounded-1c-400", "biz-udgothic-400", "kiwi-maru-400", "ipaex-gothic-400",
    "sawarabi-mincho-400", "ukai-tw-400", "yomogi-400", "zen-kurenaido-400",
    "rocknroll-one-400", "setofont-400", "wqy-microhei-400", "lxgw-marker-gothic-400",
)  # fmt: skip
"""Fonts that it was taught: shown little, it draws them badly enough."""

GLYPHS = 130
FEW = 40
SEED = 5


class Styled(nn.Module):
    """The base in the style of one font."""

    siblings = True

    def __init__(self, base: nn.Module, style_1S: Tensor) -> None:
        super().__init__()
        self.base, self.style_1S = base, style_1S

    def forward(self, content: Tensor, _: None, beside: Tensor) -> Tensor:
        """Logits, as the base gives them."""
        logits: Tensor = self.base(content, self.style_1S.expand(len(content), -1), beside)
        return logits


@flushed_denormals()
def main() -> int:
    """Draw, measure and learn."""
    if len(sys.argv) not in {2, 3}:
        print(__doc__)
        return 2
    canvas, pack = Canvas.for_side(256), open_pack(sys.argv[1])
    content = pack.draw_content(canvas)
    base, finisher = load_generator(shipped_base())[0], load_generator(shipped_finisher())[0]
    fonts = {font.font_id: font for font in pack.fonts}
    drawn: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for name, few in [(n, few) for n in UNSEEN for few in (0, FEW)] + [(n, FEW) for n in OTHERS]:
        font = fonts[name]
        own, target = content[list(font.content)], pack.draw_font(font, canvas)
        order = np.random.default_rng(SEED).permutation(len(font))
        asked = np.sort(order[:GLYPHS])
        shown = np.sort(order[GLYPHS : GLYPHS + few] if few else order[GLYPHS:])
        siblings = Siblings(
            RasterStore(canvas, font.codepoints, own, {}),
            RasterStore(canvas, font.codepoints, target, {}),
            [font.codepoints[i] for i in shown],
        )
        style, finishing_style = (
            read_style(folder, own[shown[:STYLE_EXEMPLARS]], target[shown[:STYLE_EXEMPLARS]])[None]
            for folder in (shipped_base(), shipped_finisher())
        )
        pictures, signs = draw_batches(
            Styled(base, style), canvas, own[asked], GenerateSettings(), torch.device("cpu"),
            siblings.beside(own[asked], [font.codepoints[i] for i in asked]),
            finishing=Finishing(finisher, finishing_style, name),
        )  # fmt: skip
        severities = np.array(
            [
                severity(picture, target[i], canvas)
                for picture, i in zip(pictures, asked, strict=True)
            ]
        )
        drawn[f"{name}, {few or 'all'}"] = signs, severities
        broken = (severities > BROKEN_THRESHOLD).mean()
        print(f"{name}, {few or 'all'} shown: {broken:.1%} broken", flush=True)
    if len(sys.argv) == 3:
        names = ("signs", "severities")
        kept = {f"{k}: {n}": a for k, v in drawn.items() for n, a in zip(names, v, strict=True)}
        np.savez(sys.argv[2], **kept)
    taught = teach(list(drawn.values()), BROKEN_THRESHOLD)
    write_json(TAUGHT, {"signs": list(SIGNS), **vars(taught)})
    for sign, weight in zip(SIGNS, taught.weights, strict=True):
        print(f"{sign:20} {weight:6.2f}")
    print(TAUGHT)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
