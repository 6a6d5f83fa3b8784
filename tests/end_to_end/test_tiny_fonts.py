"""A whole completion on fonts drawn by the test, by the command line as a user calls it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
import ufoLib2
from tests.conftest import IDEOGRAPHS, TARGET_COUNT, build_tiny_font

import buzi
from buzi.fonts import open_font

pytestmark = pytest.mark.end_to_end

QUICK = ["--set", "prepare.image_side=128", "--set", "prepare.hidden=10", "--set", "prepare.validation=5",
         "--set", "train.minutes=none", "--set", "train.steps=60", "--set", "train.width=0.25",
         "--set", "train.batch_size=16", "--set", "train.threads=1", "--set", "jobs=1"]  # fmt: skip


def complete(fonts, run, *more, check=True):
    command = [sys.executable, "-m", "buzi", "complete", str(fonts.target), "--reference", str(fonts.reference),
               "--charset", "".join(map(chr, fonts.missing)), "--run", str(run), *QUICK, *more]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, check=check, encoding="utf-8")


@pytest.fixture(scope="module")
def finished(tiny_fonts, tmp_path_factory):
    run = tmp_path_factory.mktemp("a run 補字") / "run"
    before = hashlib.sha256(tiny_fonts.target.read_bytes()).hexdigest()
    result = complete(tiny_fonts, run, check=False)
    assert hashlib.sha256(tiny_fonts.target.read_bytes()).hexdigest() == before
    return run, result


def test_a_font_a_ufo_and_a_report(finished, tiny_fonts):
    run, result = finished
    font = next((run / "fonts").glob("*.ttf"))
    assert str(font) in result.stdout
    assert str(run / "report.html") in result.stdout
    built = open_font(font)
    assert built.missing(tiny_fonts.missing) == ()
    assert (run / "fonts" / font.name).with_suffix(".woff2").is_file()
    ufo = ufoLib2.Font.open(run / "new-glyphs.ufo")
    assert {u for glyph in ufo for u in glyph.unicodes} == set(tiny_fonts.missing)
    page = (run / "report.html").read_text(encoding="utf-8")
    assert "補字" in page
    findings = json.loads((run / "findings.json").read_text(encoding="utf-8"))["findings"]
    unchanged = [
        f for f in findings if f["severity"] == "fail" and f["codepoint"] not in tiny_fonts.missing
    ]
    assert unchanged == []


def test_the_run_folder_explains_itself(finished):
    run, _ = finished
    data = json.loads((run / "run.json").read_text(encoding="utf-8"))
    assert data["settings"]["train"]["steps"] == 60
    assert len(data["target"]["sha256"]) == 64
    evaluation = json.loads((run / "evaluation" / "evaluation.json").read_text(encoding="utf-8"))
    assert len(evaluation["rows"]) == 10


def test_a_second_run_skips_everything(finished, tiny_fonts):
    run, _ = finished
    stamps = {
        p: p.stat().st_mtime_ns for p in run.rglob("*") if p.is_file() and p.name != "run.json"
    }
    again = complete(tiny_fonts, run, check=False)
    assert again.stderr.count("done before") == len(
        ["prepare", "train", "generate", "vectorize", "assemble", "check", "evaluate", "report"]
    )
    assert {p: p.stat().st_mtime_ns for p in stamps} == stamps


def test_an_edited_glyph_goes_into_the_font_and_stays(finished, tiny_fonts):
    run, _ = finished
    ufo = ufoLib2.Font.open(run / "new-glyphs.ufo")
    codepoint = tiny_fonts.missing[0]
    glyph = next(g for g in ufo if codepoint in g.unicodes)
    glyph.clearContours()
    pen = glyph.getPen()
    pen.moveTo((100, 100))
    pen.lineTo((700, 100))
    pen.lineTo((400, 813))
    pen.closePath()
    ufo.save()
    complete(tiny_fonts, run, check=False)
    font = next((run / "fonts").glob("*.ttf"))
    assert open_font(font).outline(codepoint).bounds() == (100, 100, 700, 813)
    complete(tiny_fonts, run, "--set", "vectorize.tolerance=0.9", check=False)
    assert open_font(font).outline(codepoint).bounds() == (100, 100, 700, 813)


def test_other_training_settings_in_the_same_folder_are_refused(finished, tiny_fonts):
    run, _ = finished
    result = complete(tiny_fonts, run, "--set", "train.batch_size=8", check=False)
    assert result.returncode == 1
    assert "train.batch_size was 16 and is 8" in result.stderr


def test_killed_at_any_moment_it_goes_on(tiny_fonts, tmp_path):
    """`kill -9` after more and more time, until a run reaches its end."""
    run = tmp_path / "run"
    command = [sys.executable, "-m", "buzi", "complete", str(tiny_fonts.target), "--reference",
               str(tiny_fonts.reference), "--charset", "".join(map(chr, tiny_fonts.missing)), "--run",
               str(run), *QUICK]  # fmt: skip
    kills = 0
    for patience in (3, 7, 9, 11, 600):
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        try:
            _, errors = process.communicate(timeout=patience)
            break
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            process.communicate()
            kills += 1
            time.sleep(0.2)
    assert kills >= 1
    assert process.returncode in {0, 1}, errors
    rows = [
        json.loads(line) for line in (run / "training" / "metrics.jsonl").read_text().splitlines()
    ]
    steps = [row["step"] for row in rows]
    assert steps == sorted(set(steps))
    assert steps[-1] == 60
    assert (run / "report.html").is_file()
    font = next((run / "fonts").glob("*.ttf"))
    assert open_font(font).missing(tiny_fonts.missing) == ()


def test_the_same_in_python(tiny_fonts, tmp_path):
    settings = buzi.load_settings(None, QUICK[1::2])
    run = buzi.prepare(tiny_fonts.target, tiny_fonts.reference, "".join(map(chr, tiny_fonts.missing)),
                       tmp_path / "run", settings=settings)  # fmt: skip
    assert buzi.train(run).name == "step-00000060"
    buzi.generate(run)
    assert buzi.vectorize(run) == run.ufo
    font = buzi.assemble(run)
    assert buzi.inspect(font, "".join(map(chr, tiny_fonts.missing))).coverage[0].missing == ()
    assert buzi.report(run) == run.report
    assert "</html>" in run.report.read_text(encoding="utf-8")
    assert run.findings.is_file()
    assert buzi.evaluate(run) is not None
    assert buzi.check(font, tiny_fonts.target).glyphs >= len(tiny_fonts.missing)


def points(ufo, name):
    return [(p.x, p.y) for c in ufoLib2.Font.open(ufo)[name].contours for p in c.points]


def test_the_round_trip_with_a_designer(finished, tiny_fonts, tmp_path, capsys):
    """Delivered as .ufoz, edited elsewhere, assembled from there, and never overwritten."""
    from buzi.cli.main import main
    from buzi.pipeline import deliver

    run = tmp_path / "run"
    shutil.copytree(finished[0], run)
    font = next((run / "fonts").glob("*.ttf"))
    assert "Drawn by" not in font.with_name(f"{font.stem}-FONTLOG.txt").read_text(encoding="utf-8")
    for name in ("glyphs.ufoz", "glyphs.ufo", "alone.woff2"):
        deliver(font, run / "new-glyphs.ufo", tmp_path / name)
    assert (tmp_path / "alone.woff2").read_bytes()[:4] == b"wOF2"
    glyphs = ufoLib2.Font.open(tmp_path / "glyphs.ufoz")
    first, second = (f"uni{c:04X}" for c in tiny_fonts.missing[:2])
    glyphs[first].contours[0].points[0].x += 40
    glyphs.save(tmp_path / "edited.ufo")
    assert main(["assemble", str(run), "--glyphs", str(tmp_path / "edited.ufo")]) == 0
    assert "older ones" in capsys.readouterr().out
    assert main(["report", str(run)]) == 0
    edited = points(tmp_path / "edited.ufo", first)
    assert points(run / "new-glyphs.ufo", first) == edited
    assert (run / "new-glyphs.before.ufo" / "metainfo.plist").is_file()
    changed = open_font(font).outline(tiny_fonts.missing[0])
    assert changed != open_font(next((finished[0] / "fonts").glob("*.ttf"))).outline(
        tiny_fonts.missing[0]
    )

    assert main(["vectorize", str(run), "--only", chr(tiny_fonts.missing[0]), "--only", "U+1"]) == 1
    assert main(["vectorize", str(run), "--only", f"U+{tiny_fonts.missing[0]:X}"]) == 0
    assert points(run / "new-glyphs.ufo", first) == edited
    assert main(["vectorize", str(run), "--only", chr(tiny_fonts.missing[0]), "--even-edited"]) == 0
    assert points(run / "new-glyphs.ufo", first) != edited
    assert points(run / "new-glyphs.ufo", second) == points(tmp_path / "edited.ufo", second)


def test_a_ufo_as_target(tiny_fonts, tmp_path):
    """Its font is put into the run folder, and the run goes by that."""
    import ufoLib2

    from buzi.api import prepare
    from buzi.pipeline import load_settings, open_run

    source = open_font(tiny_fonts.target)
    ufo = ufoLib2.Font()
    ufo.info.unitsPerEm, ufo.info.ascender, ufo.info.descender = 1000, 880, -120
    ufo.info.familyName, ufo.info.styleName = "Drawn", "Regular"
    for codepoint in source.cmap:
        glyph = ufo.newGlyph(f"uni{codepoint:04X}")
        glyph.unicodes, glyph.width = [codepoint], source.metrics(codepoint).advance_width
        source.outline_of_gid(source.gid(codepoint)).draw_points(glyph.getPointPen())
    ufo.save(tmp_path / "drawn.ufo")
    settings = load_settings(
        None, ["prepare.hidden=5", "prepare.validation=5", "prepare.image_side=128"]
    )
    run = prepare(tmp_path / "drawn.ufo", tiny_fonts.reference, "".join(map(chr, tiny_fonts.missing)),
                  tmp_path / "run", settings=settings)  # fmt: skip
    made = json.loads((tmp_path / "run" / "target" / "made-from.json").read_text(encoding="utf-8"))
    assert made["what"] == "compiled from drawn.ufo"
    again = open_run(tmp_path / "run")
    assert again.target.name == "Drawn Regular"
    assert again.target.sha256 == run.target.sha256


def test_a_family_killed_at_any_moment_goes_on(tiny_fonts, tmp_path):
    """Two weights by the command line, `kill -9` twice, and each is completed in its own run."""
    for name, thickness in (("Own-Light", 40), ("Own-Bold", 100)):
        build_tiny_font(tmp_path / f"{name}.ttf", name.replace("-", " "), IDEOGRAPHS[:TARGET_COUNT],
                        thickness=thickness, inset=20)  # fmt: skip
    fonts = [str(tmp_path / f"Own-{weight}.ttf") for weight in ("Light", "Bold")]
    command = [sys.executable, "-m", "buzi", "complete", *fonts, "--reference", str(tiny_fonts.reference),
               "--charset", "".join(map(chr, tiny_fonts.missing)), *QUICK]  # fmt: skip
    for patience in (9, 14, 600):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   cwd=tmp_path, encoding="utf-8")  # fmt: skip
        try:
            output, errors = process.communicate(timeout=patience)
            break
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            process.communicate()
            time.sleep(0.2)
    assert process.returncode in {0, 1}, errors
    family = tmp_path / "Own-family-buzi"
    rows = [
        json.loads(line) for line in (family / "training/metrics.jsonl").read_text().splitlines()
    ]
    steps = [row["step"] for row in rows]
    assert steps == sorted(set(steps))
    assert steps[-1] == 60
    for name in ("Own-Light", "Own-Bold"):
        font = next((family / name / "fonts").glob("*.ttf"))
        assert open_font(font).missing(tiny_fonts.missing) == ()
        assert str(family.name) in output
        assert font.name in output

    # More steps for the family, from the command line, reach both runs.
    more = subprocess.run([sys.executable, "-m", "buzi", "train", str(family), "--set", "train.steps=62"],
                          capture_output=True, text=True, check=True, encoding="utf-8")  # fmt: skip
    assert "training" in more.stdout
    for name in ("Own-Light", "Own-Bold"):
        last = max((family / name / "training" / "checkpoints").glob("step-*"))
        assert last.name == "step-00000062"
        redrawn = subprocess.run([sys.executable, "-m", "buzi", "generate", str(family / name)],
                                 capture_output=True, text=True, check=False, encoding="utf-8")  # fmt: skip
        assert redrawn.returncode == 0, redrawn.stderr
