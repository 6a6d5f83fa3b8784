"""Building: from files of a cache to a pack, and what is refused on the way."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from buzi.corpus.building import build_pack, likeness, near_duplicates, prepare_font
from buzi.corpus.recipe import CorpusFont, Recipe
from buzi.errors import FontError, OutputError
from buzi.fonts import open_reference
from buzi.glyphs import Canvas
from buzi.pairs.pack import open_pack

CANVAS = Canvas(64, 56)


@pytest.fixture
def cached(tiny, tmp_path) -> Callable[..., CorpusFont]:
    """Puts a font into the cache as if fetched, and gives its entry."""

    def put(font_id: str, data: bytes, **changes) -> CorpusFont:
        file = f"{font_id}.ttf"
        path = tmp_path / "cache" / "npm" / "free-tiny-1.0.0" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        sha256 = hashlib.sha256(data).hexdigest()
        return tiny.corpus_font(font_id, file=file, sha256=sha256, **changes)

    return put


def build(tmp_path: Path, content_path: Path, *fonts: CorpusFont, **settings):
    return build_pack(
        Recipe(fonts),
        content_path,
        tmp_path / "cache",
        tmp_path / "corpus.zip",
        progress=str,
        **settings,
    )


def other_strokes(tiny, by: int) -> dict[int, int]:
    """Every ideograph drawn as another: a font of another design."""
    n = len(tiny.ideographs)
    return {c: tiny.ideographs[(i + by) % n] for i, c in enumerate(tiny.ideographs)}


def test_a_pack_of_two_fonts(tiny, tmp_path, content_path, cached):
    bold = cached("bold-700", tiny.font_bytes(bold=20), weight=700)
    low = cached("low-400", tiny.font_bytes(upem=2048, bottom=-400), locale="JP")
    report = build(tmp_path, content_path, bold, low)
    pack = open_pack(report.path)
    assert report.size == report.path.stat().st_size
    assert [font.font_id for font in pack.fonts] == ["bold-700", "low-400"]
    assert pack.fonts[1].locale == "JP"
    assert len(pack.fonts[0]) == 120
    assert set(tiny.marks) <= set(pack.fonts[0].codepoints)
    assert report.pairs_by_class == {"gothic": 240}
    assert report.designs == 1
    assert 100 < report.big5_in(1) <= 140
    assert report.big5_in(2) < report.big5_in(1)


def test_a_cache_that_was_torn_is_made_anew(tiny, tmp_path, content_path, cached):
    font = cached("low-400", tiny.font_bytes(upem=2048, bottom=-400))
    whole = build(tmp_path, content_path, font).path.read_bytes()
    (about,) = (tmp_path / "cache" / "prepared").glob("*.json")
    for torn in ("", '{"em": '):
        about.write_text(torn, encoding="utf-8")
        assert build(tmp_path, content_path, font).path.read_bytes() == whole


def test_each_pair_shows_one_character(tiny, tmp_path, content_path, cached):
    font = cached("low-400", tiny.font_bytes(upem=2048, bottom=-400))
    pack = open_pack(build(tmp_path, content_path, font).path)
    content = pack.draw_content(CANVAS)[pack.content_of_targets()] > 127
    targets = pack.draw_targets(CANVAS) > 127
    assert content.any(axis=(1, 2)).all()
    # The target is the content a little bolder, on the same em: it covers it.
    assert (content & ~targets).sum() < 0.02 * content.sum()
    assert np.array_equal(pack.draw_font(pack.fonts[0], CANVAS) > 127, targets)


def test_a_second_build_takes_the_prepared_fonts(tiny, tmp_path, content_path, cached):
    font = cached("bold-700", tiny.font_bytes(bold=20))
    first = build(tmp_path, content_path, font)
    prepared = sorted((tmp_path / "cache" / "prepared").iterdir())
    times = [file.stat().st_mtime_ns for file in prepared]
    assert build(tmp_path, content_path, font) == first
    assert [file.stat().st_mtime_ns for file in prepared] == times


def test_two_processes_build_what_one_builds(tiny, tmp_path, content_path, cached):
    fonts = [cached(f"tiny-{n}", tiny.font_bytes(bold=n)) for n in (10, 20)]
    two = build(tmp_path, content_path, *fonts, workers=2)
    data = two.path.read_bytes()
    for file in (tmp_path / "cache" / "prepared").iterdir():
        file.unlink()
    assert build(tmp_path, content_path, *fonts).fonts == two.fonts
    assert len(two.path.read_bytes()) == len(data)


def test_near_duplicates_of_another_design_are_left_out(tiny, tmp_path, content_path, cached):
    first = cached("first-400", tiny.font_bytes())
    copy = cached("copy-400", tiny.font_bytes(bottom=-200), design="copy")
    weight = cached("first-401", tiny.font_bytes(), weight=401)
    report = build(tmp_path, content_path, first, copy, weight)
    assert report.duplicates == {"copy-400": "first-400"}
    assert [f.packed.font_id for f in report.fonts] == ["first-400", "first-401"]
    assert report.designs == 1
    assert "copy-400 repeats first-400" in str(report)
    assert "2 fonts of 1 designs" in str(report)
    assert len(str(report)) < 1000


def test_fonts_of_two_hands_are_both_kept(tiny, tmp_path, content_path, cached):
    reference = open_reference(content_path)
    prepared = []
    for font_id, drawn_as in (("one", {}), ("other", other_strokes(tiny, 1))):
        entry = cached(font_id, tiny.font_bytes(drawn_as=drawn_as), design=font_id)
        file = tmp_path / "cache" / "npm" / "free-tiny-1.0.0" / f"{font_id}.ttf"
        prepared.append(prepare_font(entry, [file], reference))
    assert likeness(*prepared) < 0.5
    assert likeness(prepared[0], prepared[0]) == 1.0
    assert near_duplicates(prepared) == {}


def test_ideographs_of_another_structure_are_dropped(tiny, tmp_path, content_path, cached):
    a, b = tiny.ideographs[:2]
    font = cached("odd", tiny.font_bytes(drawn_as={a: b, b: a}), codepoints=400)
    report = build(tmp_path, content_path, font)
    assert not {a, b} & set(report.fonts[0].packed.codepoints)
    assert report.fonts[0].dropped == 2


def test_a_heavy_font_gives_fewer_glyphs(tiny, tmp_path, content_path, cached):
    entry = cached("heavy", tiny.font_bytes(), codepoints=400)
    file = tmp_path / "cache" / "npm" / "free-tiny-1.0.0" / "heavy.ttf"
    reference = open_reference(content_path)
    whole = prepare_font(entry, [file], reference)
    half = prepare_font(entry, [file], reference, limit=len(whole.woff2) * 6 // 10)
    assert len(half.woff2) <= len(whole.woff2) * 6 // 10
    assert len(half.packed) < len(whole.packed)


def test_a_pack_over_the_limit_is_refused(tiny, tmp_path, content_path, cached):
    with pytest.raises(OutputError, match="lower `codepoints`"):
        build(tmp_path, content_path, cached("t", tiny.font_bytes()), limit_mb=0.001)


def test_a_font_that_calls_itself_held_out_is_refused(tiny, tmp_path, content_path, cached):
    font = cached("innocent", tiny.font_bytes(family="Klee One SemiBold"))
    with pytest.raises(FontError, match="held-out Klee One"):
        build(tmp_path, content_path, font)


def test_a_font_with_hardly_a_character_is_refused(tiny, tmp_path, content_path, cached):
    font = cached("empty", tiny.font_bytes(empty=tiny.ideographs))
    with pytest.raises(FontError, match="only 5 characters"):
        build(tmp_path, content_path, font)


def test_slices_are_built_as_one_font(tiny, tmp_path, content_path):
    folder = tmp_path / "cache" / "npm" / "free-tiny-1.0.0"
    folder.mkdir(parents=True)
    digest = hashlib.sha256()
    for number, part in enumerate((tiny.ideographs[:70], tiny.ideographs[70:] + tiny.marks)):
        data = tiny.font_bytes(part, flavor="woff2")
        (folder / f"tiny-{number}.woff2").write_bytes(data)
        digest.update(data)
    font = tiny.corpus_font("sliced", file="tiny-*.woff2", sha256=digest.hexdigest())
    report = build(tmp_path, content_path, font)
    assert report.fonts[0].genuine == 145


def test_no_workers_are_refused(tiny, tmp_path, content_path, cached):
    with pytest.raises(ValueError, match="workers"):
        build(tmp_path, content_path, cached("t", tiny.font_bytes()), workers=0)
