"""Every sentence of the page, in English and in Traditional Chinese as written in Taiwan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

LANGUAGES = ("en", "zh-Hant-TW")


@dataclass(frozen=True, slots=True)
class Wording:
    """One sentence in both languages; ``{name}`` stands for a value.

    ``{s}`` in English becomes an s where the value ``n`` is not 1.
    """

    en: str
    zh: str


def wording(key: str, **values: Any) -> Markup:
    """A sentence in both languages, the page showing one; every value is escaped.

    Raises:
        KeyError: no such sentence, or a value that it needs is missing.
    """
    return in_both(WORDINGS[key], **values)


def in_both(words: Wording, **values: Any) -> Markup:
    """A sentence's two languages as elements, of which the page shows one."""
    shown = {name: f"{v:,}" if isinstance(v, int) else v for name, v in values.items()}
    plural = "" if values.get("n") == 1 else "s"
    both = [
        Markup('<span class="w" lang="{}">{}</span>').format(
            language,
            Markup(text).format(s=plural, **shown),  # noqa: S704 (our own words; values are escaped)
        )
        for language, text in zip(LANGUAGES, (words.en, words.zh), strict=True)
    ]
    return Markup("").join(both)


def known_wording(prefix: str, name: str) -> Markup:
    """A name that another room gave, in both languages where we know it, else as it is."""
    key = f"{prefix}_{name}"
    return wording(key) if key in WORDINGS else escape(name)


_CLASS_WORDS = {
    "Latin": "拉丁", "Greek": "希臘", "Cyrillic": "西里爾", "Hangul": "諺文", "Thai": "泰文",
    "Fullwidth": "全形", "Halfwidth": "半形", "full-width": "全形", "capitals": "大寫字母",
    "small letters": "小寫字母", "letters": "字母", "digits": "數字", "brackets": "括號",
    "punctuation": "標點", "symbols": "符號", "hiragana": "平假名", "katakana": "片假名",
    "kana": "假名", "bopomofo": "注音", "tone marks": "聲調符號", "combining marks": "組合符號",
    "ideographs": "漢字", "proportional": "比例寬的字",
}  # fmt: skip
"""Words that the names of spacing classes are made of, in Chinese."""


def class_wording(name: str) -> Markup:
    """The name of a spacing class (``full-width Latin capitals``) in both languages."""
    chinese = name.replace("full-width Fullwidth", "Fullwidth")
    for english in sorted(_CLASS_WORDS, key=len, reverse=True):
        chinese = chinese.replace(english, _CLASS_WORDS[english])
    return in_both(Wording("{name}", "{chinese}"), name=name, chinese=chinese.replace(" ", ""))


def script_wordings(wordings: Mapping[str, Wording] | None = None) -> dict[str, list[str]]:
    """The sentences that a page's script sets: key → [English, Chinese]."""
    chosen = WORDINGS if wordings is None else wordings
    return {k[3:]: [w.en, w.zh] for k, w in chosen.items() if k.startswith("js_")}


WORDINGS: dict[str, Wording] = {
    # The frame
    "brand": Wording("Buzi 補字", "補字 Buzi"),
    "title": Wording("{n} new character{s} for {font}", "為 {font} 補上 {n} 字"),
    "byline": Wording("Drawn by Buzi {version} on {date}", "Buzi {version} 繪製，{date}"),
    "after": Wording("after {reference}", "字樣參考 {reference}"),
    "nav_text": Wording("In use", "排字"),
    "nav_quality": Wording("How close", "像不像"),
    "nav_glyphs": Wording("New glyphs", "新字"),
    "nav_checks": Wording("Checks", "檢查"),
    "nav_run": Wording("The run", "過程"),
    "theme": Wording("Light / dark", "明／暗"),
    "no_script": Wording(
        "The glyph tables need JavaScript; nothing is loaded from elsewhere.",
        "字符表需要 JavaScript 才能顯示；本頁不會向外連線。",
    ),
    # Verdict
    "grade_failed": Wording(
        "Do not ship this yet: a check failed. See the findings below.",
        "先別發布：有檢查沒通過，詳見下方檢查結果。",
    ),
    "grade_unmeasured": Wording(
        "Not measured: no character was hidden in this run, so trust your eye alone.",
        "未經測量：這次沒有保留驗證用的字，只能靠你的眼睛判斷。",
    ),
    "grade_untaught": Wording(
        "Not there yet. The drawn glyphs are hardly closer to the designer’s than the "
        "reference copied as it is. Train longer.",
        "還不行。畫出來的字和直接照搬參考字型相去不遠，請延長訓練時間。",
    ),
    "grade_draft": Wording(
        "A draft. The hand of the typeface is recognisable; expect to redraw part of it.",
        "算是草稿。看得出這套字型的筆調，但有一部分得重畫。",
    ),
    "grade_good": Wording(
        "In the hand of the typeface. Look through the doubtful glyphs before you ship.",
        "筆調一致。發布前，請把比較沒把握的字看過一遍。",
    ),
    "grade_excellent": Wording(
        "It reads as one hand: as close to the designer’s own glyphs as two professionals "
        "drawing the same design are to each other.",
        "宛如同一人所畫：和設計師原作的差距，不比兩位專業設計師畫同一套字的差距大。",
    ),
    "measured": Wording(
        "{n} glyph{s} of the font were hidden from Buzi and drawn anew. {broken} came out broken, "
        "and {damaged} have a stretch of stroke lost or stray. On average their contours run "
        "{distance} thousandths of an em from where the designer put them; the reference copied "
        "as it is would be {copied} away.",
        "我們把字型裡的 {n} 個字藏起來，讓 Buzi 重畫一次：{broken} 個走樣，{damaged} 個有缺筆或"
        "多筆。輪廓與設計師原作平均相距 {distance}（以千分之一 em 計）；若直接照搬參考字型，"
        "則相距 {copied}。",
    ),
    "fact_added": Wording("character{s} added", "新增字數"),
    "fact_broken": Wording("of {n} hidden glyphs broken", "{n} 個驗證字裡走樣"),
    "fact_damaged": Wording("with a stroke lost or stray", "有缺筆或多筆"),
    "fact_distance": Wording("thousandths of an em from the designer", "與原作的輪廓距離（‰ em）"),
    "fact_checks": Wording("checks failed", "項檢查未通過"),
    "ruler_own": Wording("the designer’s own", "設計師原作"),
    "ruler_sister": Wording("same designer’s sister font", "同一設計師的姊妹字型"),
    "ruler_professionals": Wording("two professionals, one design", "兩位設計師畫同一套"),
    "ruler_drawn": Wording("this font", "本字型"),
    "ruler_copied": Wording("reference copied", "照搬參考字型"),
    "ruler_caption": Wording(
        "Mean distance between contours, in thousandths of an em.",
        "輪廓平均距離，單位為千分之一 em。",
    ),
    # In use
    "text_heading": Wording("Set in the completed font", "用補好的字型排字"),
    "text_lead": Wording(
        "These lines are live text in the font itself, cut down to the characters shown.",
        "以下都是真正的文字，用補好的字型排成（只內嵌頁面用到的字）。",
    ),
    "tint": Wording("Mark the new characters", "標出新補的字"),
    "size": Wording("Size", "字級"),
    "horizontal": Wording("Horizontal", "橫排"),
    "vertical": Wording("Vertical", "直排"),
    "bopomofo": Wording("Bopomofo", "注音符號"),
    "cast": Wording("New characters in a row", "新字排成一列"),
    "lacking": Wording(
        "Characters underlined with dots are not in the font; your system shows them.",
        "加點底線的字不在這套字型裡，是由系統字型代為顯示。",
    ),
    # Coverage
    "coverage_heading": Wording("Coverage", "收字範圍"),
    "coverage_lead": Wording(
        "Before and after, for each set of characters that was asked for.",
        "各字集補字前後的收字情形。",
    ),
    "wanted": Wording("characters", "字數"),
    "before": Wording("before", "補字前"),
    "after_completion": Wording("after", "補字後"),
    "still_missing": Wording("still missing", "仍缺"),
    "left_out": Wording(
        "{n} character{s} could not be drawn, for the reference lacks them too:",
        "有 {n} 字無法補上，因為參考字型也沒有：",
    ),
    # Quality
    "quality_heading": Wording("How close to the designer", "離原作多近"),
    "quality_lead": Wording(
        "Hidden glyphs took part in nothing: not in training, not in choosing the network. "
        "What you see was drawn from the built font, as a reader would get it.",
        "藏起來的字不參與訓練，也不參與挑選模型。這裡看到的，是從做好的字型檔裡畫出來的，"
        "和讀者看到的一模一樣。",
    ),
    "figure": Wording("Figure", "指標"),
    "drawn": Wording("Drawn", "補字結果"),
    "copied": Wording("Reference copied", "照搬參考字型"),
    "interval": Wording("95 % interval", "95 % 信賴區間"),
    "fig_broken": Wording("Broken glyphs", "筆畫走樣的字"),
    "fig_broken_note": Wording(
        "A twentieth of the strokes or more runs over {limit} ‰ em from where it belongs.",
        "有二十分之一以上的筆畫，偏離應在的位置超過 {limit}‰ em。",
    ),
    "fig_damaged": Wording("A stroke lost or stray", "有缺筆或多筆的字"),
    "fig_damaged_note": Wording(
        "Stricter: even one short stretch of stroke is gone, or stands where none belongs.",
        "標準更嚴：只要有一小段筆畫不見，或多出一小段，就算。",
    ),
    "fig_outline_distance": Wording("Distance of contours, ‰ em", "輪廓距離（‰ em）"),
    "fig_outline_distance_note": Wording(
        "From each point of a contour to the nearest contour of the other glyph, averaged.",
        "輪廓上每一點到另一個字最近輪廓的平均距離。",
    ),
    "fig_outline_p95": Wording("… its 95 % point", "……其 95 百分位"),
    "fig_outline_p95_note": Wording(
        "One stretch of contour in twenty is further off than this.",
        "每二十段輪廓約有一段偏得比這更多。",
    ),
    "fig_iou": Wording("Shared ink (IoU)", "墨色重疊率（IoU）"),
    "fig_iou_note": Wording(
        "Ink that both have, of the ink that either has. Thin strokes make it strict.",
        "兩者共有的墨色占全部墨色的比例；筆畫越細，標準越嚴。",
    ),
    "fig_l1": Wording("Grey difference (L1)", "灰階差異（L1）"),
    "fig_l1_note": Wording(
        "Mean difference of coverage over the em square.", "整個 em 方框內覆蓋率的平均差異。"
    ),
    "fig_ssim": Wording("Structural similarity (SSIM)", "結構相似度（SSIM）"),
    "fig_ssim_note": Wording("1 is identical.", "1 為完全相同。"),
    "fig_missing": Wording("Missing strokes, ‰ em", "缺筆（‰ em）"),
    "fig_missing_note": Wording(
        "How far the designer’s strokes run from drawn ink.", "原作筆畫離補字墨色多遠。"
    ),
    "fig_extra": Wording("Extra strokes, ‰ em", "多筆（‰ em）"),
    "fig_extra_note": Wording(
        "How far the drawn strokes run from the designer’s ink.", "補字筆畫離原作墨色多遠。"
    ),
    "fig_topology_ok": Wording("Right pieces and counters", "部件與字腔數正確"),
    "fig_topology_ok_note": Wording(
        "As many pieces of ink and as many counters as the designer’s.",
        "分離的墨塊數與封閉的字腔數皆與原作相同。",
    ),
    "fig_points": Wording("Points, against the designer’s", "控制點數（相對於原作）"),
    "fig_points_note": Wording(
        "On- and off-curve points; near 1 is as easy to edit.",
        "曲線上與曲線外的控制點；越接近 1，越好編修。",
    ),
    "fig_touch_up": Wording("Would ship as they are", "可直接使用的比例"),
    "fig_touch_up_note": Wording(
        "No finding of any check, nothing broken, no stroke lost or stray.",
        "所有檢查皆無意見，且沒有走樣、缺筆或多筆。",
    ),
    "fig_told_apart": Wording("Told apart from the designer’s", "與原作分辨得出來嗎"),
    "fig_told_apart_note": Wording(
        "How well a freshly trained classifier tells them; 0.5 is not at all, 1 always.",
        "重新訓練的分類器能否分辨；0.5 為分不出來，1 為全部分得出來。",
    ),
    "fig_stems_vertical": Wording("Unevenness of upright stems", "直筆粗細不均的程度"),
    "fig_stems_vertical_note": Wording(
        "Spread of their widths over the designer’s; 1 is as even.",
        "粗細的離散程度，除以原作；1 為同樣均勻。",
    ),
    "fig_stems_horizontal": Wording("Unevenness of level strokes", "橫筆粗細不均的程度"),
    "fig_stems_horizontal_note": Wording(
        "Spread of their widths over the designer’s; 1 is as even.",
        "粗細的離散程度，除以原作；1 為同樣均勻。",
    ),
    "legend_true": Wording("designer’s own", "設計師原作"),
    "legend_drawn": Wording("drawn", "補字結果"),
    "legend_both": Wording("both", "兩者重疊"),
    "order": Wording("Order", "排序"),
    "only_broken": Wording("only broken or damaged", "只看走樣、缺筆、多筆"),
    "points_heading": Wording("Outlines and their points", "輪廓與節點"),
    "points_lead": Wording(
        "Hidden glyphs as a font editor shows them, at even steps from the worst to the best by "
        "shared ink. Squares lie on the outline, diamonds are handles.",
        "藏起來的字在字型編輯軟體裡的樣子，按重疊程度由差到好等距取樣。方塊是輪廓上的節點，"
        "菱形是控制點。",
    ),
    "points_count": Wording("{n} points", "{n} 點"),
    # New glyphs
    "glyphs_heading": Wording("Every new glyph", "每一個新字"),
    "glyphs_lead": Wording(
        "Drawn from the outlines of the built font; the small one is the reference’s, which "
        "Buzi was shown. Choose a glyph to see it large.",
        "大字取自做好的字型輪廓，小字是給 Buzi 看的參考字型。點任一字可放大。",
    ),
    "calibration": Wording(
        "Of the {all} hidden glyphs {broken} are broken or damaged; of the {reviewed} that Buzi "
        "was least sure of, {found}.",
        "藏起來的 {all} 個字裡，有 {broken} 個走樣、缺筆或多筆；Buzi 最沒把握的 {reviewed} 個字裡"
        "就占了 {found} 個。",
    ),
    "least_sure_marked": Wording("the tenth that Buzi is least sure of", "Buzi 最沒把握的一成"),
    "show_reference": Wording("Show the reference", "顯示參考字型"),
    "find": Wording("Find a character", "找字"),
    # Checks
    "checks_heading": Wording("Checks of the font file", "字型檔檢查"),
    "checks_clean": Wording("Nothing was found.", "沒有發現問題。"),
    "checks_passed": Wording("{n} check{s} found nothing:", "{n} 項檢查沒有發現問題："),
    "severity_fail": Wording("failed", "未通過"),
    "severity_warn": Wording("warning", "警告"),
    "severity_info": Wording("note", "備註"),
    "more_findings": Wording("{n} more of this check", "同一檢查另有 {n} 筆"),
    # The run
    "run_heading": Wording("The run", "過程"),
    "spacing_heading": Wording("Spacing", "字距"),
    "spacing_lead": Wording(
        "Proportional characters are spaced as the font spaces their siblings. By class: how far "
        "the advance widths of characters hidden from the rule are from the designer's, in 1/1000 "
        "em; after the stroke, how far those of the reference would be.",
        "比例寬的字照字型裡同類的字來排。各類的數字是：對規則隱藏起來的字，其字寬與設計師的相差多少"
        "（千分之一 em）；斜線後則是直接沿用參考字型字寬時的差距。",
    ),
    "pairs_heading": Wording("Pairs", "字對"),
    "pairs_trained on": Wording("trained on", "用於訓練"),
    "pairs_validation": Wording("set aside to choose the network", "用於挑選模型"),
    "pairs_hidden": Wording("hidden, to measure with", "藏起來，用於驗證"),
    "pairs_left out, shapes differ": Wording(
        "left out: no regional form has the same shape", "未採用：各地字形皆不相符"
    ),
    "pairs_hidden, came out blank": Wording("hidden, came out blank", "藏起來、畫出來卻是空白"),
    "curve_heading": Wording("Learning curve", "學習曲線"),
    "curve_lead": Wording(
        "Figures logged {n} time{s} in {steps} steps.",
        "訓練共 {steps} 步，其間記錄 {n} 次。",
    ),
    "times_heading": Wording("Time", "所需時間"),
    "stage_prepare": Wording("prepare", "準備字對"),
    "stage_train": Wording("train", "訓練"),
    "stage_generate": Wording("generate", "繪製"),
    "stage_vectorize": Wording("vectorize", "描邊"),
    "stage_assemble": Wording("assemble", "組成字型"),
    "stage_check": Wording("check", "檢查"),
    "stage_evaluate": Wording("evaluate", "量測"),
    "stage_report": Wording("report", "報告"),
    "times_total": Wording("{time} in all", "共 {time}"),
    "settings_heading": Wording("Settings", "設定"),
    # Licence and provenance
    "licence_heading": Wording("Licence and provenance", "授權與來歷"),
    "duty": Wording(
        "The completed font is a modified version of {target}. You may only share it as that "
        "font’s licence allows; under the SIL Open Font License that means: the same licence, "
        "another name where a name is reserved, and the copyright lines kept. Whether you may "
        "complete the font at all is for you to make sure of.",
        "補好的字型是 {target} 的修改版本，能否散布取決於原字型的授權。若為 SIL 開放字型授權"
        "（OFL），須沿用相同授權、遇保留名稱須改名，並保留著作權聲明。是否有權補字，請自行確認。",
    ),
    "provenance": Wording(
        "The {n} character{s} below were drawn by a machine, by Buzi {version} on {date}: a "
        "network trained on the font’s own glyphs, shown each character in {reference}. In the "
        "UFO each of them says so. All other glyphs are {target}’s own.",
        "以下 {n} 字由機器繪製：Buzi {version} 於 {date} 以原字型的字訓練神經網路，並以 "
        "{reference} 為字樣。UFO 裡的每個新字都註明來歷。其餘字符皆為 {target} 原有。",
    ),
    "list_all": Wording("The list", "字表"),
    # Set by the script
    "js_order_worst": Wording("worst first", "由差到好"),
    "js_order_best": Wording("best first", "由好到差"),
    "js_order_codepoint": Wording("by codepoint", "依字碼"),
    "js_order_asked": Wording("as asked for", "依要求的順序"),
    "js_order_sure": Wording("least sure first", "最沒把握的在前"),
    "js_drawn": Wording("drawn", "補字結果"),
    "js_true": Wording("designer’s own", "設計師原作"),
    "js_reference": Wording("reference", "參考字型"),
    "js_overlay": Wording("overlay", "疊圖"),
    "js_broken": Wording("broken", "走樣"),
    "js_damaged": Wording("stroke lost or stray", "缺筆或多筆"),
    "js_confidence": Wording("confidence", "把握度"),
    "js_distance": Wording("contours", "輪廓"),
    "js_shared": Wording("shared ink", "重疊"),
    "js_copied": Wording("copied", "照搬"),
    "js_page": Wording("{from}–{to} of {all}", "第 {from}–{to} 字，共 {all} 字"),
    "js_none": Wording("Not among the new characters.", "新補的字裡沒有這個字。"),
    "js_no_broken": Wording("None is broken or damaged.", "沒有走樣、缺筆或多筆的字。"),
    "js_previous": Wording("Previous", "上一個"),
    "js_next": Wording("Next", "下一個"),
    "js_close": Wording("Close", "關閉"),
    "js_old_browser": Wording(
        "This browser cannot unpack the glyphs; any browser since 2023 can.",
        "這個瀏覽器無法解開字符資料，請改用 2023 年後的版本。",
    ),
    "js_pieces": Wording("pieces and counters", "部件與字腔"),
    "js_points": Wording("points", "控制點"),
    "js_missing": Wording("strokes lost", "缺筆長度"),
    "js_extra": Wording("strokes stray", "多筆長度"),
    "js_find": Wording("字 or U+5B57", "字 或 U+5B57"),
}
