"""The recipe: free fonts only, none held out; and what a recipe refuses."""

from pathlib import Path

import pytest

from buzi.corpus.recipe import (
    HELD_OUT,
    LICENCES,
    STYLE_CLASSES,
    Recipe,
    held_out_family,
    read_recipe,
)
from buzi.errors import SettingsError

SHIPPED = Path(__file__).resolve().parents[2] / "recipes" / "corpus.toml"

FAMILY = """
[[family]]
family = "Tiny"
design = "tiny"
class = "gothic"
locale = "TC"
licence = "OFL-1.1"
evidence = "name table"
source = "npm"
package = "@free/tiny"
version = "1.0.0"
fonts = [
  { id = "tiny-400", weight = 400, codepoints = 900, file = "a/Tiny.ttf", sha256 = "%s" },
]
""" % ("0" * 64)


@pytest.fixture(scope="module")
def shipped() -> Recipe:
    return read_recipe(SHIPPED)


def test_the_corpus_has_sixty_designs_of_every_class(shipped):
    assert len(shipped.designs) >= 60
    assert {font.style_class for font in shipped.fonts} == set(STYLE_CLASSES)


def test_traditional_fonts_are_well_represented(shipped):
    traditional = [font for font in shipped.fonts if font.locale in {"TC", "HK"}]
    assert len(traditional) >= 20
    assert len({font.design for font in traditional}) >= 9
    assert {font.style_class for font in traditional} >= {"rounded", "gothic", "ming", "kai"}


def test_no_family_that_quality_is_measured_on_is_in_the_corpus(shipped):
    for font in shipped.fonts:
        assert held_out_family(font.font_id, font.family, font.package, font.file) is None


@pytest.mark.parametrize(
    "name",
    [
        "Zen Maru Gothic",
        "ZenMaruGothic_400Regular.ttf",
        "Zen Kaku Gothic New",
        "Zen Kaku Gothic Antique",
        "Klee One",
        "LXGW WenKai TC",
        "Iansui",
        "Kosugi Maru",
        "MotoyaLMaru W3 mono",
        "fonts-motoya-l-cedar",
        "Huninn",
        "Bpmf Huninn",
        "IBM Plex Sans TC",
        "@expo-google-fonts/ibm-plex-sans-jp",
    ],
)
def test_held_out_families_are_known_by_any_of_their_names(name):
    assert held_out_family(None, name) in HELD_OUT.values()


@pytest.mark.parametrize("name", ["Zen Old Mincho", "LXGW Marker Gothic", "Kiwi Maru", "IBM Plex"])
def test_their_neighbours_are_not_held_out(name):
    assert held_out_family(name) is None


def test_only_free_licences_are_used(shipped):
    assert {font.licence for font in shipped.fonts} <= set(LICENCES)
    assert not any("GPL" in licence for licence in LICENCES)


def test_a_recipe_is_read(tmp_path):
    path = tmp_path / "r.toml"
    path.write_text(FAMILY)
    (font,) = read_recipe(path).fonts
    assert (font.font_id, font.weight, font.face, font.is_sliced) == ("tiny-400", 400, None, False)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('class = "gothic"', 'class = "goth"', "class 'goth'"),
        ('locale = "TC"', 'locale = "TW"', "locale 'TW'"),
        ('licence = "OFL-1.1"', 'licence = "GPL-2.0"', "GPL-2.0"),
        ('source = "npm"', 'source = "web"', "source 'web'"),
        ('design = "tiny"', 'dessin = "tiny"', "unknown key dessin"),
        ('design = "tiny"\n', "", "missing design"),
        ("weight = 400", "weight = 4000", "weight"),
        ("codepoints = 900", "codepoints = 9", "codepoints"),
        ("codepoints = 900, ", "", "missing codepoints"),
        ('"a/Tiny.ttf"', '"../Tiny.ttf"', "leaves its package"),
        ('"tiny-400"', '"Tiny 400"', "hyphens"),
        ("0000", "", "sha256"),
        ('family = "Tiny"', 'family = "Zen Maru Gothic"', "quality is measured on"),
        ("@free/tiny", "fonts-klee", "Klee One"),
        ("[[family]]", "[family", "cannot be read"),
        ("fonts = [", "fontz = [", "unknown key fontz"),
    ],
)
def test_what_no_recipe_may_say(tmp_path, old, new, said):
    path = tmp_path / "r.toml"
    assert old in FAMILY
    path.write_text(FAMILY.replace(old, new, 1))
    with pytest.raises(SettingsError, match=said):
        read_recipe(path)


def test_an_unknown_table_is_refused(tmp_path):
    path = tmp_path / "r.toml"
    path.write_text("[famly]\n")
    with pytest.raises(SettingsError, match="famly"):
        read_recipe(path)


def test_an_id_given_twice_is_refused(tiny):
    with pytest.raises(SettingsError, match="two fonts"):
        Recipe((tiny.corpus_font(), tiny.corpus_font()))


def test_an_empty_recipe_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="no font"):
        Recipe(())
    with pytest.raises(SettingsError, match="cannot be read"):
        read_recipe(tmp_path / "none.toml")
