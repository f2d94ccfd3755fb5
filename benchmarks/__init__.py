"""Benchmarks: each case beside a peer in the same run, so that ratios and not seconds are compared.

``python -m benchmarks`` prints the table and writes ``benchmarks/RESULTS.md``.
"""
