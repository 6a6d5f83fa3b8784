"""The page of findings: whole, and deaf to what a font calls itself."""

from __future__ import annotations

from html.parser import HTMLParser

from buzi.checks import FONT_CHECKS, GLYPH_CHECKS, check_font, check_page
from buzi.checks.finding import CheckReport, Finding

EVIL = "</title><script>alert(1)</script><img src=x onerror='alert(2)'>\"'&"


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


def test_every_check_has_its_place(original, completed):
    page = check_page(check_font(completed(), original=original))
    for check in (*FONT_CHECKS, *GLYPH_CHECKS):
        assert f"<h2>{check.id}</h2>" in page
    assert "It may ship" in page
    assert "可以發布" in page


def test_names_from_a_font_are_escaped():
    finding = Finding("names", "fail", 0x4E00, EVIL, EVIL, EVIL)
    report = CheckReport(EVIL, EVIL, (finding,), (), {"ots": EVIL}, 1)
    page = check_page(report)
    parser = Tags()
    parser.feed(page)
    tags = {tag for tag, _ in parser.tags}
    assert not tags & {"script", "img"}
    assert all(not name.startswith("on") for _, attrs in parser.tags for name in attrs)
    assert "default-src 'none'" in page
    assert "must not ship" in page
