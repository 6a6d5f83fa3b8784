r"""Whether weights agree: two fonts' hidden glyphs as they were learnt together, or apart.

buzi complete Light.ttf Bold.ttf --reference VF.ttc --charset bopomofo --run together …
buzi complete Light.ttf --reference VF.ttc --charset bopomofo --run apart-light …
buzi complete Bold.ttf --reference VF.ttc --charset bopomofo --run apart-bold …
python bench/families.py --run together/Light together/Bold --run apart-light apart-bold

Looked at are the rasters that the network drew of the characters that all runs hide,
beside the designer's own in both weights, and the content copied as it is. In units of
1/1000 em, means over characters with 95 % bootstrap intervals:

- between skeletons: how far the skeletons of a character's two weights are from each
  other (mean over both of the distance to the nearest point of the other); the designer's
  own in the row "designer".
- off the designer's: how far that distance is from what it is with the designer.
- placement: how far the two weights' drawings move against each other where the
  designer's do not: the mean of |(bold - light) - (designer's bold - designer's light)|
  over the four sides of the ink and its centroid's two coordinates. 0 is full agreement,
  even where both are off alike.
- correlation of the errors of placement of the two weights, over characters and
  coordinates: 1 where both are always off alike, 0 where they know nothing of each other.
- own error: the mean of |drawn - designer's| over the same coordinates, of either weight.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from skimage.morphology import skeletonize

from buzi.evaluation import bootstrap_means
from buzi.pairs import open_pairs
from buzi.pipeline import open_run
from buzi.rasters import RasterStore, open_store

Floats = npt.NDArray[np.float64]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", nargs=2, type=Path, action="append", required=True,
                        metavar=("LIGHT", "BOLD"))  # fmt: skip
    options = parser.parse_args()
    rows = [[open_run(path) for path in paths] for paths in options.run]
    hidden = set.intersection(*(set(open_pairs(r.pairs).split.hidden) for row in rows for r in row))
    codepoints = sorted(hidden)
    canvas = open_pairs(rows[0][0].pairs).canvas
    unit = 1000 / canvas.em_px
    print(f"{len(codepoints)} characters that all runs hide\n")
    heads = ["", "between skeletons", "off the designer's", "placement", "correlation",
             "own error, light", "own error, bold", "L1 ÷ ink, light",
             "L1 ÷ ink, bold"]  # fmt: skip
    print(f"| {' | '.join(heads)} |\n{'|---' * len(heads)}|")
    true = [pictures(open_store(run.pairs / "target"), codepoints) for run in rows[0]]
    designer = distances(*true) * unit
    print(f"| designer | {said(designer)} | | | | | | | |")
    places = [np.stack([placement(p) for p in weight]) * unit for weight in true]
    copied = [pictures(open_store(run.pairs / "content"), codepoints) for run in rows[0]]
    report("content copied", copied, true, designer, places, unit)
    columns: list[list[Floats]] = []
    for paths, row in zip(options.run, rows, strict=True):
        drawn = [pictures(open_store(run.drawn_hidden), codepoints) for run in row]
        columns.append(report(" ".join(map(str, paths)), drawn, true, designer, places, unit))
    if len(columns) == 2:
        ahead = [said(b - a) for a, b in zip(*columns, strict=True)]
        ahead.insert(3, "")
        print(f"| second less first, character by character | {' | '.join(ahead)} |")


def report(
    name: str,
    drawn: list[Floats],
    true: list[Floats],
    designer: Floats,
    places: list[Floats],
    unit: float,
) -> list[Floats]:
    """A row of the table: the two weights as they were drawn, against the designer's own."""
    apart = distances(*drawn) * unit
    errors = [
        np.stack([placement(p) for p in weight]) * unit - own
        for weight, own in zip(drawn, places, strict=True)
    ]
    against = np.abs(errors[1] - errors[0]).mean(axis=1)
    own = [np.abs(error).mean(axis=1) for error in errors]
    ink = [np.abs(d - t).sum((1, 2)) / t.sum((1, 2)) for d, t in zip(drawn, true, strict=True)]
    print(
        f"| {name} | {said(apart)} | {said(np.abs(apart - designer))} | {said(against)} | "
        f"{correlation(errors)} | {said(own[0])} | {said(own[1])} | {said(ink[0])} | "
        f"{said(ink[1])} |"
    )
    return [apart, np.abs(apart - designer), against, *own, *ink]


def pictures(store: RasterStore, codepoints: list[int]) -> Floats:
    """Coverage (N, H, W) of the characters."""
    row_of = {codepoint: row for row, codepoint in enumerate(store.codepoints)}
    return store.rasters[[row_of[c] for c in codepoints]].astype(np.float64) / 255


def distances(light: Floats, bold: Floats) -> Floats:
    """Distance between the skeletons of each character's two weights, in pixels."""
    found = []
    for one, other in zip(light, bold, strict=True):
        bones = [skeletonize(picture >= 0.5) for picture in (one, other)]
        if not all(b.any() for b in bones):
            found.append(float("nan"))  # one came out blank
            continue
        away = [ndimage.distance_transform_edt(~b) for b in bones]
        found.append((away[1][bones[0]].mean() + away[0][bones[1]].mean()) / 2)
    return np.array(found)


def placement(picture: Floats) -> Floats:
    """Left, right, top and bottom of the ink and its centroid (x, y), in pixels."""
    side = np.arange(len(picture)) + 0.5
    across, down = picture.sum(axis=0), picture.sum(axis=1)
    ends = []
    for line in (picture.max(axis=0), picture.max(axis=1)):
        inked = np.flatnonzero(line >= 0.5)
        first, last = inked[0], inked[-1]
        # To a part of a pixel: an edge inks one or two pixels in part.
        ends.append(first + 1 - line[first] - line[max(first - 1, 0)])
        ends.append(last + line[last] + line[min(last + 1, len(line) - 1)])
    total = picture.sum()
    return np.array([*ends, (across @ side) / total, (down @ side) / total])


def correlation(errors: list[Floats]) -> str:
    """Mean over the coordinates of Pearson's r, with its bootstrap interval over characters."""

    def r(rows: npt.NDArray[np.int64]) -> float:
        return float(np.mean([np.corrcoef(errors[0][rows, i], errors[1][rows, i])[0, 1]
                              for i in range(errors[0].shape[1])]))  # fmt: skip

    count = len(errors[0])
    rng = np.random.default_rng(0)
    low, high = np.percentile([r(rng.integers(0, count, count)) for _ in range(500)], [2.5, 97.5])
    return f"{r(np.arange(count)):.2f} ({low:.2f} to {high:.2f})"


def said(values: Floats, digits: int = 3) -> str:
    """Mean and interval, of the characters that were drawn in both weights."""
    kept = values[np.isfinite(values)]
    mean = bootstrap_means({"": kept.tolist()})[""]
    return f"{mean.mean:.{digits}g} ({mean.low:.{digits}g} to {mean.high:.{digits}g})"


if __name__ == "__main__":
    main()
