"""Findings, figures and pictures as one self-contained page; and the terminal's summary."""

from buzi.reports.data import CoverageRow, FaceSource, ReportData, ShownGlyph
from buzi.reports.drawings import outline_path, svg_path
from buzi.reports.page import write_report
from buzi.reports.summary import evaluation_table, figures_csv, text_summary

__all__ = [
    "CoverageRow",
    "FaceSource",
    "ReportData",
    "ShownGlyph",
    "evaluation_table",
    "figures_csv",
    "outline_path",
    "svg_path",
    "text_summary",
    "write_report",
]
