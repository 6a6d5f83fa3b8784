"""Buzi 補字: completes an incomplete CJK typeface in the font's own style."""
