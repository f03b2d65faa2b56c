"""`stylemamba export`: the one pass for onnxruntime."""

from __future__ import annotations

from pathlib import Path

import click

from stylemamba.cli.messages import to_json
from stylemamba.cli.options import FILE


@click.command(short_help="Write the one pass for onnxruntime, to run without PyTorch.")
@click.argument("folder", type=FILE, metavar="DIR")
@click.option("--fusion", type=FILE, metavar="DIR", help="Folder of a style fusion.")
@click.option("--autoencoder", type=FILE, metavar="DIR", help="Folder of an embedded autoencoder.")
@click.option("--encoder", type=FILE, metavar="DIR", help="Folder of an ArtLIP.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def export(
    folder: Path,
    fusion: Path | None,
    autoencoder: Path | None,
    encoder: Path | None,
    as_json: bool,
) -> int:
    """Write models and a script to DIR that stylise photos with onnxruntime alone.

    DIR must not exist or be empty. What is written is run in onnxruntime and compared with PyTorch
    first. Needs pip install onnx onnxscript onnxruntime; DIR/README.md says how to go on.
    """
    from stylemamba.export import check_folder, check_tools

    check_tools()
    check_folder(folder)
    from stylemamba.export.folder import write_export
    from stylemamba.pipeline import StyleMambaPipeline

    pipe = StyleMambaPipeline.from_pretrained(
        fusion=fusion, autoencoder=autoencoder, encoder=encoder, device="cpu"
    )
    report = write_export(pipe.encoder, pipe.autoencoder, pipe.fusion, folder)
    if as_json:
        differences = [
            {"height": height, "width": width, "difference": difference}
            for (height, width), difference in report.differences.items()
        ]
        summary = {
            "folder": str(folder),
            "bytes": report.sizes,
            "differences": differences,
            "text_difference": report.text_difference,
            "likelihood_difference": report.likelihood_difference,
        }
        click.echo(to_json(summary))
        return 0
    for name, size in report.sizes.items():
        click.echo(f"{size / 1e6:8.1f} MB  {name}")
    for (height, width), difference in report.differences.items():
        click.echo(f"max abs difference to PyTorch, {width} x {height}: {difference:.1e}")
    click.echo(f"max abs difference to PyTorch, sentences: {report.text_difference:.1e}")
    click.echo(f"max abs difference to PyTorch, likelihoods: {report.likelihood_difference:.1e}")
    click.echo(folder)
    return 0
