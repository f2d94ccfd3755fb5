"""How the program is shown: server-rendered pages that work without JavaScript."""
