"""Statistics and verdicts over outcomes, one a file."""
