"""The findings as one HTML page that asks for nothing from outside."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from buzi.checks.checking import FONT_CHECKS, GLYPH_CHECKS
from buzi.checks.finding import CheckReport, Finding
from buzi.glyphs.codepoints import format_codepoint

_WORDS = {
    "fail": "FAIL 不可發布",
    "warn": "WARN 請檢視",
    "info": "INFO 供參考",
    "pass": "PASS 通過",
    "skip": "NOT RUN 未執行",
}
_STYLE = """
body { font: 15px/1.6 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem;
  color: #1b1b1f; background: #fff; }
h1 { font-size: 1.4rem; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; margin: 1.8rem 0 0.2rem; }
p.why { margin: 0 0 0.5rem; color: #55555e; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 0.3rem 0.6rem; overflow-wrap: anywhere;
  border-top: 1px solid #dddde4; }
b { display: inline-block; min-width: 9em; padding: 0 0.4em; border-radius: 3px; color: #fff; }
.fail b { background: #b3261e; } .warn b { background: #8a5a00; } .info b { background: #33628f; }
.pass b { background: #2c6e31; } .skip b { background: #66666f; }
@media (prefers-color-scheme: dark) { body { background: #17171a; color: #ececf0; }
  p.why { color: #a9a9b4; } th, td { border-color: #3a3a42; } }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def check_page(report: CheckReport) -> str:
    """One HTML page, in English with Chinese headings; every word from a font is escaped.

    Args:
        report: what the checks said.
    """
    verdict = "It may ship. 可以發布。" if report.ok else "It must not ship yet. 尚不可發布。"
    against = "" if report.original is None else f"<p>against 對照: {escape(report.original)}</p>"
    sections = "".join(
        _section(check.id, check.rationale, report) for check in (*FONT_CHECKS, *GLYPH_CHECKS)
    )
    title = escape(report.font)
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        f"<meta http-equiv='Content-Security-Policy' content=\"{_POLICY}\">"
        "<meta name='viewport' content='width=device-width'>"
        f"<title>{title}</title><style>{_STYLE}</style></head><body>"
        f"<h1>buzi check 字型檢查: {title}</h1>{against}"
        f"<p><strong>{verdict}</strong> {report.count('fail')} failures 不合格, "
        f"{report.count('warn')} warnings 警告, {len(report.passed)} checks passed 項通過, "
        f"{report.glyphs:,} glyphs 字符</p>{sections}</body></html>\n"
    )


def _section(check: str, rationale: str, report: CheckReport) -> str:
    findings = [finding for finding in report.findings if finding.check == check]
    if findings:
        body = _table(findings)
    elif check in report.not_run:
        body = f"<p class='skip'><b>{_WORDS['skip']}</b> {escape(report.not_run[check])}</p>"
    else:
        body = f"<p class='pass'><b>{_WORDS['pass']}</b></p>"
    return f"<h2>{escape(check)}</h2><p class='why'>{escape(rationale)}</p>{body}"


def _table(findings: Iterable[Finding]) -> str:
    rows = "".join(
        f"<tr class='{f.severity}'><td><b>{_WORDS[f.severity]}</b></td>"
        f"<td>{escape('' if f.codepoint is None else format_codepoint(f.codepoint))}</td>"
        f"<td>{escape(f.glyph or '')}</td><td>{escape(f.message)}<br>{escape(f.remedy)}</td></tr>"
        for f in findings
    )
    names = ("", "character 字", "glyph 字符", "fault and remedy 問題與處理")
    head = f"<tr>{''.join(f'<th>{name}</th>' for name in names)}</tr>"
    return f"<table>{head}{rows}</table>"
