"""Findings, figures and pictures as one self-contained page."""
