"""Muon: the optimiser of the generator's convolutions, with Adam for everything else."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import torch
from torch import Tensor, nn

from buzi.training.replicas import one_core_a_thread

MOMENTUM = 0.95
"""Of Muon's running mean of gradients; Jordan's default."""

RMS = 0.4
"""Root mean square of an entry of a Muon step ÷ the learning rate; measured in
docs/experiments.md, twice what Liu et al. take to be like Adam's."""

_NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
_ITERATIONS = 5


class Muon(torch.optim.Optimizer):
    """Muon for the convolutions between the network's inner maps, Adam for the rest.

    Muon's step is the running mean of gradients with all its singular values made
    (nearly) 1: no direction of a layer is left behind, where Adam follows the few
    large ones. Layers next to the pixels, norms, biases, style codes and what is
    computed from them take Adam's step.

    Args:
        module: whose parameters are trained; those that need no gradient are left out.
        lr: the learning rate of both.
        betas: of Adam.
        threads: of the CPU that orthogonalise at the same time.

    Source: Jordan et al., "Muon: An optimizer for hidden layers in neural networks",
    2024 (kellerjordan.github.io/posts/muon), whose Newton-Schulz coefficients these
    are; Liu et al., "Muon is Scalable for LLM Training", 2025 (arXiv:2502.16982),
    section 2.2, for the scale; Kingma and Ba, "Adam", 2015, algorithm 1.
    """

    def __init__(
        self, module: nn.Module, lr: float, betas: tuple[float, float], threads: int = 1
    ) -> None:
        trained = [p for p in module.parameters() if p.requires_grad]
        inner = [p for p in trained if is_inner(p)]
        known = {id(p) for p in inner}
        outer = [p for p in trained if id(p) not in known]
        groups: list[dict[str, Any]] = [{"params": outer, "inner": False}]
        if inner:
            groups.append({"params": inner, "inner": True})
        super().__init__(groups, {"lr": lr, "betas": betas})
        self._pool = (
            ThreadPoolExecutor(threads, initializer=one_core_a_thread) if threads > 1 else None
        )

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] (no closure is ever given)
        """Move every parameter that has a gradient.

        Raises:
            ValueError: a closure was given.
        """
        if closure is not None:
            raise ValueError("Muon takes no closure")
        for group in self.param_groups:
            rate: float = group["lr"]
            params = cast("list[Tensor]", group["params"])
            moved = [(p, p.grad) for p in params if p.grad is not None]
            if group["inner"]:
                self._turn(moved, rate)
            else:
                self._adam(moved, rate, group["betas"])

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """As torch's; states get the parameters' layout in memory, for the same last bit."""
        super().load_state_dict(state_dict)
        for param, state in self.state.items():
            for name, value in state.items():
                if value.shape == param.shape:
                    state[name] = torch.empty_like(param).copy_(value)

    def _turn(self, moved: list[tuple[Tensor, Tensor]], rate: float) -> None:
        def move(pair: tuple[Tensor, Tensor]) -> None:
            param, gradient = pair
            state: dict[str, Tensor] = self.state[param]
            with torch.no_grad():
                if "momentum" not in state:
                    state["momentum"] = torch.zeros_like(param)
                mean = state["momentum"].lerp_(gradient, 1 - MOMENTUM)
                matrix = torch.lerp(gradient, mean, MOMENTUM).flatten(1)
                turned = orthogonalised(matrix).view_as(param)
                param.add_(turned, alpha=-rate * RMS * max(matrix.shape) ** 0.5)

        if self._pool is None:
            for pair in moved:
                move(pair)
        else:
            list(self._pool.map(move, moved))

    def _adam(
        self, moved: list[tuple[Tensor, Tensor]], rate: float, betas: tuple[float, float]
    ) -> None:
        for param, gradient in moved:
            state: dict[str, Tensor] = self.state[param]
            if not state:
                state["step"] = torch.zeros(())
                state["mean"] = torch.zeros_like(param)
                state["square"] = torch.zeros_like(param)
            state["step"] += 1
            done = float(state["step"])
            mean = state["mean"].lerp_(gradient, 1 - betas[0])
            square = state["square"].mul_(betas[1]).addcmul_(
                gradient, gradient, value=1 - betas[1]
            )  # fmt: skip
            root = (square / (1 - betas[1] ** done)).sqrt_().add_(1e-8)
            param.addcdiv_(mean, root, value=-rate / (1 - betas[0] ** done))


def is_inner(param: Tensor) -> bool:
    """Whether a parameter is the weight of a convolution between maps of 16 channels or more."""
    return param.ndim == 4 and min(param.shape[:2]) >= 16


def orthogonalised(matrix_MN: Tensor) -> Tensor:
    """The matrix with all its singular values moved to within about 0.3 of 1.

    Each iteration multiplies the matrix by a polynomial of its square; the polynomials are
    multiplied with each other first, which is cheaper, as a convolution's matrix is wide.

    Args:
        matrix_MN: (M, N), float32: in bf16 the squares' small eigenvalues turn negative, and grow.

    Returns:
        (M, N).

    Source: Jordan et al., "Muon", 2024: five Newton-Schulz iterations of a quintic.
    """
    a, b, c = _NEWTON_SCHULZ
    tall = matrix_MN.shape[0] > matrix_MN.shape[1]
    x = matrix_MN.T if tall else matrix_MN
    x = x / (torch.linalg.vector_norm(x) + 1e-7)
    square, product = x @ x.T, None
    for left in reversed(range(_ITERATIONS)):
        factor = torch.addmm(square, square, square, beta=b, alpha=c)
        factor.diagonal().add_(a)
        product = factor if product is None else factor @ product
        if left:
            square = factor @ (factor @ square)
    x = x if product is None else product @ x
    return x.T if tall else x
