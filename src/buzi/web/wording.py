"""Every sentence of the review page beside the report's, in English and in Taiwan's Chinese."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from buzi.reports.wording import WORDINGS, Wording, in_both, script_wordings


def wording(key: str, **values: Any) -> Markup:
    """A sentence of this page, or one that it shares with the report.

    Raises:
        KeyError: neither has such a sentence, or a value that it needs is missing.
    """
    return in_both(REVIEW_WORDINGS.get(key) or WORDINGS[key], **values)


def page_wordings() -> dict[str, list[str]]:
    """What the page's scripts say: key → [English, Chinese]; the report's where shared."""
    return {**script_wordings(), **script_wordings(REVIEW_WORDINGS)}


REVIEW_WORDINGS: dict[str, Wording] = {
    # The frame
    "review_title": Wording("{font}: review", "{font}：看字"),
    "tab_glyphs": Wording("Glyphs", "看字"),
    "tab_text": Wording("Text", "排字"),
    "tab_training": Wording("Training", "訓練"),
    "tab_export": Wording("Coverage and export", "收字與匯出"),
    "skip": Wording("Skip to the content", "跳到主要內容"),
    "js_views": Wording("Views", "檢視"),
    "undo": Wording("Undo", "復原"),
    "repeat": Wording("Do again", "重做"),
    "keys": Wording("Keys", "按鍵"),
    "needs_script": Wording(
        "This page needs JavaScript; nothing is loaded from elsewhere.",
        "這個頁面需要 JavaScript；不會向外連線。",
    ),
    # Grid
    "find_label": Wording("Find", "找字"),
    "filter_status": Wording("Status", "狀態"),
    "filter_charset": Wording("Character set", "字集"),
    "filter_part": Wording("Component", "部件"),
    "filter_sure": Wording("Confidence", "把握度"),
    "order_label": Wording("Order", "排序"),
    "more_filters": Wording("More filters", "更多篩選"),
    "approve_shown": Wording("Approve all shown", "全部通過"),
    "grid_label": Wording("New glyphs", "新字"),
    # One glyph
    "back": Wording("All glyphs", "回字表"),
    "approve": Wording("Approve", "通過"),
    "reject": Wording("Reject", "退回"),
    "redo": Wording("Redraw", "重畫"),
    "edit": Wording("Open in editor", "用編輯器開啟"),
    "note": Wording("Note", "備註"),
    "reasons": Wording("Why look twice", "為什麼要多看一眼"),
    "neighbours": Wording("Your own glyphs with the same parts", "同部件的原有字"),
    "js_layers": Wording("Layers", "圖層"),
    "candidates_heading": Wording("Other ways to draw it", "其他畫法"),
    "history": Wording("What was done", "處理紀錄"),
    # Text
    "type_here": Wording("Type or paste text", "輸入或貼上文字"),
    "tint_new": Wording("Tint the new characters", "標出新字"),
    "beside": Wording("Reference beside it", "並列參考字型"),
    "direction": Wording("Direction", "行向"),
    "js_across": Wording("Across", "橫排"),
    "js_down": Wording("Down", "直排"),
    "sample": Wording("Sample", "範文"),
    "js_sample_prose": Wording("Prose", "散文"),
    "js_sample_names": Wording("Names and places", "人名地名"),
    "js_sample_poem": Wording("Poem", "詩"),
    "js_sample_signs": Wording("Signs and menus", "招牌菜單"),
    "js_sample_bopomofo": Wording("Bopomofo", "注音"),
    # Training
    "js_train_start": Wording("Start", "開始"),
    "train_pause": Wording("Pause", "暫停"),
    "js_train_resume": Wording("Resume", "繼續"),
    "train_minutes": Wording("Minutes", "分鐘"),
    "train_minutes_note": Wording("empty: the run’s own budget", "留空則依原設定"),
    "sheet_heading": Wording("Held-out glyphs", "驗證字"),
    "sheet_rows": Wording(
        "From the top: reference, drawn, the designer’s own. Nothing here was learnt from.",
        "由上而下：參考字型、補字結果、設計師原作。這些字都不參與訓練。",
    ),
    "sheet_step": Wording("Step", "步數"),
    "curves_heading": Wording("Curves", "曲線"),
    # Export
    "build_approved": Wording("Build with approved glyphs", "以通過的字製作"),
    "build_all": Wording("Build with all but the rejected", "以未退回的字製作"),
    "export_heading": Wording("Fonts", "字型檔"),
    "export_lead": Wording(
        "Built from the outlines as they stand, your own glyphs untouched. The run’s own font "
        "stays as it is.",
        "依目前的輪廓製作，原有的字一律不動；這次補字原本做好的字型檔也會留著。",
    ),
    "coverage_review_lead": Wording(
        "What each set asked for, and how far you are with it.",
        "各字集要了哪些字，目前處理到哪裡。",
    ),
    # Keys
    "keys_heading": Wording("Keys", "按鍵一覽"),
    "key_arrows": Wording("move", "移動"),
    "key_open": Wording("open the glyph", "打開這個字"),
    "key_approve": Wording("approve, and on to the next", "通過，跳到下一個"),
    "key_reject": Wording("reject, and on to the next", "退回，跳到下一個"),
    "key_reopen": Wording("take the answer back", "取消判定"),
    "key_redo": Wording("redraw: choose among candidates", "重畫，再從中挑選"),
    "key_edit": Wording("open in your font editor", "用字型編輯器開啟"),
    "key_note": Wording("write a note", "寫備註"),
    "key_layers": Wording("layer, or candidate", "切換圖層，或選定畫法"),
    "key_next": Wording("previous, next glyph", "上一個、下一個字"),
    "key_undo": Wording("undo; with Shift do again", "復原；加 Shift 重做"),
    "key_find": Wording("find", "找字"),
    "key_back": Wording("back to the grid", "回到字表"),
    "close": Wording("Close", "關閉"),
    # Set by the scripts
    "js_undo_key": Wording("Undo (U)", "復原（U）"),
    "js_repeat_key": Wording("Do again (Shift+U)", "重做（Shift+U）"),
    "js_all": Wording("all", "全部"),
    "js_status_open": Wording("not answered", "未判定"),
    "js_status_approved": Wording("approved", "通過"),
    "js_status_rejected": Wording("rejected", "退回"),
    "js_origin_edited": Wording("edited by hand", "手動修過"),
    "js_origin_chosen": Wording("redrawn", "重畫過"),
    "js_flagged": Wording("with a reason", "有疑點"),
    "js_noted": Wording("with a note", "有備註"),
    "js_sure_tenth": Wording("least sure tenth", "最沒把握的一成"),
    "js_sure_half": Wording("less sure half", "較沒把握的一半"),
    "js_sort_sure": Wording("least sure first", "最沒把握的在前"),
    "js_sort_codepoint": Wording("by codepoint", "依字碼"),
    "js_find_review": Wording("字, U+5B57, or a line of text", "字、U+5B57 或一段文字"),
    "js_part_hint": Wording("氵 or 言", "氵 或 言"),
    "js_shown": Wording("{n} of {all} shown", "顯示 {n}／{all} 字"),
    "js_progress": Wording(
        "{approved} approved, {rejected} rejected, {open} to go",
        "通過 {approved}，退回 {rejected}，還有 {open} 字",
    ),
    "js_nothing_shown": Wording(
        "No new glyph fits. Loosen a filter.", "沒有符合的新字，請放寬篩選條件。"
    ),
    "js_not_drawn": Wording(
        "Nothing has been drawn yet. Train, then run `buzi complete`.",
        "還沒有畫出任何字。請先訓練，再執行 `buzi complete`。",
    ),
    "js_approve_shown_sure": Wording(
        "Approve {n} glyphs? It can be undone.", "要讓這 {n} 字全部通過嗎？之後可以復原。"
    ),
    "js_did_approve": Wording("{c} approved", "{c} 通過"),
    "js_did_reject": Wording("{c} rejected", "{c} 退回"),
    "js_did_reopen": Wording("{c} open again", "{c} 取消判定"),
    "js_did_note": Wording("Note kept: {c}", "備註已存：{c}"),
    "js_did_choose": Wording("{c} redrawn", "{c} 已換成所選畫法"),
    "js_did_edit": Wording("{c} taken in from the editor", "已收回編輯器裡的 {c}"),
    "js_did_redraw": Wording("{c} drawn anew by Buzi", "Buzi 重新畫了 {c}"),
    "js_many": Wording("{n} glyphs", "{n} 字"),
    "js_undone": Wording("Undone: {what}", "已復原：{what}"),
    "js_repeated": Wording("Done again: {what}", "已重做：{what}"),
    "js_nothing_undone": Wording("Nothing to undo.", "沒有可復原的動作。"),
    "js_nothing_repeated": Wording("Nothing to do again.", "沒有可重做的動作。"),
    "js_stale": Wording(
        "{c} was changed in another tab meanwhile; this is how it stands now.",
        "{c} 剛在另一個分頁改過，這裡顯示的是最新狀態。",
    ),
    "js_offline": Wording(
        "The server does not answer. What you answered is kept; start `buzi review` again.",
        "伺服器沒有回應。已判定的都有存下來，請重新執行 `buzi review`。",
    ),
    "js_failed": Wording("That did not work: {error}", "沒有成功：{error}"),
    "js_layer_outline": Wording("outline", "輪廓"),
    "js_layer_raster": Wording("raster", "點陣"),
    "js_layer_content": Wording("reference", "參考字型"),
    "js_layer_overlay": Wording("overlay", "疊圖"),
    "js_layer_difference": Wording("difference", "差異"),
    "js_about_outline": Wording(
        "The outline with its points; squares are on the curve, rings off it.",
        "輪廓與控制點；方點在曲線上，圓圈在曲線外。",
    ),
    "js_about_raster": Wording("What the network drew.", "模型畫出的點陣圖。"),
    "js_about_content": Wording("What the network was shown.", "給模型看的字樣。"),
    "js_about_overlay": Wording(
        "Reference in blue, drawn in red; the rest is where they meet.",
        "藍色是參考字型，紅色是補字結果，其餘為兩者重疊處。",
    ),
    "js_about_difference": Wording(
        "Outline against raster: red was lost in tracing, blue was added.",
        "輪廓與點陣的差異：紅色是描繪時少掉的，藍色是多出來的。",
    ),
    "js_reason_unsure": Wording(
        "Among the tenth that Buzi is least sure of.", "屬於 Buzi 最沒把握的一成。"
    ),
    "js_reason_stand_in": Wording(
        "The drawing vanished; the reference’s own shape stands in for it. Redraw or edit it.",
        "畫出來的字消失了，暫以參考字型頂替，請重畫或修改。",
    ),
    "js_reason_check_advances": Wording(
        "Its width or bearings differ from the others’.", "字寬或側邊留白和其他字不同。"
    ),
    "js_reason_check_bounds": Wording(
        "Ink stands where lines have no room.", "筆畫超出行距容許的範圍。"
    ),
    "js_reason_check_direction": Wording(
        "A contour runs the wrong way round.", "有輪廓的方向畫反了。"
    ),
    "js_reason_check_distinct": Wording(
        "It has the same outline as another character.", "輪廓和另一個字相同。"
    ),
    "js_reason_check_not-empty": Wording("It has no ink.", "字是空白的。"),
    "js_reason_check_not-notdef": Wording("It looks like .notdef.", "看起來像缺字符號。"),
    "js_reason_check_points": Wording(
        "It has far more or fewer points than your own glyphs.",
        "控制點數和原有的字相差太多。",
    ),
    "js_reason_check_redrawn": Wording(
        "The outline strays from what the network drew.", "輪廓和模型畫的不一致。"
    ),
    "js_reason_check_self-intersection": Wording(
        "Contours cross themselves or each other.", "輪廓自相交錯。"
    ),
    "js_reason_check_vertical-origin": Wording(
        "Its vertical origin differs from the others’.", "直排原點和其他字不同。"
    ),
    "js_reason_other": Wording("A check found something.", "檢查發現問題。"),
    "js_unreadable": Wording(
        "This glyph cannot be read from the UFO; mend it in a font editor.",
        "無法從 UFO 讀取這個字符，請用字型編輯器修復。",
    ),
    "js_no_reason": Wording("Nothing was found against it.", "沒有發現疑點。"),
    "js_no_neighbours": Wording(
        "No glyph of your font shares a part with it.", "原有的字裡沒有相同部件的字。"
    ),
    "js_shares": Wording("shares {parts}", "同有 {parts}"),
    "js_parts": Wording("Parts", "部件"),
    "js_show_part": Wording("Show every new glyph with {part}", "列出所有含「{part}」的新字"),
    "js_position": Wording("{n} of {all}", "第 {n} 字，共 {all} 字"),
    "js_drawing_candidates": Wording("Drawing other ways …", "正在畫其他寫法……"),
    "js_choose_hint": Wording(
        "Choose one with a click or its number. Esc leaves all as it is.",
        "點選，或按數字鍵選定；按 Esc 則維持不變。",
    ),
    "js_all_the_same": Wording(
        "Every other way comes out as it is now.", "其他畫法的結果都和目前相同。"
    ),
    "js_now": Wording("as it is now", "目前的樣子"),
    "js_way_last": Wording("newest network", "最新的模型"),
    "js_way_average": Wording("mean of {n} shifted drawings", "{n} 次位移平均"),
    "js_way_face": Wording("after the {region} form", "依 {region} 字形"),
    "js_way_checkpoint": Wording("network at step {step}", "第 {step} 步的模型"),
    "js_editor_opened": Wording(
        "The UFO was opened. Save {glyph} there, and it comes back here by itself.",
        "已開啟 UFO。在編輯器裡存檔後，{glyph} 會自動收回來。",
    ),
    "js_editor_none": Wording(
        "Open {ufo} in your font editor and change {glyph}; saved, it comes back here by itself.",
        "請用字型編輯器開啟 {ufo}，修改 {glyph}；存檔後會自動收回來。",
    ),
    "js_note_hint": Wording("For you, or whoever edits it", "寫給自己，或接手修字的人"),
    "js_done_approve": Wording("approved", "通過"),
    "js_done_reject": Wording("rejected", "退回"),
    "js_done_reopen": Wording("opened again", "取消判定"),
    "js_done_note": Wording("note written", "寫了備註"),
    "js_done_choose": Wording("another drawing chosen", "換了畫法"),
    "js_done_edit": Wording("edited in a font editor", "在編輯器裡改過"),
    "js_done_redraw": Wording("drawn anew by Buzi", "由 Buzi 重新畫過"),
    "js_font_building": Wording(
        "Rebuilding the font with the newest outlines …", "正在以最新的輪廓重做字型……"
    ),
    "js_font_current": Wording("Set in the completed font as it stands.", "以目前補好的字型排成。"),
    "js_font_none": Wording("The font is being built for the first time …", "正在製作字型……"),
    "js_reference_of": Wording("Reference", "參考字型"),
    "js_completed_of": Wording("Completed font", "補好的字型"),
    "js_lacking": Wording(
        "Underlined with dots, {n} not in the font and shown by your system: {characters}",
        "加點底線的 {n} 字不在這套字型裡，由系統字型代為顯示：{characters}",
    ),
    "js_train_running": Wording("Training", "訓練中"),
    "js_train_pausing": Wording("Pausing at the next step …", "這一步做完就暫停……"),
    "js_train_paused": Wording(
        "Paused. It goes on exactly where it stopped.", "已暫停，會從停下的地方接著練。"
    ),
    "js_train_done": Wording("Done: the budget is spent.", "已完成：訓練時間用完了。"),
    "js_train_stopped": Wording(
        "Stopped. It goes on from its last checkpoint.", "已中斷，可從最後一個檢查點接著練。"
    ),
    "js_train_none": Wording("No training has begun.", "還沒有開始訓練。"),
    "js_train_facts": Wording(
        "epoch {epoch}, step {step}, {rate} glyphs a second, {time} so far",
        "第 {epoch} 輪，第 {step} 步，每秒 {rate} 字，已練 {time}",
    ),
    "js_train_left": Wording("about {time} left", "約剩 {time}"),
    "js_no_sheet": Wording("The first sheet comes with the first epoch.", "練完第一輪才會有圖。"),
    "js_no_curves": Wording("Curves begin with the second epoch.", "練完第二輪才會有曲線。"),
    "js_sheet_alt": Wording(
        "Held-out glyphs after step {step}: reference, drawn, the designer’s own",
        "第 {step} 步的驗證字：參考字型、補字結果、設計師原作",
    ),
    "js_cov_had": Wording("had", "原有"),
    "js_cov_approved": Wording("approved", "通過"),
    "js_cov_open": Wording("drawn", "已畫"),
    "js_cov_rejected": Wording("rejected", "退回"),
    "js_cov_lacking": Wording("cannot be drawn", "無法補"),
    "js_cov_of": Wording("of {n}", "共 {n} 字"),
    "js_lacking_list": Wording("{n} that cannot be drawn", "無法補的 {n} 字"),
    "js_building": Wording("building …", "製作中……"),
    "js_built_approved": Wording("approved glyphs", "通過的字"),
    "js_built_all": Wording("all but the rejected", "未退回的字"),
    "js_built": Wording("{n} new characters", "新字 {n} 個"),
    "js_download": Wording("Download {format}", "下載 {format}"),
    "js_built_ready": Wording("The font is ready to download.", "字型檔做好了，可以下載。"),
}
