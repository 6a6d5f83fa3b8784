"""Plans where new glyphs stand: advances, sidebearings and vertical forms."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from buzi.fonts import Font, full_width_metrics
from buzi.glyphs.codepoints import is_ideograph
from buzi.glyphs.metrics import GlyphMetrics
from buzi.glyphs.outline import Contour, Outline
from buzi.spacing.learning import (
    MARKS,
    Rule,
    Samples,
    Spaced,
    SpacingError,
    collect,
    learn,
    measure,
    rule_for,
    spaced,
    spacing_classes,
)
from buzi.spacing.vertical_forms import VerticalForms


@dataclass(frozen=True, slots=True)
class Placed:
    """A drawn glyph, where it belongs.

    Attributes:
        outline: moved sideways where the target's spacing asks for it.
        metrics: advances and vertical origin.
        vertical: its form for vertical text, for a GSUB ``vert`` rule; None without one.
    """

    outline: Outline
    metrics: GlyphMetrics
    vertical: Outline | None = None


@dataclass(frozen=True)
class SpacingPlan:
    """How glyphs that the target font is to get will stand; made by :func:`plan_spacing`.

    Attributes:
        target: the font to be completed.
        content: the content font's face that they are drawn from.
        full_width: the commonest metrics of the target's ideographs.
        content_full_width: the content font's commonest advance width of ideographs, in its units.
        samples: characters that both fonts have.
        rules: class → how the target spaces it.
        forms: the typeface's vertical forms.
        step: outlines are moved by multiples of so many font units, > 0.
    """

    target: Font
    content: Font
    full_width: GlyphMetrics
    content_full_width: int
    samples: Samples
    rules: dict[str, Rule]
    forms: VerticalForms
    step: float = 1.0

    def metrics(self, codepoint: int) -> GlyphMetrics:
        """Metrics of a character before it is drawn, its ink as wide as the content font's.

        Raises:
            MissingGlyphError: the content font lacks it.
        """
        return self.place(codepoint, Outline()).metrics

    def place(self, codepoint: int, outline: Outline) -> Placed:
        """Metrics, and the outline where they want it.

        A full-width glyph stays where it was drawn. A proportional one gets the
        sidebearings of its class, and its advance from them and its ink; where the
        class shares one advance (tabular digits, marks of no advance), that.

        Args:
            codepoint: the character; the content font must have it.
            outline: as drawn, in the target's font units; may be empty.

        Raises:
            MissingGlyphError: the content font lacks the character.
        """
        upem = self.target.upem
        vertical = self.forms.form(codepoint, outline)
        width = self.content.metrics(codepoint).advance_width
        advance = width / self.content.upem
        content = spaced(self.content, self.content.cmap[codepoint], self.content_full_width)
        rule = None if content is None else rule_for(self.rules, codepoint, content)
        own = self.full_width.advance_width / upem
        on_grid = width == self.content_full_width
        if is_ideograph(codepoint) or (on_grid and (rule is None or _about(rule.advance, own))):
            return Placed(outline, self.full_width, vertical)
        if rule is None or content is None:
            scaled = replace(self.full_width, advance_width=round(advance * upem))
            return Placed(outline, scaled, vertical)
        box = outline.bounds()
        ink = content.advance - content.left - content.right
        if box is not None:
            ink = (box[2] - box[0]) / upem
        wanted = self._marked(codepoint, ink) or rule.space(content, ink)
        if box is not None:
            steps = round((wanted.left * upem - box[0]) / self.step)
            outline = _moved(outline, round(steps * self.step))
        width = max(round(wanted.advance * upem), 0)
        return Placed(outline, replace(self.full_width, advance_width=width), vertical)

    def _marked(self, codepoint: int, ink: float) -> Spaced | None:
        """A mark without advance stands where its siblings' middles are."""
        kind = spacing_classes(codepoint, full_width=False)[0]
        if kind not in MARKS:
            return None
        siblings = [
            own
            for c, (_, own) in self.samples.items()
            if spacing_classes(c, full_width=False)[0] == kind
        ]
        middles = sorted((s.advance + s.left - s.right) / 2 for s in siblings if s.advance == 0)
        if 2 * len(middles) < max(len(siblings), 1):
            return None
        left = middles[len(middles) // 2] - ink / 2
        return Spaced(0.0, left, -left - ink)

    def errors(self) -> tuple[SpacingError, ...]:
        """How far the rules are from the designer, on characters hidden from them."""
        return measure(self.samples)


def plan_spacing(
    target: Font, content: Font, hidden: Collection[int] = (), *, step: float = 1.0
) -> SpacingPlan:
    """Learn a font's spacing from the characters that it shares with the content font.

    Args:
        target: the font to be completed.
        content: the content font's face that new glyphs are drawn from.
        hidden: characters that nothing may be learnt from.
        step: move outlines by multiples of so many font units, > 0: a typeface of pixels has
            a grid to stay on.
    """
    own, others = full_width_metrics(target), full_width_metrics(content).advance_width
    samples = collect(target, content, (own.advance_width, others), frozenset(hidden))
    return SpacingPlan(
        target,
        content,
        own,
        others,
        samples,
        learn(samples),
        VerticalForms(target, content),
        step,
    )


def _about(a: float | None, b: float) -> bool:
    return a is not None and abs(a - b) < 0.0005


def _moved(outline: Outline, dx: int) -> Outline:
    if not dx:
        return outline
    return Outline(tuple(Contour(tuple(p._replace(x=p.x + dx) for p in c.points)) for c in outline))
