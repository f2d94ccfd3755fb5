"""The audit trail: who did what to whose record, when, and what became of it.

``trail.py`` keeps the lines, ``event.py`` says what a line is, ``visit.py`` makes one line of all
that a page reads, ``pseudonym.py`` hides whose record it was.
"""
