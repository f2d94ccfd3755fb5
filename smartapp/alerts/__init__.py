"""Safety alerts as the program keeps them itself: from the moment an answer is kept, for good.

No EHR is needed to raise one or to respond to it; what the record has of it comes after.
"""
