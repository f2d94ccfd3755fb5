"""A small EHR to try the program in: authorization server, FHIR endpoint and chart pages.

Synthetic patients only, loopback only; production code never imports this package.
"""
