"""Groups of the ``smartapp`` command that are large enough for a file of their own."""
