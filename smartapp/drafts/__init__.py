"""Drafts: assessments that are being answered, kept on the server field by field as they are given.

A draft is the truth until it is submitted. It needs no EHR, outlives launches and tokens, and is
sealed like the outbox.
"""
