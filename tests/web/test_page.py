"""The page in a real browser: every flow that a font maker takes."""

from __future__ import annotations

import json
import re
import shutil
import time

import pytest
import ufoLib2
from axe_playwright_python.sync_playwright import Axe
from fontTools.ttLib import TTFont
from tests.web.conftest import start_server, wait_until

from buzi.fonts import glyph_name, open_font


def state_of(server, codepoint):
    rows = json.loads(server.ask(f"/{server.token}/api/glyphs")[1])["glyphs"]
    _, confidence, _, _, _, status, origin, note, version, _ = next(
        r for r in rows if r[0] == codepoint
    )
    return {
        "status": status,
        "origin": origin,
        "note": note,
        "version": version,
        "sure": confidence,
    }


def order_of(server):
    return [r[0] for r in json.loads(server.ask(f"/{server.token}/api/glyphs")[1])["glyphs"]]


def cells(page):
    return page.locator("[role=row]:visible [role=gridcell]")


def shown_paths(page):
    return page.eval_on_selector_all(
        "[role=row]:not([hidden]) [role=gridcell] path",
        "all => all.filter(p => p.getAttribute('d')).length",
    )


def test_it_opens_with_the_least_sure_first(open_page, server):
    page = open_page()
    assert "Buzi" in page.title()
    wait_until(lambda: shown_paths(page) == 30, what="outlines")
    labels = page.eval_on_selector_all(
        "[role=gridcell] .code", "all => all.map(e => e.textContent)"
    )
    assert [int(label, 16) for label in labels] == order_of(server)


def test_filters_and_search(open_page, server):
    page = open_page()
    order = order_of(server)
    page.fill("#find", chr(order[7]))
    assert cells(page).count() == 1
    page.fill("#find", f"U+{order[8]:04X}")
    assert cells(page).count() == 1
    assert f"{order[8]:04X}" in cells(page).first.inner_text()
    page.fill("#find", "".join(map(chr, order[:5])) + "ABC")
    assert cells(page).count() == 5
    page.fill("#find", "永")
    assert page.locator("#nothing").is_visible()
    page.fill("#find", "")
    page.select_option("#filter-sure", "0.1")
    assert cells(page).count() == 3
    page.select_option("#filter-sure", "1")
    page.select_option("#filter-status", "flagged")
    assert 0 < cells(page).count() < 30
    page.select_option("#filter-status", "rejected")
    assert cells(page).count() == 0
    page.select_option("#filter-status", "all")
    page.select_option("#sort", "codepoint")
    assert f"{min(order):04X}" in cells(page).first.inner_text()
    page.select_option("#filter-charset", "0")
    assert cells(page).count() == 30


def test_components_filter(open_page, server):
    from buzi.web.components import all_components

    page = open_page()
    part, having = next(
        (part, having)
        for part in "口人丁二"
        if 0 < len(having := [c for c in order_of(server) if part in all_components(chr(c))]) < 30
    )
    page.fill("#filter-part", part)
    wait_until(lambda: cells(page).count() == len(having), what="the filter")


def test_approve_and_reject_by_key_then_undo(open_page, server):
    page = open_page()
    order = order_of(server)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("a")
    wait_until(lambda: state_of(server, order[1])["status"] == "approved")
    page.wait_for_selector(".glyph-cell.approved")
    page.wait_for_selector(f".glyph-cell.current:has-text('{order[2]:04X}')")  # on to the next
    page.keyboard.press("r")
    wait_until(lambda: state_of(server, order[2])["status"] == "rejected")
    page.wait_for_selector(".glyph-cell.rejected")
    page.keyboard.press("u")
    wait_until(lambda: state_of(server, order[2])["status"] == "open")
    page.keyboard.press("Control+z")
    wait_until(lambda: state_of(server, order[1])["status"] == "open")
    page.keyboard.press("Shift+U")
    wait_until(lambda: state_of(server, order[1])["status"] == "approved")
    page.click("#undo")
    wait_until(lambda: state_of(server, order[1])["status"] == "open")
    assert cells(page).count() == 30


def test_one_glyph_its_layers_and_its_neighbours(open_page, server):
    page = open_page()
    codepoint = order_of(server)[6]
    page.fill("#find", chr(codepoint))
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.wait_for_selector("#large-picture .points .on")
    assert f"U+{codepoint:04X}" in page.inner_text("#glyph-title")
    assert page.locator("#layers .layer").count() == 5
    about = set()
    for key in "12345":
        page.keyboard.press(key)
        about.add(page.inner_text("#large-about"))
    assert len(about) == 5
    assert page.locator("#large-picture image").count() == 1
    pictures = page.eval_on_selector_all(
        "#layers image", "all => all.map(i => i.getAttribute('href'))"
    )
    for address in pictures:
        assert server.ask(f"/{server.token}/{address}")[0] == 200
    page.wait_for_selector("#reasons li")
    page.keyboard.press("Escape")
    page.wait_for_selector("#view-glyphs:not([hidden])")


def test_a_note_is_kept(open_page, server):
    codepoint = order_of(server)[9]
    page = open_page(f"#glyph={codepoint:X}")
    page.wait_for_selector("#reasons li")
    page.keyboard.press("n")
    page.keyboard.type("勾再短一點 <b>")
    page.keyboard.press("Escape")
    wait_until(lambda: state_of(server, codepoint)["note"] == "勾再短一點 <b>")
    page.reload()
    page.wait_for_selector("#reasons li")
    assert page.input_value("#note") == "勾再短一點 <b>"


@pytest.mark.parametrize("answer", ["approve", "reject"])
def test_a_tap_on_an_answer_keeps_the_note_and_the_answer(open_page, server, answer):
    """A finger leaves the note and answers in one moment."""
    codepoint = order_of(server)[{"approve": 11, "reject": 12}[answer]]
    page = open_page(f"#glyph={codepoint:X}", has_touch=True)
    page.wait_for_selector("#reasons li")
    page.tap("#note")
    page.keyboard.type("勾太短")
    page.tap(f"#{answer}")
    status = {"approve": "approved", "reject": "rejected"}[answer]
    wait_until(lambda: state_of(server, codepoint)["status"] == status)
    assert state_of(server, codepoint)["note"] == "勾太短"


@pytest.mark.parametrize("leave", ["back", "hash", "reload"])
def test_a_note_that_is_left_at_once_is_kept(open_page, server, leave):
    order = order_of(server)
    codepoint = order[{"back": 13, "hash": 14, "reload": 15}[leave]]
    page = open_page()
    page.evaluate(f"location.hash = '#glyph={codepoint:X}'")
    page.wait_for_selector("#reasons li")
    page.keyboard.press("n")
    page.keyboard.type(f"{leave} 太快")
    if leave == "back":
        page.go_back()
    elif leave == "hash":
        page.evaluate(f"location.hash = '#glyph={order[16]:X}'")
    else:
        page.reload()
    wait_until(lambda: state_of(server, codepoint)["note"] == f"{leave} 太快")
    assert state_of(server, order[16])["note"] == ""


def test_a_glyph_that_cannot_be_read_is_not_another_one(open_page, server):
    order = order_of(server)
    page = open_page(f"#glyph={order[17]:X}")
    page.wait_for_selector("#large-picture .points .on")
    page.route(
        f"**/api/glyph/{order[18]:x}",
        lambda route: route.fulfill(status=422, json={"error": "the GLIF is damaged"}),
    )
    page.evaluate(f"location.hash = '#glyph={order[18]:X}'")
    page.wait_for_selector("#reasons:has-text('cannot be read')")
    assert page.locator("#large-picture path").count() == 0
    page.keyboard.press("a")
    page.wait_for_timeout(300)
    assert state_of(server, order[18])["status"] == "open"
    assert any("422" in complaint for complaint in open_page.complaints)
    open_page.complaints.clear()


def test_keys_faster_than_the_server_answer_one_glyph_each(open_page, server):
    order = order_of(server)
    page = open_page()

    def late(route):
        time.sleep(0.3)
        route.continue_()

    page.route("**/api/answer", late)
    page.keyboard.press("End")
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    for key in ("A", "a", "a"):  # Caps Lock on, and off
        page.keyboard.press(key)
    for _ in range(100):  # the page's requests come through us, so we must not sleep
        if all(state_of(server, c)["status"] == "approved" for c in order[-4:-1]):
            break
        page.wait_for_timeout(100)
    assert [state_of(server, c)["status"] for c in order[-4:-1]] == ["approved"] * 3
    page.unroute("**/api/answer")
    for _ in range(3):
        page.click("#undo")
    wait_until(lambda: all(state_of(server, c)["status"] == "open" for c in order[-4:-1]))


def test_to_approve_all_shown_overturns_no_rejection(open_page, server):
    order = order_of(server)
    page = open_page()
    page.on("dialog", lambda dialog: dialog.accept())
    page.keyboard.press("End")
    page.keyboard.press("r")
    wait_until(lambda: state_of(server, order[-1])["status"] == "rejected")
    page.click("#approve-shown")
    wait_until(lambda: state_of(server, order[-2])["status"] == "approved")
    assert state_of(server, order[-1])["status"] == "rejected"
    page.click("#undo")
    wait_until(lambda: state_of(server, order[-2])["status"] == "open")
    page.click("#undo")
    wait_until(lambda: state_of(server, order[-1])["status"] == "open")


def test_redo_shows_candidates_and_the_chosen_one_is_drawn(open_page, server):
    codepoint = order_of(server)[10]
    page = open_page(f"#glyph={codepoint:X}")
    page.wait_for_selector("#large-picture .points .on")
    before = page.get_attribute("#large-picture > svg > path", "d")
    page.keyboard.press("d")
    page.wait_for_selector("button.candidate", timeout=90_000)
    names = page.locator(".candidate .what").all_inner_texts()
    assert names[0] == "as it is now"
    assert any("JP" in name for name in names)
    number = next(i for i, name in enumerate(names) if "JP" in name)
    chosen = page.get_attribute(f"button.candidate:nth-child({number + 1}) path", "d")
    page.keyboard.press(str(number))
    page.wait_for_function(
        "d => document.querySelector('#large-picture > svg > path').getAttribute('d') === d",
        arg=chosen,
    )
    assert chosen != before
    assert state_of(server, codepoint)["origin"] == "chosen"
    page.keyboard.press("u")
    page.wait_for_function(
        "d => document.querySelector('#large-picture > svg > path').getAttribute('d') === d",
        arg=before,
    )
    assert state_of(server, codepoint)["origin"] == "drawn"


def edit_outside(server, codepoint):
    ufo = ufoLib2.Font.open(server.run / "new-glyphs.ufo")
    glyph = ufo[glyph_name(codepoint)]
    glyph.clearContours()
    pen = glyph.getPen()
    pen.moveTo((100, 100))
    pen.lineTo((700, 100))
    pen.lineTo((400, 813))
    pen.closePath()
    ufo.save()


TRIANGLE = "m100 780h600l-300-713z"


def test_an_edit_outside_is_seen_on_the_open_page(open_page, server):
    codepoint = order_of(server)[11]
    page = open_page(f"#glyph={codepoint:X}")
    page.wait_for_selector("#large-picture .points .on")
    page.keyboard.press("e")
    page.wait_for_selector("#editing:not([hidden])")
    assert glyph_name(codepoint) in page.inner_text("#editing")
    edit_outside(server, codepoint)
    page.wait_for_function(
        "() => document.querySelectorAll('#large-picture .points .on').length === 3", timeout=15_000
    )
    assert page.get_attribute("#large-picture > svg > path", "d") == TRIANGLE
    assert "edited by hand" in page.inner_text("#glyph-facts")
    page.keyboard.press("Escape")
    page.wait_for_selector(".glyph-cell.from-edited")


def test_typed_text_is_set_in_the_font_as_it_stands(open_page, server):
    codepoint, other = order_of(server)[12], order_of(server)[13]
    page = open_page("#text")
    page.fill("#typed", f"{chr(codepoint)}一丁{chr(other)}永")
    page.wait_for_selector("#set-completed[data-font]", timeout=60_000)
    assert page.locator("#set-completed .new").count() == 2
    assert page.locator("#set-completed .lacking").inner_text() == "永"
    assert "永" in page.inner_text("#text-lacking")
    first = page.get_attribute("#set-completed", "data-font")

    def ink():
        """Ink of the new character, as the browser paints it in the completed font."""
        return page.evaluate(
            """c => { const canvas = new OffscreenCanvas(120, 120), context = canvas.getContext('2d');
            context.font = '100px Completed'; context.fillText(c, 10, 100);
            return context.getImageData(0, 0, 120, 120).data.filter((v, i) => i % 4 === 3 && v > 127).length; }""",
            chr(codepoint),
        )

    before = ink()
    assert before > 100
    edit_outside(server, codepoint)
    page.wait_for_function(
        "n => document.querySelector('#set-completed').dataset.font !== n",
        arg=first,
        timeout=60_000,
    )
    after = wait_until(lambda: abs(ink() - 2139) < 60 and ink(), what="the triangle in the text")
    assert after != before
    page.wait_for_selector("#set-reference[data-characters]", timeout=60_000)
    page.select_option("#direction", "down")
    assert (
        page.eval_on_selector("#set-completed", "e => getComputedStyle(e).writingMode")
        == "vertical-rl"
    )
    page.uncheck("#tint-new")
    assert page.eval_on_selector(
        "#set-completed .new", "e => getComputedStyle(e).color"
    ) == page.eval_on_selector("#set-completed", "e => getComputedStyle(e).color")
    page.uncheck("#beside")
    assert not page.locator("#set-reference").is_visible()


def test_export_downloads_a_font_with_the_approved_glyphs(open_page, server, tmp_path):
    codepoint = order_of(server)[14]
    page = open_page(f"#glyph={codepoint:X}")
    page.wait_for_selector("#reasons li")
    page.click("#approve")
    wait_until(lambda: state_of(server, codepoint)["status"] == "approved")
    page.click("#tabs a[href='#export']")
    page.wait_for_selector(".charset")
    page.click("#build-approved")
    page.wait_for_selector("#exports li.built a", timeout=60_000)
    names = []
    for link in page.locator("#exports li.built a").all():
        with page.expect_download() as waiting:
            link.click()
        path = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(path)
        names.append(path.suffix)
        assert codepoint in TTFont(path).getBestCmap()
    assert sorted(names) == [".ttf", ".woff2"]
    approved = [c for c in order_of(server) if state_of(server, c)["status"] == "approved"]
    font = open_font(next(tmp_path.glob("*.ttf")))
    assert {c for c in order_of(server) if font.has(c)} == set(approved)


def test_two_tabs_do_not_lose_each_others_work(open_page, server):
    codepoint = order_of(server)[16]
    first, second = open_page(f"#glyph={codepoint:X}"), open_page(f"#glyph={codepoint:X}")
    for page in (first, second):
        page.wait_for_selector("#reasons li")
    # The second tab hears nothing for a while, as a sleeping laptop would.
    second.context.set_offline(True)
    first.click("#approve")
    wait_until(lambda: state_of(server, codepoint)["status"] == "approved")
    second.wait_for_selector("#offline:not([hidden])")
    second.click("#reject")  # does not arrive, and says so
    assert state_of(server, codepoint)["status"] == "approved"
    second.context.set_offline(False)
    second.wait_for_function(
        "() => document.querySelector('#view-glyph').dataset.status === 'approved'", timeout=20_000
    )
    assert state_of(server, codepoint)["status"] == "approved"


def test_what_one_tab_answers_the_other_shows_and_stale_answers_are_refused(open_page, server):
    codepoint = order_of(server)[17]
    first, second = open_page(), open_page()
    second.fill("#find", chr(codepoint))
    first.fill("#find", chr(codepoint))
    first.keyboard.press("Enter")
    first.keyboard.press("a")
    second.wait_for_selector(".glyph-cell.approved")
    stale = json.dumps({"glyphs": [[codepoint, 0]], "status": "rejected"})
    status = second.evaluate(
        "body => fetch('api/answer', {method: 'POST', headers: {'content-type': 'application/json'}, body}).then(r => r.status)",
        stale,
    )
    assert status == 409
    assert state_of(server, codepoint)["status"] == "approved"


def test_the_server_killed_and_started_again(open_page, finished_run, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(finished_run, run)
    one = start_server(run)
    page = open_page(url=one.url)
    order = order_of(one)
    page.keyboard.press("a")
    page.wait_for_selector(f".glyph-cell.current:has-text('{order[1]:04X}')")  # it has heard
    assert state_of(one, order[0])["status"] == "approved"
    one.kill()
    page.wait_for_selector("#offline:not([hidden])", timeout=15_000)
    page.keyboard.press("a")  # goes nowhere, and is said
    two = start_server(run, port=one.port)
    try:
        assert two.url == one.url
        page.wait_for_selector("#offline", state="hidden", timeout=30_000)
        assert state_of(two, order[0])["status"] == "approved"
        assert state_of(two, order[1])["status"] == "open"
        page.keyboard.press("a")
        wait_until(lambda: state_of(two, order[1])["status"] == "approved")
    finally:
        two.stop()


def test_an_answer_cut_off_before_its_end_is_not_lost(open_page, server):
    page = open_page()
    order = order_of(server)
    page.evaluate(
        """() => {
          const real = window.fetch;
          window.fetch = async (...asked) => {
            await real(...asked);
            const cut = (stream) => stream.error(new TypeError("Failed to fetch"));
            return new Response(new ReadableStream({ start: cut }));
          };
          window.mend = () => { window.fetch = real; };
        }"""
    )
    page.keyboard.press("a")
    page.wait_for_selector("#offline:not([hidden])")  # the server took it, the page cannot know
    page.wait_for_selector(f".glyph-cell.approved:has-text('{order[0]:04X}')")  # until it is told
    page.evaluate("mend()")
    page.keyboard.press("a")
    page.wait_for_selector(f".glyph-cell.current:has-text('{order[1]:04X}')")
    page.wait_for_selector("#offline", state="hidden")
    assert state_of(server, order[0])["status"] == "approved"
    assert state_of(server, order[1])["status"] == "open"


def test_training_starts_pauses_at_a_checkpoint_and_resumes(open_page, finished_run, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(finished_run, run)
    server = start_server(run)
    try:
        page = open_page("#training", url=server.url)
        page.wait_for_selector("#sheet[src]")
        page.fill("#train-minutes", "30")
        page.click("#train-start")
        page.wait_for_selector("#train-state[data-state=running]", timeout=60_000)
        wait_until(lambda: page.locator("#curves figure").count() > 2, 60, "curves")
        step = wait_until(
            lambda: int(re.search(r"step ([\d,]+)", page.inner_text("#train-facts"))[1].replace(",", "")) > 40
            and page.inner_text("#train-facts"), 60, "steps",
        )  # fmt: skip
        assert "glyphs a second" in step
        page.click("#train-pause")
        page.wait_for_selector("#train-state[data-state=paused]", timeout=60_000)
        paused = json.loads((run / "training" / "progress.json").read_text(encoding="utf-8"))
        last = max((run / "training" / "checkpoints").iterdir())
        assert int(last.name.removeprefix("step-")) == paused["step"]
        assert "train" not in json.loads((run / "stages.json").read_text(encoding="utf-8"))
        page.click("#train-start")
        page.wait_for_selector("#train-state[data-state=running]", timeout=60_000)
        wait_until(
            lambda: json.loads(server.ask(f"/{server.token}/api/training")[1])["progress"]["step"]
            > paused["step"], 60, "more steps",
        )  # fmt: skip
    finally:
        server.stop()  # pauses the training, too
    wait_until(
        lambda: json.loads((run / "training" / "progress.json").read_text(encoding="utf-8"))["state"]
        == "paused", 60, "the training's end",
    )  # fmt: skip


@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize(("locale", "width"), [("en-US", 1280), ("zh-TW", 390)])
def test_axe_finds_nothing_serious(open_page, server, look, locale, width):
    order = order_of(server)
    page = open_page(color_scheme=look, locale=locale, viewport={"width": width, "height": 844})
    for view in ("#glyphs", f"#glyph={order[3]:X}", "#text", "#training", "#export"):
        page.evaluate("hash => { location.hash = hash; }", view)
        page.wait_for_timeout(700)
        results = Axe().run(page, options={"resultTypes": ["violations"]}).response
        grave = [
            (
                v["id"],
                v["impact"],
                [n["target"] for n in v["nodes"]][:4],
                v["nodes"][0].get("failureSummary"),
            )
            for v in results["violations"]
            if v["impact"] in {"serious", "critical"}
        ]
        assert grave == [], view
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1"), view


def test_axe_would_find_something(open_page, server):
    """The test above can fail: a nameless button is seen."""
    page = open_page()
    page.evaluate("() => document.querySelector('main').append(document.createElement('button'))")
    results = Axe().run(page).response
    assert "button-name" in {v["id"] for v in results["violations"]}


def test_the_browsers_language_is_chosen_and_can_be_switched(open_page):
    page = open_page(locale="zh-TW")
    assert page.locator("#tabs a").first.inner_text() == "看字"
    assert page.evaluate("document.documentElement.lang") == "zh-Hant-TW"
    page.click("#language")
    assert page.locator("#tabs a").first.inner_text() == "Glyphs"
    page.reload()
    page.wait_for_selector("body[data-ready]")
    assert page.locator("#tabs a").first.inner_text() == "Glyphs"
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.click("#theme")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != background


def test_nothing_is_asked_for_from_elsewhere(open_page, server):
    page = open_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    for view in ("#text", "#training", "#export", "#glyphs"):
        page.evaluate("hash => { location.hash = hash; }", view)
        page.wait_for_timeout(500)
    page.reload()
    page.wait_for_selector("body[data-ready]")
    assert asked
    assert all(url.startswith((server.url, "blob:")) for url in asked)


def test_the_keys_are_told(open_page):
    page = open_page()
    page.keyboard.press("?")
    page.wait_for_selector("#keys[open]")
    assert page.locator("#keys dt").count() >= 12
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.wait_for_timeout(100)
    assert page.evaluate("document.activeElement.id") == "find"
