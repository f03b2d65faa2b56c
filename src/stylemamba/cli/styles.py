"""`stylemamba styles`: what the models know that is near a prompt."""

from __future__ import annotations

import click

from stylemamba.cli.messages import to_json
from stylemamba.cli.options import check_prompt
from stylemamba.notes import shorten


@click.command(short_help="Show which known styles are near a prompt.")
@click.argument("prompt", callback=check_prompt)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def styles(prompt: str, as_json: bool) -> int:
    """Show the known styles nearest to PROMPT and how well it is covered.

    Coverage goes from 0 (far from everything known) to 1. What was understood is said where it
    differs from what was typed, and so is what is not known.
    """
    from stylemamba.pipeline import StyleMambaPipeline
    from stylemamba.portable.pyramid import LOW_COVERAGE

    report = StyleMambaPipeline.from_pretrained(device="cpu").coverage(prompt)
    if as_json:
        neighbours = [{"style": name, "similarity": value} for name, value in report.neighbours]
        click.echo(
            to_json(
                {
                    "prompt": prompt,
                    "coverage": report.coverage,
                    "remarks": report.remarks,
                    "neighbours": neighbours,
                }
            )
        )
        return 0
    verdict = "far from the styles known here" if report.coverage < LOW_COVERAGE else "known"
    click.echo(f"{shorten(prompt)}: coverage {report.coverage:.2f}, {verdict}")
    for remark in report.remarks:
        click.echo(f"  {remark}")
    for name, value in report.neighbours:
        click.echo(f"  {value:5.2f}  {name}")
    return 0
