"""Every backend of the selective scan against the float64 loop that defines it."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.autograd import gradcheck
from torch.autograd.graph import saved_tensors_hooks

from stylemamba.errors import StyleMambaError
from stylemamba.scan import BACKENDS, cpp, cuda, default_backend, selective_scan, streamed
from stylemamba.scan.build import find_compiler


def has_compiler() -> bool:
    try:
        return bool(find_compiler())
    except OSError:
        return False


MISSING = {
    "cpp": pytest.mark.skipif(not has_compiler(), reason="needs a C++ compiler"),
    "cuda": pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
}
FAST_BACKENDS = [
    pytest.param(name, marks=MISSING.get(name, ())) for name in BACKENDS if name != "reference"
]
CPU_BACKENDS = ["streamed", pytest.param("cpp", marks=MISSING["cpp"])]
LENGTHS = [1, 7, streamed.CHUNK, streamed.CHUNK + 1, 3 * streamed.CHUNK + 5]


def scan_inputs(
    length: int, batch: int = 2, groups: int = 3, width: int = 5, state: int = 4, scale: float = 1.0
) -> list[Tensor]:
    generator = torch.Generator().manual_seed(length)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    inputs = [
        normal(batch, groups, width, length),
        normal(batch, groups, width, length).exp() * scale,
        -normal(groups, width, state).exp(),
        normal(batch, groups, state, length),
        normal(batch, groups, state, length),
        normal(groups, width),
    ]
    return [x.requires_grad_() for x in inputs]


def values_and_gradients(
    inputs: list[Tensor], backend: str, dtype: torch.dtype = torch.float64
) -> list[Tensor]:
    device = "cuda" if backend == "cuda" else "cpu"
    inputs = [x.detach().to(device, dtype).requires_grad_() for x in inputs]
    y = selective_scan(*inputs, backend=backend)
    weight = torch.linspace(-1, 2, y.numel(), dtype=dtype, device=device).view_as(y)
    return [x.cpu() for x in (y.detach(), *torch.autograd.grad((y * weight).sum(), inputs))]


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("backend", FAST_BACKENDS)
def test_float32_values_and_gradients_are_those_of_the_loop(backend: str, length: int) -> None:
    inputs = scan_inputs(length)
    expected = values_and_gradients(inputs, "reference")
    for actual, wanted in zip(
        values_and_gradients(inputs, backend, torch.float32), expected, strict=True
    ):
        error = (actual.double() - wanted).abs().max() / wanted.abs().max().clamp(min=1e-30)
        assert error < 1e-5


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("backend", CPU_BACKENDS)
def test_float64_is_exact(backend: str, length: int) -> None:
    inputs = scan_inputs(length)
    expected = values_and_gradients(inputs, "reference")
    for actual, wanted in zip(values_and_gradients(inputs, backend), expected, strict=True):
        torch.testing.assert_close(actual, wanted, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("width", [16, 33, 64, 100])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@MISSING["cpp"]
def test_cpp_with_whole_and_broken_vectors_of_channels(width: int, dtype: torch.dtype) -> None:
    inputs = scan_inputs(70, groups=2, width=width, state=16)
    expected = values_and_gradients(inputs, "reference")
    for actual, wanted in zip(values_and_gradients(inputs, "cpp", dtype), expected, strict=True):
        error = (actual.double() - wanted).abs().max() / wanted.abs().max()
        assert error < (1e-5 if dtype == torch.float32 else 1e-12)


@MISSING["cpp"]
def test_cpp_keeps_long_memory() -> None:
    """An exponential that errs systematically near 0 would be twice as far off as torch's."""
    inputs = scan_inputs(1500, batch=1, groups=1, width=16, state=4, scale=1e-4)
    expected = values_and_gradients(inputs, "reference")
    errors = {
        backend: max(
            ((actual.double() - wanted).abs().max() / wanted.abs().max()).item()
            for actual, wanted in zip(
                values_and_gradients(inputs, backend, torch.float32), expected, strict=True
            )
        )
        for backend in ("streamed", "cpp")
    }
    assert errors["cpp"] < 2 * errors["streamed"], errors


def test_loop_is_the_recurrence_written_out() -> None:
    u, delta, A, B, C, D = (
        torch.tensor(x, dtype=torch.float64) for x in ([2.0, 3.0], [0.5, 1.0], -1.0, 4.0, 5.0, 7.0)
    )
    y = selective_scan(
        u.view(1, 1, 1, 2),
        delta.view(1, 1, 1, 2),
        A.view(1, 1, 1),
        B.expand(1, 1, 1, 2),
        C.expand(1, 1, 1, 2),
        D.view(1, 1),
        backend="reference",
    )
    first = 0.5 * 4 * 2
    second = torch.exp(torch.tensor(-1.0, dtype=torch.float64)) * first + 1 * 4 * 3
    expected = torch.stack([torch.tensor(5.0 * first + 7 * 2), 5 * second + 7 * 3])
    torch.testing.assert_close(y.flatten(), expected.double())


def test_streamed_gradcheck_over_several_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streamed, "CHUNK", 3)
    inputs = scan_inputs(7, batch=2, groups=2, width=2, state=2)
    assert gradcheck(lambda *x: selective_scan(*x, backend="streamed"), inputs)


@pytest.mark.parametrize("backend", FAST_BACKENDS)
@pytest.mark.parametrize("scale", [1e-6, 1e3])
def test_extreme_step_sizes(backend: str, scale: float) -> None:
    inputs = scan_inputs(100, scale=scale)
    expected = values_and_gradients(inputs, "reference")
    for actual, wanted in zip(
        values_and_gradients(inputs, backend, torch.float32), expected, strict=True
    ):
        assert torch.isfinite(actual).all()
        assert (actual.double() - wanted).abs().max() <= 1e-5 * wanted.abs().max() + 1e-12


@pytest.mark.parametrize("backend", FAST_BACKENDS)
def test_causal(backend: str) -> None:
    device = "cuda" if backend == "cuda" else "cpu"
    u, *rest = (x.detach().to(device, torch.float32) for x in scan_inputs(150))
    changed = u.clone()
    changed[..., 70:] += 1
    before, after = (selective_scan(x, *rest, backend=backend) for x in (u, changed))
    assert torch.equal(before[..., :70], after[..., :70])
    assert (before[..., 70:] != after[..., 70:]).all()


@pytest.mark.parametrize("backend", FAST_BACKENDS)
def test_without_skip(backend: str) -> None:
    inputs = scan_inputs(70)
    with_skip = values_and_gradients(inputs, backend, torch.float32)[0].double()
    without = values_and_gradients(inputs[:-1], backend, torch.float32)
    u, D = inputs[0].detach(), inputs[-1].detach()
    torch.testing.assert_close(without[0].double(), with_skip - D[..., None] * u, rtol=0, atol=1e-4)
    assert len(without) == 6


@MISSING["cpp"]
def test_cpp_gradcheck() -> None:
    inputs = scan_inputs(40, batch=2, groups=2, width=2, state=2)
    assert gradcheck(lambda *x: selective_scan(*x, backend="cpp"), inputs, fast_mode=True)


def rearranged(x: Tensor, layout: str) -> Tensor:
    """The same (b, g, c, l) with its axes in another order in memory, or with holes."""
    if layout == "time last":
        return x.contiguous()
    if layout == "time first":
        return x.permute(3, 0, 1, 2).contiguous().permute(1, 2, 3, 0)
    if layout == "groups first":
        return x.permute(1, 3, 0, 2).contiguous().permute(2, 0, 3, 1)
    wide = x.new_full((x.shape[0], x.shape[3] + 2, x.shape[1], x.shape[2] + 3), torch.nan)
    view = wide.permute(0, 2, 3, 1)[:, :, 1:-2, 2:]
    return view.copy_(x)


@pytest.mark.parametrize("layout", ["time last", "time first", "groups first", "holes"])
@pytest.mark.parametrize("backend", CPU_BACKENDS)
def test_any_memory_layout(backend: str, layout: str) -> None:
    inputs = scan_inputs(70)
    expected = values_and_gradients(inputs, "reference")
    leaves = [
        (rearranged(x.detach(), layout) if x.dim() == 4 else x.detach()).requires_grad_()
        for x in inputs
    ]
    kept = [x.detach().clone() for x in leaves]
    y = selective_scan(*leaves, backend=backend)
    weight = torch.linspace(-1, 2, y.numel(), dtype=y.dtype).view(y.shape)
    gradients = torch.autograd.grad(y, leaves, rearranged(weight, layout))
    for actual, wanted in zip((y, *gradients), expected, strict=True):
        torch.testing.assert_close(actual, wanted)
    assert all(torch.equal(x, y) for x, y in zip(leaves, kept, strict=True))


@pytest.mark.parametrize("backend", CPU_BACKENDS)
def test_expanded_arguments(backend: str) -> None:
    u, delta, A, B, C, D = (x.detach() for x in scan_inputs(9))
    B = B[:, :1, :, :1].expand_as(B).requires_grad_()
    expected = selective_scan(u, delta, A, B, C, D, backend="reference")
    actual = selective_scan(u, delta, A, B, C, D, backend=backend)
    torch.testing.assert_close(actual, expected)
    wanted, got = (torch.autograd.grad(y.square().sum(), B)[0] for y in (expected, actual))
    torch.testing.assert_close(got, wanted)


@pytest.mark.parametrize("backend", CPU_BACKENDS)
@pytest.mark.parametrize("index", range(5))
def test_nan_goes_through(backend: str, index: int) -> None:
    inputs = [x.detach().float() for x in scan_inputs(40, width=20, state=16)]
    inputs[index][(0,) * inputs[index].dim()] = torch.nan
    y = selective_scan(*inputs, backend=backend)
    assert y[0, 0, 0].isnan().any()
    assert not y[1 if index != 2 else 0, 1].isnan().any()


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
@pytest.mark.parametrize("backend", CPU_BACKENDS)
def test_without_gradients(backend: str, mode: type[torch.no_grad]) -> None:
    inputs = scan_inputs(40)
    expected = selective_scan(*inputs, backend=backend)
    with mode():
        actual = selective_scan(*inputs, backend=backend)
    assert torch.equal(actual, expected) and not actual.requires_grad


@MISSING["cpp"]
def test_cpp_result_does_not_depend_on_threads() -> None:
    inputs = scan_inputs(100, width=50, state=16)
    threads = torch.get_num_threads()
    results = []
    try:
        for count in (1, 3):
            torch.set_num_threads(count)
            results.append(values_and_gradients(inputs, "cpp", torch.float32))
    finally:
        torch.set_num_threads(threads)
    assert all(torch.equal(x, y) for x, y in zip(*results, strict=True))


@MISSING["cpp"]
def test_cpp_leaves_denormal_numbers_to_the_process() -> None:
    selective_scan(*scan_inputs(3), backend="cpp")
    assert (torch.tensor([1e-40]) * torch.tensor([0.5])).item() > 0


def test_bfloat16_computes_in_float32_and_returns_bfloat16() -> None:
    inputs = [x.detach().bfloat16().requires_grad_() for x in scan_inputs(100)]
    y = selective_scan(*inputs)
    assert y.dtype == torch.bfloat16
    expected = selective_scan(*(x.detach().float() for x in inputs))
    torch.testing.assert_close(y, expected.bfloat16(), rtol=0, atol=0)
    y.float().sum().backward()
    assert all(x.grad is not None and x.grad.dtype == torch.bfloat16 for x in inputs)


@pytest.mark.parametrize("backend", CPU_BACKENDS)
def test_autocast_does_not_reach_inside(backend: str) -> None:
    inputs = scan_inputs(100)
    expected = values_and_gradients(inputs, backend, torch.float32)
    with torch.autocast("cpu", torch.bfloat16):
        actual = values_and_gradients(inputs, backend, torch.float32)
    assert all(torch.equal(x, y) for x, y in zip(actual, expected, strict=True))


@pytest.mark.parametrize("backend", CPU_BACKENDS)
def test_backward_keeps_only_the_states_at_chunk_starts(backend: str) -> None:
    inputs = scan_inputs(1024, batch=1, groups=2, width=8, state=16)
    sizes: list[int] = []

    def pack(x: Tensor) -> Tensor:
        sizes.append(x.numel())
        return x

    with saved_tensors_hooks(pack, lambda x: x):
        selective_scan(*inputs, backend=backend)
    tokens, states = 1024 * 2 * 8, 1024 * 2 * 8 * 16
    # u and delta, B and C (four times u together here, as n = 2 d), one state in a chunk of 32 or
    # more steps, and A and D.
    assert sum(sizes) < 6 * tokens + states // 32 + 1000
    assert max(sizes) < states // 4


def test_environment_variable_chooses_the_backend(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []

    def spy(*args: Tensor) -> Tensor:
        called.append("spy")
        return BACKENDS["reference"](*args)

    monkeypatch.setitem(BACKENDS, "spy", spy)
    inputs = scan_inputs(3)
    selective_scan(*inputs)
    assert called == []
    monkeypatch.setenv("STYLEMAMBA_SCAN", "spy")
    selective_scan(*inputs)
    assert called == ["spy"]
    selective_scan(*inputs, backend="streamed")
    assert called == ["spy"]


def test_default_backend(monkeypatch: pytest.MonkeyPatch) -> None:
    u = torch.zeros(1)
    for library, expected in ((object(), "cpp"), (None, "streamed")):
        monkeypatch.setattr(cpp, "load_library", lambda library=library: library)
        assert default_backend(u) == expected
        assert default_backend(u.double()) == expected
    assert default_backend(u.to("meta")) == "streamed"
    monkeypatch.setenv("STYLEMAMBA_SCAN", "reference")
    assert default_backend(u) == "reference"


def test_default_backend_is_asked_about_the_common_dtype(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[torch.dtype] = []
    monkeypatch.setattr(
        "stylemamba.scan.default_backend", lambda u: asked.append(u.dtype) or "streamed"
    )
    u, *rest = scan_inputs(3)
    assert selective_scan(u.float(), *rest).dtype == torch.float32
    selective_scan(u.float(), *(x.float() for x in rest))
    assert asked == [torch.float64, torch.float32]


def test_cpp_that_cannot_be_built_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cpp, "load_library", lambda: None)
    monkeypatch.setattr(cpp, "why_not", lambda: "there is no C++ compiler")
    with pytest.raises(StyleMambaError, match="no C\\+\\+ compiler; choose") as caught:
        selective_scan(*scan_inputs(3), backend="cpp")
    assert "\n" not in str(caught.value)


def test_unknown_backend_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STYLEMAMBA_SCAN", "abacus")
    with pytest.raises(StyleMambaError, match="abacus.*streamed") as caught:
        selective_scan(*scan_inputs(3))
    assert "\n" not in str(caught.value)


def test_wrong_shape_is_named() -> None:
    u, delta, A, B, C, D = scan_inputs(5)
    with pytest.raises(ValueError, match="B should have shape"):
        selective_scan(u, delta, A, B[..., :4], C, D)


@pytest.mark.skipif(torch.cuda.is_available(), reason="about machines without CUDA")
def test_cuda_backend_refuses_without_cuda() -> None:
    with pytest.raises(StyleMambaError, match="mamba-ssm"):
        selective_scan(*scan_inputs(3), backend="cuda")


def test_cuda_backend_flattens_groups_the_way_mamba_ssm_reads_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A stand-in with mamba-ssm's layout: channels (b, D, l), B and C (b, g, n, l)."""

    def kernel(
        u: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor, D: Tensor | None
    ) -> Tensor:
        assert u.dim() == delta.dim() == 3 and A.dim() == 2 and B.dim() == 4
        repeats = u.shape[1] // B.shape[1]
        B, C = (x.repeat_interleave(repeats, dim=1) for x in (B, C))
        return BACKENDS["reference"](
            u.unsqueeze(2),
            delta.unsqueeze(2),
            A.unsqueeze(1),
            B,
            C,
            None if D is None else D.unsqueeze(1),
        ).squeeze(2)

    monkeypatch.setattr(cuda, "_kernel", lambda: kernel)
    monkeypatch.setattr(cuda, "cuda_scan_available", lambda u: True)
    inputs = scan_inputs(6)
    expected = selective_scan(*inputs, backend="reference")
    torch.testing.assert_close(cuda.cuda_scan(*inputs), expected)
    torch.testing.assert_close(
        cuda.cuda_scan(*inputs[:-1]), selective_scan(*inputs[:-1], backend="reference")
    )
