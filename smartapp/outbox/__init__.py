"""The outbox: every intended write is kept here, encrypted, before it is sent anywhere.

A *saving* is what one form wants written: resources created together, or one changed. It is kept,
claimed, sent and settled (``states.py``); of what is confirmed only the fact stays, for a day.
Savings of one patient go in the order they were kept in.
"""
