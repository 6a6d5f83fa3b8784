from __future__ import annotations

import json
import subprocess
import sys

import pytest
from tests.conftest import IDEOGRAPHS

from buzi.cli.main import _VERBS, cli, main


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
