"""The page's words: each is used and in both languages; what the page needs exists."""

from __future__ import annotations

import re
from pathlib import Path

import buzi.web
from buzi.checks import GLYPH_CHECKS
from buzi.reports.wording import WORDINGS
from buzi.web.samples import SAMPLES
from buzi.web.wording import REVIEW_WORDINGS, page_wordings, wording

ROOM = Path(buzi.web.__file__).parent

MADE = ("js_about_", "js_layer_", "js_reason_", "js_sample_", "js_status_", "js_origin_", "js_did_",
        "js_done_", "js_train_", "js_cov_", "js_built_")  # fmt: skip
"""Put together in the scripts."""


def test_every_wording_is_used_and_every_wording_used_exists():
    template = (ROOM / "templates" / "review.html").read_text(encoding="utf-8")
    scripts = "".join(p.read_text(encoding="utf-8") for p in (ROOM / "static").glob("*.js"))
    used = set(re.findall(r"""\bt\("([a-z0-9_]+)"[,)]""", template))
    used |= set(re.findall(r'"(key_[a-z]+)"', template))
    quoted = {"js_" + key for key in re.findall(r'"([a-z_]+)"', scripts)}
    quoted |= {"js_" + key for key in re.findall(r'data-word="([a-z_]+)"', template)}
    unused = {k for k in REVIEW_WORDINGS if k not in used | quoted and not k.startswith(MADE)}
    assert not unused
    assert used <= set(REVIEW_WORDINGS) | set(WORDINGS)
    said = {"js_" + key for key in re.findall(r'word\("([a-z_]+)"', scripts)}
    assert said <= {"js_" + key for key in page_wordings()}


def test_every_check_of_single_glyphs_has_a_reason():
    script = (ROOM / "static" / "glyph.js").read_text(encoding="utf-8")
    for check in GLYPH_CHECKS:
        assert f"js_reason_check_{check.id}" in REVIEW_WORDINGS
        assert f'"{check.id}"' in script


def test_both_languages_take_the_same_values():
    for key, words in REVIEW_WORDINGS.items():
        fields = [set(re.findall(r"{(\w+)}", text)) - {"s"} for text in (words.en, words.zh)]
        assert fields[0] == fields[1], key


def test_the_chinese_is_taiwans():
    text = "".join(words.zh for words in REVIEW_WORDINGS.values())
    for foreign in (
        "字体",
        "字體",
        "缺字数",
        "屏幕",
        "默認",
        "文件",
        "信息",
        "質量",
        "字符集",
        "撤銷",
        "保存",
    ):
        assert foreign not in text
    assert not re.search(r"[一-鿿] [，。：]|[，。：] ", text)


def test_shared_words_are_the_reports():
    assert wording("brand") == "".join(
        f'<span class="w" lang="{language}">{text}</span>'
        for language, text in (("en", "Buzi 補字"), ("zh-Hant-TW", "補字 Buzi"))
    )


def test_the_samples_are_taiwanese_and_of_many_kinds():
    assert [sample.key for sample in SAMPLES] == ["prose", "names", "poem", "signs", "bopomofo"]
    text = "".join(sample.text for sample in SAMPLES)
    for word in ("阿嬤", "騎樓", "蚵仔煎", "鶯歌", "ㄅㄆㄇㄈ"):
        assert word in text
    assert len(set(text)) > 300
