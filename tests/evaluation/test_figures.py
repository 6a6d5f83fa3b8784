"""Each figure against a case drawn by hand whose answer is known, both ways."""

from __future__ import annotations

import json

import pytest

from buzi.evaluation import BROKEN_THRESHOLD, GlyphFigures, evaluate

CODEPOINT = 0x4E00


def box(x0, y0, x1, y1):
    return [(x0, y0), (x0, y1), (x1, y1), (x1, y0)]


def hole(x0, y0, x1, y1):
    return box(x0, y0, x1, y1)[::-1]


STEM = box(400, 0, 500, 800)
TWO_STEMS = [box(200, 0, 300, 800), box(700, 0, 800, 800)]
FRAME = [box(200, 100, 800, 700), hole(350, 250, 650, 550)]


@pytest.fixture
def measure(make_font):
    def measure(drawn, true, drawn_upem: int = 1000) -> GlyphFigures:
        built = make_font({CODEPOINT: drawn}, drawn_upem, "Built")
        truth = make_font({CODEPOINT: true}, name="Truth")
        return evaluate(built, truth, {CODEPOINT: (truth, 1)}, [CODEPOINT]).rows[0]

    return measure


@pytest.mark.parametrize("glyph", [[STEM], TWO_STEMS, FRAME])
def test_the_designers_own_glyph_is_perfect(measure, glyph):
    figures = measure(glyph, glyph)
    assert figures.l1 == figures.n_l1 == 0
    assert figures.iou == 1
    assert figures.ssim == pytest.approx(1)
    assert figures.outline_distance == figures.outline_p95 == 0
    assert figures.missing == figures.extra == figures.lost == figures.stray == 0
    assert not figures.broken
    assert not figures.damaged
    assert figures.topology_ok
    assert figures.points_drawn == figures.points_true == 4 * len(glyph)


def test_a_stem_shifted_within_its_width(measure):
    figures = measure([box(420, 0, 520, 800)], [STEM])
    assert figures.l1 == pytest.approx(2 * 20 * 800 / 1e6, rel=0.01)
    assert figures.n_l1 == pytest.approx(2 * 20 / 100, rel=0.01)
    assert figures.iou == pytest.approx(80 / 120, abs=0.03)  # thresholded at 3.9 units a pixel
    # Sides of 800 are 20 away, but the one inside the other bar is nearer to its ends
    # for 20 units (10 on average); of each end of 100 a fifth is away, 10 on average.
    expected = ((800 + 760) * 20 + 2 * 20 * 10 + 2 * 20 * 10) / 1800
    assert figures.outline_distance == pytest.approx(expected, rel=0.01)
    assert figures.outline_p95 == pytest.approx(20, rel=0.01)
    assert 0 < figures.ssim < 0.95
    assert figures.missing == figures.extra == 0
    assert not figures.broken
    assert figures.topology_ok


def test_a_stem_shifted_past_its_width_is_broken(measure):
    figures = measure([box(500, 0, 600, 800)], [STEM])
    assert figures.iou == pytest.approx(0, abs=0.02)
    assert figures.missing == pytest.approx(50, abs=4)  # half a stem, and a pixel of skeleton
    assert figures.extra == pytest.approx(50, abs=4)
    assert figures.broken


def test_a_stem_shifted_up_and_one_shifted_down_are_equally_wrong(measure):
    up, down = (measure([box(400, dy, 500, 800 + dy)], [STEM]) for dy in (30, -30))
    assert up.l1 == pytest.approx(down.l1, rel=0.01)
    assert up.outline_distance == pytest.approx(down.outline_distance, rel=0.02)
    assert up.l1 == pytest.approx(2 * 30 * 100 / 1e6, rel=0.02)


def test_a_missing_stroke(measure):
    figures = measure(TWO_STEMS[:1], TWO_STEMS)
    assert figures.missing == pytest.approx(450, abs=4)
    assert figures.extra == 0
    assert figures.broken
    assert figures.lost == pytest.approx(700, abs=8)  # a skeleton ends half a stem early
    assert figures.stray == 0
    assert figures.damaged
    assert (figures.contours_drawn, figures.contours_true) == (1, 2)
    assert not figures.topology_ok
    assert figures.l1 == pytest.approx(0.08, rel=0.01)
    assert figures.iou == pytest.approx(0.5, abs=0.01)


def test_a_stroke_too_many(measure):
    figures = measure(TWO_STEMS, TWO_STEMS[:1])
    assert figures.extra == pytest.approx(450, abs=4)
    assert figures.missing == 0
    assert figures.broken


def test_a_filled_counter(measure):
    figures = measure(FRAME[:1], FRAME)
    assert figures.missing == 0
    assert BROKEN_THRESHOLD < figures.extra <= 150  # the hole's middle is 150 from its rim
    assert figures.broken
    assert (figures.contours_drawn, figures.contours_true) == (1, 2)
    assert not figures.topology_ok


def test_a_counter_where_there_is_none(measure):
    figures = measure(FRAME, FRAME[:1])
    assert figures.missing > BROKEN_THRESHOLD
    assert figures.extra == 0
    assert not figures.topology_ok


def test_a_counter_traded_for_a_piece_of_ink_is_seen(measure):
    """Two contours each, yet not the same topology."""
    figures = measure(TWO_STEMS, FRAME)
    assert figures.contours_drawn == figures.contours_true == 2
    assert not figures.topology_ok


def test_a_cut_stroke_has_another_topology(measure):
    figures = measure([box(400, 0, 500, 390), box(400, 410, 500, 800)], [STEM])
    assert not figures.topology_ok
    assert not figures.broken  # a gap of 20 is less than the threshold: topology sees it


def test_a_short_stroke_lost_is_damage_though_its_glyph_is_not_broken(measure):
    """100 of 3,000 units of stroke: below the 95 % point of missing, yet a stroke is gone."""
    stems = [box(100 + 200 * i, 0, 180 + 200 * i, 800) for i in range(4)]
    short = box(850, 0, 890, 130)
    figures = measure(stems, [*stems, short])
    assert figures.missing == figures.extra == 0
    assert not figures.broken
    assert figures.lost == pytest.approx(90, abs=12)  # a skeleton ends half a stem early
    assert figures.stray == 0
    assert figures.damaged
    assert not measure([*stems, short], [*stems, short]).damaged
    added = measure([*stems, short], stems)
    assert (added.lost, added.stray) == (0, figures.lost)
    assert added.damaged


def test_a_stroke_moved_by_as_little_as_professionals_differ_is_no_damage(measure):
    figures = measure([[(x + 12, y - 8) for x, y in STEM]], [STEM])
    assert figures.lost == figures.stray == 0
    assert not figures.damaged


def test_the_threshold_is_the_callers(make_font):
    built = make_font({CODEPOINT: [box(500, 0, 600, 800)]})
    truth = make_font({CODEPOINT: [STEM]})
    content = {CODEPOINT: (truth, 1)}
    assert not evaluate(built, truth, content, [CODEPOINT], broken_threshold=60).rows[0].broken
    assert evaluate(built, truth, content, [CODEPOINT], broken_threshold=40).rows[0].broken


def test_overlapping_contours_count_as_the_shape_they_print(measure):
    crossed = [box(450, 0, 550, 800), box(100, 350, 900, 450)]
    cross = [
        [
            (450, 0), (450, 350), (100, 350), (100, 450), (450, 450), (450, 800),
            (550, 800), (550, 450), (900, 450), (900, 350), (550, 350), (550, 0),
        ]
    ]  # fmt: skip
    figures = measure(crossed, cross)
    assert figures.topology_ok
    assert figures.contours_drawn == 1
    assert figures.outline_distance < 0.2
    assert (figures.points_drawn, figures.points_true) == (8, 12)


def test_a_font_of_another_em_is_scaled(measure):
    figures = measure(FRAME, FRAME, drawn_upem=2048)
    assert figures.l1 < 0.001
    assert figures.outline_distance < 0.5
    assert figures.topology_ok


def test_a_blank_glyph_is_the_worst_there_is(measure):
    figures = measure([], [STEM])
    assert figures.iou == 0
    assert figures.l1 == pytest.approx(0.08, rel=0.01)
    assert figures.n_l1 == pytest.approx(1)
    assert figures.outline_distance == figures.missing == 1000
    assert figures.extra == 0
    assert figures.broken
    assert not figures.topology_ok
    assert figures.points_drawn == 0


def test_a_speck_is_seen_by_topology_and_not_by_the_raster_alone(measure):
    figures = measure([STEM, box(800, 700, 806, 706)], [STEM])
    assert figures.contours_drawn == 2
    assert not figures.topology_ok
    assert measure([STEM, box(800, 700, 801, 701)], [STEM]).topology_ok  # a unit is noise


def test_figures_survive_json(measure):
    figures = measure(TWO_STEMS, FRAME)
    assert GlyphFigures.from_dict(json.loads(json.dumps(figures.as_dict()))) == figures
    with pytest.raises(ValueError, match="sharpness"):
        GlyphFigures.from_dict({**figures.as_dict(), "sharpness": 1})
