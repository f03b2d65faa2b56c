"""Measuring stylised pictures: metrics, judges, tables, comparisons and benchmarks."""
