"""Settings of the training loop."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class TrainSettings(BaseModel):
    """How the generator learns. Budgets: the first one reached ends the training."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    base: Literal["auto"] | Path | None = "auto"
    """What training starts from: ``auto``, the base that comes with Buzi, which has seen fifty-five
    designs, where the generator is of its kind; `none`, from scratch; or the checkpoint folder
    of a base of your own (`buzi pretrain`). [folder; auto or a folder;
    default auto]

    訓練的起點：``auto`` 在生成網路相符時用 Buzi 內附的基底模型，它看過五十五種設計；
    `none` 表示從零開始；也可填自製基底模型的檢查點資料夾（由 `buzi pretrain` 產生）。
    """

    generator: Literal["folded", "unet"] = "folded"
    """Which generator: ``folded``, the fast one, or ``unet``, the classic pix2pix U-Net. [choice;
    folded, unet; default folded]

    生成網路：``folded`` 為快速的一種，``unet`` 為經典的 pix2pix U-Net。
    """

    width: float = Field(default=1.0, ge=0.25, le=4)
    """Factor of the generator's channels; cost grows with its square. [factor; 0.25 to 4; default
    1]

    生成網路通道數的倍數；計算量隨其平方增加。
    """

    siblings: bool | None = None
    """Show the generator, beside the content, eight of the font's own glyphs that share most with
    it: what a part looks like in this font, and where it stands. `none`: for ``folded``, or as the
    base has it; ``unet`` is the classic one and takes none. [switch; true or false; default
    none]

    除了參考字符之外，另給生成網路看字型中與它最相像的八個字符：某個部件在這套字型裡長什麼樣、放在哪裡。
    `none` 表示 ``folded`` 會看，有基底模型時依基底而定；``unet`` 是經典設計，不看。
    """

    attention_side: int | None = Field(default=None, ge=4, le=128)
    """Side of the map on which ``unet`` attends; `none`: 64, or the next smaller that occurs.
    [pixels; 4 to 128; default none]

    ``unet`` 的自注意力所在特徵圖的邊長；`none` 表示 64，沒有 64 時取下一個較小的。
    """

    norm: Literal["instance", "batch"] = "instance"
    """Normalisation of ``unet``; ``folded`` uses group normalisation. [choice; instance, batch;
    default instance]

    ``unet`` 的正規化方式；``folded`` 一律用分組正規化。
    """

    minutes: float | None = Field(default=12.0, gt=0, le=100000)
    """Budget of training; `none` for no limit of time. [minutes; above 0 to 100,000; default 12]

    訓練時間的預算；`none` 表示不限時間。
    """

    epochs: int | None = Field(default=None, ge=1, le=100000)
    """Budget in passes over the pairs; `none` for no limit. [epochs; 1 to 100,000; default none]

    以輪數計的預算，一輪把所有字對看過一遍；`none` 表示不限。
    """

    steps: int | None = Field(default=None, ge=0, le=100000000)
    """Budget in optimiser steps; `none` for no limit, 0 to draw with the base as it is. [steps; 0
    to 100,000,000; default none]

    以最佳化步數計的預算；`none` 表示不限，0 表示不訓練、直接用基底模型畫。
    """

    batch_size: int = Field(default=16, ge=1, le=4096)
    """Pairs in a step, over all processes. [pairs; 1 to 4,096; default 16]

    每一步的字對數，所有程序合計。
    """

    accumulation: int = Field(default=1, ge=1, le=256)
    """Parts in which a batch is computed, to save memory; the step is the same. [parts; 1 to 256;
    default 1]

    把一批分成幾份計算以節省記憶體；每一步的結果相同。
    """

    learning_rate: float | None = Field(default=None, gt=0, le=0.1)
    """The optimiser's peak rate; `none`: 1e-3 for ``folded`` from scratch, 2e-4 from a base, as a
    higher one makes it forget what it knows; 2e-4 for ``unet``. [rate; above 0 to 0.1; default
    none]

    最佳化器的最高學習率；`none` 表示：``folded`` 從零開始 1e-3；從基底開始 2e-4，
    再高會忘掉基底學過的；``unet`` 2e-4。
    """

    discriminator_rate: float = Field(default=4e-4, gt=0, le=0.1)
    """Adam's rate for the discriminator. [rate; above 0 to 0.1; default 0.0004]

    判別網路的 Adam 學習率。
    """

    optimiser: Literal["auto", "muon", "adam"] = "auto"
    """What moves the generator's weights: ``muon`` (with ``adam`` for what is no inner
    convolution) learns about twice as much from a glyph. ``auto``: muon for ``folded``, adam
    for ``unet``. [name; auto, muon, adam; default auto]

    用哪種演算法調整生成網路的權重：``muon``（內層卷積以外的部分仍用 ``adam``）
    從同一個字符能學到約兩倍。``auto`` 表示 ``folded`` 用 muon，``unet`` 用 adam。
    """

    beta1: float = Field(default=0.5, ge=0, lt=1)
    """Adam's beta 1; 0.5 steadies adversarial training (Radford et al., DCGAN, 2016). [number; 0
    to below 1; default 0.5]

    Adam 的 beta 1；0.5 讓對抗訓練較平穩（Radford 等，DCGAN，2016）。
    """

    warmup_steps: int = Field(default=100, ge=0, le=100000)
    """Steps over which the rate rises from 0; then it falls by a half cosine to 2 %. [steps; 0 to
    100,000; default 100]

    學習率從 0 升起所用的步數；之後依半個餘弦降到 2 %。
    """

    l1: float = Field(default=1.0, ge=0, le=1000)
    """Weight of the mean absolute difference from the target's glyph. [weight; 0 to 1,000;
    default 1]

    與目標字符之差的絕對值平均的權重。
    """

    l2: float = Field(default=0.0, ge=0, le=1000)
    """Weight of the mean square difference. [weight; 0 to 1,000; default 0]

    差的平方平均的權重。
    """

    smooth_l1: float = Field(default=0.0, ge=0, le=1000)
    """Weight of the smooth L1 difference, quadratic below 0.1. [weight; 0 to 1,000; default 0]

    smooth L1 的權重；差小於 0.1 時為平方。
    """

    bce: float = Field(default=0.5, ge=0, le=1000)
    """Weight of the binary cross-entropy of coverage. [weight; 0 to 1,000; default 0.5]

    覆蓋率二元交叉熵的權重。
    """

    gap_weight: float = Field(default=1.5, ge=0, le=100)
    """Weight added to a pixel that is blank between two near strokes: otherwise they run together,
    for what is between two strokes whose place is not known is ink more often than not. [weight;
    0 to 100; default 1.5]

    相鄰筆畫之間的空白像素另加的權重：位置不確定的兩筆之間，多半是墨，不加權就容易黏在一起。
    """

    adversarial: Literal["bce_logits", "bce", "least_squares", "hinge"] = "bce_logits"
    """Loss against the discriminator; ``bce`` takes probabilities, the others logits. [choice;
    bce_logits, bce, least_squares, hinge; default bce_logits]

    對抗損失；``bce`` 吃機率，其餘吃 logits。
    """

    discriminator_head: Literal["matching", "logits", "probabilities"] = "matching"
    """What the discriminator gives: logits, or probabilities by a sigmoid; ``matching``: what the
    loss needs. [choice; matching, logits, probabilities; default matching]

    判別網路的輸出：logits，或經 sigmoid 的機率；``matching`` 表示損失需要什麼就給什麼。
    """

    adversarial_weight: float | None = Field(default=None, ge=0, le=1000)
    """Weight of the adversarial loss for the generator; 0 trains without a discriminator. `none`:
    0.02 for ``unet``; 0 for ``folded``, whose validation figures are no better for it. [weight;
    0 to 1,000; default none]

    生成網路對抗損失的權重；0 表示不用判別網路。`none` 表示：``unet`` 用 0.02；``folded`` 用 0，因為
    驗證數字並沒有因它變好。
    """

    adversarial_start: float = Field(default=0.8, ge=0, le=1)
    """Share of the budget after which the discriminator joins. [share; 0 to 1; default 0.8]

    預算用掉多少比例後判別網路加入。
    """

    adversarial_ramp: float = Field(default=0.1, ge=0, le=1)
    """Share of the budget over which its weight rises to the full value. [share; 0 to 1; default
    0.1]

    權重升到全值所用的預算比例。
    """

    discriminator_limit: float = Field(default=0.85, gt=0.5, le=1)
    """Its updates are held while its running accuracy exceeds this. [share; above 0.5 to 1;
    default 0.85]

    判別網路近期正確率高於此值時，暫停更新。
    """

    spectral_norm: bool = True
    """Spectral normalisation of the discriminator. [switch; true or false; default true]

    判別網路是否用譜正規化。
    """

    r1: float = Field(default=0.0, ge=0, le=1000)
    """Weight of the R1 gradient penalty on real pairs. [weight; 0 to 1,000; default 0]

    真字對上 R1 梯度懲罰的權重。
    """

    shift_px: int = Field(default=4, ge=0, le=8)
    """Augmentation: both glyphs of a pair are shifted together by up to this, by even numbers.
    [pixels; 0 to 8; default 4]

    資料擴增：字對的兩個字符一起平移，最多這麼遠，以偶數像素計。
    """

    warp_px: float = Field(default=0.0, ge=0, le=8)
    """Augmentation: both glyphs of a pair are bent together, smoothly, by this much on average, and
    stretched by as many hundredths. [pixels; 0 to 8; default 0]

    資料擴增：字對的兩個字符一起平滑地扭曲，此為平均幅度；另外再伸縮同樣數值的百分之幾。
    """

    ema_decay: float = Field(default=0.998, ge=0, lt=1)
    """Decay of the averaged weights that draw, reached after a warm-up. [share; 0 to below 1;
    default 0.998]

    畫字所用平均權重的衰減率，暖身後達到。
    """

    seed: int = Field(default=0, ge=0, lt=2**31)
    """Seed of weights, data order and augmentation. [number; 0 to below 2,147,483,648; default 0]

    權重、資料順序與擴增的亂數種子。
    """

    precision: Literal["auto", "fp32", "bf16", "fp16"] = "auto"
    """``auto``: bf16 where the device multiplies it natively; else fp16 on a GPU, fp32 on a CPU.
    [choice; auto, fp32, bf16, fp16; default auto]

    ``auto``：硬體原生支援就用 bf16，否則 GPU 用 fp16，CPU 用 fp32。
    """

    compile: bool = False
    """Compile the network first, which takes a minute or more; pays in long runs on a GPU.
    [switch; true or false; default false]

    先編譯網路，需一分鐘以上；在 GPU 上長時間訓練才划算。
    """

    threads: int = Field(default=0, ge=0, le=1024)
    """CPU threads; 0 measures which number is fastest. [threads; 0 to 1,024; default 0]

    CPU 執行緒數；0 表示實測後選最快的。
    """

    checkpoint_epochs: int = Field(default=1, ge=1, le=100000)
    """A checkpoint after every so many epochs. [epochs; 1 to 100,000; default 1]

    每隔幾輪存一個檢查點。
    """

    checkpoint_minutes: float = Field(default=5.0, gt=0, le=100000)
    """A checkpoint at least this often, besides those after epochs. [minutes; above 0 to 100,000;
    default 5]

    除了按輪數之外，至少每隔這麼久存一個檢查點。
    """

    keep_last: int = Field(default=2, ge=1, le=1000)
    """How many of the latest checkpoints are kept, besides the best. [checkpoints; 1 to 1,000;
    default 2]

    除了最佳的以外，保留最新的幾個檢查點。
    """

    keep_every: int = Field(default=0, ge=0, le=100000)
    """The checkpoint after every so many epochs is kept for good; 0 for none. [epochs; 0 to
    100,000; default 0]

    每隔幾輪的檢查點永久保留；0 表示不保留。
    """

    early_stop: int = Field(default=0, ge=0, le=100000)
    """Stop after this many epochs without a better validation figure; 0 for never. [epochs; 0 to
    100,000; default 0]

    驗證數字連續幾輪沒有進步就停止；0 表示不停。
    """

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.minutes is None and self.epochs is None and self.steps is None:
            raise ValueError("set a budget: train.minutes, train.epochs or train.steps")
        if not (self.l1 or self.l2 or self.smooth_l1 or self.bce):
            raise ValueError("one of train.l1, l2, smooth_l1 and bce must be above 0")
        if self.batch_size % self.accumulation:
            raise ValueError(
                f"train.batch_size {self.batch_size} must be a multiple of "
                f"train.accumulation {self.accumulation}"
            )
        if self.accumulation > 1 and self.generator == "unet" and self.norm == "batch":
            raise ValueError(
                "train.norm=batch normalises each part of a batch by itself, so accumulation would "
                "change the step: set train.norm=instance or train.accumulation=1"
            )
        if self.generator == "folded" and self.attention_side is not None:
            raise ValueError(
                "train.attention_side is for train.generator=unet; folded attends on its two "
                "smallest maps: leave it out"
            )
        if self.generator == "unet" and self.siblings:
            raise ValueError(
                "train.siblings is for train.generator=folded; unet sees the content alone: leave "
                "it out"
            )
        if self.adversarial == "bce" and self.discriminator_head == "logits":
            raise ValueError(
                "train.adversarial=bce takes probabilities, but train.discriminator_head=logits "
                "has no sigmoid: set train.discriminator_head=probabilities or "
                "train.adversarial=bce_logits"
            )
        if self.adversarial in {"bce_logits", "hinge"} and self.head == "probabilities":
            raise ValueError(
                f"train.adversarial={self.adversarial} takes logits, but "
                f"train.discriminator_head=probabilities has a sigmoid: set "
                f"train.discriminator_head=logits or train.adversarial=bce"
            )
        if self.steps == 0 and (self.base is None or self.generator == "unet"):
            raise ValueError(
                "train.steps=0 draws with a base as it is, but there is none: set train.base=auto "
                "with train.generator=folded, or give a budget"
            )
        if self.generator == "unet" and isinstance(self.base, Path):
            raise ValueError("a base is a folded generator: leave out train.base for unet")
        return self

    @property
    def head(self) -> Literal["logits", "probabilities"]:
        """What the discriminator's head gives, ``matching`` resolved."""
        if self.discriminator_head != "matching":
            return self.discriminator_head
        return "probabilities" if self.adversarial == "bce" else "logits"
