"""Writes docs/settings.md and its Chinese page from the docstrings; a test holds them together.

python tools/write_settings.py
"""

from __future__ import annotations

from pathlib import Path

from buzi.pipeline.describing import SettingRow, pretrain_rows, setting_rows

ROOT = Path(__file__).resolve().parents[1]

UNITS = {
    "pixels": "像素", "minutes": "分鐘", "glyphs": "字符", "share": "比例", "factor": "倍數",
    "weight": "權重", "epochs": "輪", "steps": "步", "pairs": "字對", "processes": "程序",
    "threads": "執行緒", "1/1000 em": "1/1000 字身", "square 1/1000 em": "平方 1/1000 字身",
    "degrees": "度", "rate": "學習率", "name": "名稱", "switch": "開關", "fonts": "字型",
    "checkpoints": "檢查點", "parts": "份", "designs": "設計", "folder": "資料夾", "number": "數",
    "choice": "選項", "drawings": "次", "logits": "logits",
}  # fmt: skip

RANGES = {
    "true or false": "true 或 false", " or a folder": " 或資料夾", "a folder": "資料夾",
    "text": "文字", "above ": "大於 ", "below ": "小於 ", " to ": " 至 ", "none": "無",
}  # fmt: skip

HEADS = {
    "en": (
        "# Settings",
        "[正體中文](settings.zh-TW.md)",
        """Written by `python tools/write_settings.py` from the docstrings of the fields. Set
one with `--set KEY=VALUE`, or many in a TOML file with `--config`; `none` is no value.""",
        "Setting | Default | Unit | Range | Meaning",
        "`buzi pretrain` (by `--set` alone)",
    ),
    "zh": (
        "# 設定",
        "[English](settings.md)",
        """由 `python tools/write_settings.py` 從各欄位的說明產生。用 `--set 名稱=值` 設定一項，
或用 `--config` 指定 TOML 檔一次設定多項；`none` 表示不設。""",
        "設定 | 預設 | 單位 | 範圍 | 意義",
        "`buzi pretrain`（訓練基底模型；只用 `--set`）",
    ),
}


def page(language: str) -> str:
    """The page in ``en`` or ``zh``."""
    title, other, text, columns, pretrain = HEADS[language]
    parts = [title, f"{other} · {text}"]
    tables: dict[str, list[SettingRow]] = {}
    for row in setting_rows():
        tables.setdefault(row.key.partition(".")[0] if "." in row.key else "", []).append(row)
    parts += [
        _table(f"`{name}`" if name else "…", columns, tables[name], language)
        for name in sorted(tables, key=lambda n: n == "")
    ]
    parts.append(_table(pretrain, columns, pretrain_rows(), language))
    return "\n\n".join(parts) + "\n"


def _table(title: str, columns: str, rows: list[SettingRow], language: str) -> str:
    lines = [f"## {title}\n", f"| {columns} |", "|---|---|---|---|---|"]
    return "\n".join([*lines, *(_line(row, language) for row in rows)])


def _line(row: SettingRow, language: str) -> str:
    unit, span, meaning = row.unit, row.range, row.meaning
    if language == "zh":
        unit, meaning = UNITS[row.unit], row.meaning_zh
        for english, chinese in RANGES.items():
            span = span.replace(english, chinese)
    return f"| `{row.key}` | `{row.default}` | {unit} | {span} | {meaning} |"


if __name__ == "__main__":
    (ROOT / "docs" / "settings.md").write_text(page("en"), encoding="utf-8")
    (ROOT / "docs" / "settings.zh-TW.md").write_text(page("zh"), encoding="utf-8")
