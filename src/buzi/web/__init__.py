"""The review page: a local server on which a run's new glyphs are looked at and steered."""

from buzi.web.options import ReviewOptions

__all__ = ["ReviewOptions"]
