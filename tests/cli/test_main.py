from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest
from tests.conftest import IDEOGRAPHS

from buzi.cli.main import _VERBS, cli, main
from buzi.fonts import open_font


def run(capsys, *args):
    code = main([str(a) for a in args])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_help_lists_every_verb(capsys):
    code, out, _ = run(capsys, "--help")
    assert code == 0
    for verb in _VERBS:
        assert verb in out


@pytest.mark.parametrize("verb", list(_VERBS))
def test_every_verb_has_help_of_its_own(capsys, verb):
    code, out, _ = run(capsys, verb, "--help")
    assert code == 0
    assert "Usage: buzi" in out
    assert cli.get_command(None, verb) is not None


def test_inspect_for_people_and_programs(capsys, tiny_fonts):
    text = "".join(map(chr, IDEOGRAPHS))
    code, out, _ = run(capsys, "inspect", tiny_fonts.target, "--charset", text)
    assert code == 0
    assert "150" in out
    code, out, _ = run(capsys, "inspect", tiny_fonts.target, "--charset", text, "--json")
    data = json.loads(out)
    assert tuple(data["coverage"][0]["missing"]) == tiny_fonts.missing


@pytest.mark.parametrize(
    "args", [["--help"], ["inspect", "--help"], ["inspect", "FONT", "--charset", "bopomofo"]]
)
def test_looking_does_not_import_torch(tiny_fonts, args):
    words = [str(tiny_fonts.target) if a == "FONT" else a for a in args]
    code = (
        "import sys\nfrom buzi.cli.main import main\n"
        f"main({words!r})\n"
        "heavy = {'torch', 'pydantic', 'rich', 'scipy', 'numba'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["inspect", "nowhere.ttf"], 1, "nowhere.ttf: no such file"),
        (["inspect", "FONT", "--charset", "big6"], 1, "Did you mean 'big5'"),
        (["inspect"], 2, "Missing argument"),
        (["inspect", "FONT", "--colour"], 2, "No such option"),
        (["nonsense"], 2, "No such command"),
        (["complete", "FONT", "--reference", "FONT", "--charset", "big5", "--set", "train.batchsize=3"], 1,
         "Did you mean train.batch_size"),
        (["complete", "FONT", "--reference", "FONT", "--charset", "big5", "--set", "train.batch_size=0"], 1,
         "greater than or equal to 1"),
        (["train", "nowhere"], 1, "not a run folder"),
    ],
)  # fmt: skip
def test_bad_input_ends_in_a_sentence(capsys, tiny_fonts, args, code, words):
    said = run(capsys, *(str(tiny_fonts.target) if a == "FONT" else a for a in args))
    assert said[0] == code
    assert words in said[1] + said[2]
    assert "Traceback" not in said[2]


def test_not_a_font(capsys, tmp_path):
    path = tmp_path / "letter.ttf"
    path.write_text("Dear font,", encoding="utf-8")
    code, _, err = run(capsys, "inspect", path)
    assert code == 1
    assert "not a font" in err


def test_an_output_that_exists_is_not_touched(capsys, tiny_fonts, tmp_path):
    output = tmp_path / "mine.ttf"
    output.write_bytes(b"precious")
    code, _, err = run(capsys, "complete", tiny_fonts.target, "--reference", tiny_fonts.reference,
                       "--charset", "一二", "--output", output, "--run", tmp_path / "run")  # fmt: skip
    assert code == 1
    assert "exists already" in err
    assert output.read_bytes() == b"precious"
    assert not (tmp_path / "run").exists()


def test_settings_are_all_listed(capsys):
    from buzi.pipeline import known_keys

    code, out, _ = run(capsys, "settings")
    assert code == 0
    for key in known_keys():
        assert f"{key} = " in out


def test_check_says_what_is_wrong(capsys, tiny_fonts):
    code, out, _ = run(capsys, "check", tiny_fonts.target, "--charset", "龜")
    assert code == 1
    assert "U+9F9C" in out


@pytest.fixture
def edited_ufo(tiny_fonts, tmp_path):
    import ufoLib2

    ufo = ufoLib2.Font()
    ufo.info.unitsPerEm = 1000
    for codepoint in tiny_fonts.missing[:3]:
        glyph = ufo.newGlyph(f"uni{codepoint:04X}")
        glyph.unicodes, glyph.width = [codepoint], 1000
        pen = glyph.getPen()
        pen.moveTo((100, 0))
        pen.lineTo((900, codepoint % 600))
        pen.lineTo((500, 800))
        pen.closePath()
    path = tmp_path / "edited.ufo"
    ufo.save(path)
    return path


@pytest.mark.parametrize("name", ["out.ttf", "out.woff2"])
def test_any_font_is_completed_from_a_ufo(capsys, tiny_fonts, edited_ufo, tmp_path, name):
    output = tmp_path / name
    first = chr(tiny_fonts.missing[0])
    code, out, err = run(capsys, "assemble", tiny_fonts.target, "--glyphs", edited_ufo, "--output",
                         output, "--charset", first, "--family", "Mine")  # fmt: skip
    assert (code, err.count("not asked for")) == (0, 2)
    assert "1 characters added" in out
    font = open_font(output, allow_slice=True)
    assert font.name.startswith("Mine")
    assert font.has(tiny_fonts.missing[0])
    assert not font.has(tiny_fonts.missing[1])
    code, _, err = run(capsys, "assemble", tiny_fonts.target, "--glyphs", edited_ufo,
                       "--output", output)  # fmt: skip
    assert (code, "exists already" in err) == (1, True)


def test_a_ufo_is_completed_too(capsys, tmp_path, edited_ufo, tiny_fonts):
    """The same UFO as target, and its glyphs as what is to be added: nothing is new."""
    code, _, err = run(capsys, "assemble", edited_ufo, "--glyphs", edited_ufo, "--output",
                       tmp_path / "out.otf")  # fmt: skip
    assert code == 1
    assert "has U+" in err
    assert "already" in err
    code, out, _ = run(capsys, "inspect", edited_ufo, "--charset", "一")
    assert code == 0
    assert "compiled from edited.ufo" in out


@pytest.mark.parametrize(
    "args",
    [
        ["FONT"],
        ["FONT", "--glyphs", "UFO"],
        ["FONT", "--glyphs", "UFO", "--output", "o.ttf", "--set", "jobs=1"],
    ],
)
def test_wrong_usage_of_assemble(capsys, tiny_fonts, edited_ufo, args):
    words = [{"FONT": str(tiny_fonts.target), "UFO": str(edited_ufo)}.get(a, a) for a in args]
    assert run(capsys, "assemble", *words)[0] == 2


def test_names_in_a_font_command_no_terminal(capsys, tiny_fonts, tmp_path):
    from fontTools.ttLib import TTFont

    font = TTFont(tiny_fonts.target)
    for name_id in (1, 4, 5, 6):
        font["name"].setName("\x1b]0;owned\x07\x9b31mTiny\u202e", name_id, 3, 1, 0x409)
    font["name"].names = [n for n in font["name"].names if n.platformID == 3]
    font.save(tmp_path / "commands.ttf")
    for args in (("inspect",), ("check",)):
        _, out, err = run(capsys, *args, tmp_path / "commands.ttf")
        assert not {"\x1b", "\x07", "\x9b", "\u202e"} & {*out, *err}
        assert "Tiny" in out or args == ("check",)


def test_check_writes_a_page(capsys, tiny_fonts, tmp_path):
    page = tmp_path / "findings.html"
    code, _, _ = run(capsys, "check", tiny_fonts.target, "--html", page)
    assert "<h2>ots</h2>" in page.read_text(encoding="utf-8")
    code, _, err = run(capsys, "check", tiny_fonts.target, "--html", tiny_fonts.target)
    assert code == 2
    assert "name the page .html" in err
    assert open_font(tiny_fonts.target)


def test_outputs_that_cannot_be_are_refused_before_anything(capsys, tiny_fonts, tmp_path):
    for name, words in (("o.otf", "has glyf outlines"), ("o.pdf", "name the output")):
        code, _, err = run(capsys, "complete", tiny_fonts.target, "--reference", tiny_fonts.reference,
                           "--charset", "一", "--output", tmp_path / name, "--run", tmp_path / "run")  # fmt: skip
        assert code == 1
        assert words in err
        assert not (tmp_path / "run").exists()


def test_a_restricted_font_is_refused_before_training(capsys, tiny_fonts, tmp_path):
    from fontTools.ttLib import TTFont

    tables = TTFont(tiny_fonts.target)
    tables["OS/2"].fsType = 2
    tables["name"].setName("All rights reserved", 13, 3, 1, 0x409)
    tables.save(tmp_path / "restricted.ttf")
    words = ["prepare", tmp_path / "restricted.ttf", "--reference", tiny_fonts.reference, "--charset",
             "".join(map(chr, tiny_fonts.missing[:2])), "--run", tmp_path / "run", "--set", "prepare.hidden=5",
             "--set", "prepare.validation=5"]  # fmt: skip
    code, _, err = run(capsys, *words)
    assert code == 1
    assert "--i-have-the-right" in err
    assert run(capsys, *words, "--i-have-the-right")[0] == 0


@pytest.mark.parametrize(
    ("words", "minutes"),
    [((), 18.0), (("--set", "minutes=27"), 27.0), (("--set", "minutes=27", "--minutes", "9"), 9.0)],
)
def test_minutes_of_a_pretraining(capsys, monkeypatch, tmp_path, words, minutes):
    from buzi import training

    class HeardError(Exception):
        pass

    def pretrain(pack, output, settings, **_):
        raise HeardError(settings.minutes)

    monkeypatch.setattr(training, "pretrain", pretrain)
    with pytest.raises(HeardError, match=str(minutes)):
        main(["pretrain", str(tmp_path / "pack.zip"), "--output", str(tmp_path / "base"), *words])


def test_a_pretraining_whose_first_steps_told_no_loss(capsys, monkeypatch, tmp_path):
    from buzi import training

    def pretrain(pack, output, settings, *, progress, **_):
        progress(training.TrainProgress(0, 1, 0.0, 16.0, None, {}, {}))
        return training.TrainResult(tmp_path, tmp_path, 0, 1, 1.0, {}, dropped_steps=1)

    monkeypatch.setattr(training, "pretrain", pretrain)
    assert main(["pretrain", str(tmp_path / "pack.zip"), "--output", str(tmp_path / "base")]) == 0


def test_help_sets_its_examples_on_lines_of_their_own(capsys):
    _, out, _ = run(capsys, "--help")
    assert "\\b" not in out
    assert [line for line in out.splitlines() if line.startswith("  buzi ")] == [
        "  buzi inspect FONT --charset big5",
        "  buzi complete FONT --reference NotoSansCJK-Regular.ttc --charset big5",
    ]


# Whoever runs the tests may ignore signals: nohup one, a shell in the background another.
ASLEEP = """
import signal, time
for number in {ignored}:
    signal.signal(number, signal.SIG_IGN)
for number in {{signal.SIGINT, signal.SIGTERM, signal.SIGHUP}} - {ignored}:
    signal.signal(number, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)
from buzi.cli import main
def sleep(**_):
    print("asleep", flush=True)
    time.sleep({seconds})
main.cli.main = sleep
main.entry()
"""


def asked_to_end(number: int, ignored: str, seconds: int) -> tuple[int, str]:
    """How a Buzi that sleeps ends, and what it says, when it is sent a signal."""
    with subprocess.Popen(
        [sys.executable, "-c", ASLEEP.format(ignored=ignored, seconds=seconds)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "asleep\n"
        process.send_signal(number)
        _, said = process.communicate(timeout=90)
    return process.returncode, said


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="Windows has no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", 0)])
def test_asked_to_end_it_ends_as_if_interrupted(number):
    code, said = asked_to_end(number, "set()", 60)
    assert code == 130
    assert said == "buzi: stopped. Run the same command again: it goes on where it stopped.\n"


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="Windows has no such signals")
def test_under_nohup_a_closed_terminal_ends_nothing():
    assert asked_to_end(signal.SIGHUP, "{signal.SIGHUP}", 1) == (0, "")


def test_what_the_system_refuses_is_a_sentence(capsys):
    code, _, err = run(capsys, "report", "x" * 300)
    assert code == 1
    assert err.startswith("buzi: ")
    assert "Traceback" not in err
