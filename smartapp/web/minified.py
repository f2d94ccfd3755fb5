"""A program of its own: texts by name and kind on standard input, made small on its output.

The minifier is written in Go. What Go starts in a process does not live on in one forked from it:
there a call waits for ever. A server that forks its workers must not have it in itself.
"""

import json
import sys


def main() -> None:
    """Read ``{name: [kind, text]}`` as JSON, and write ``{name: text}``."""
    import minify

    given = json.load(sys.stdin)
    json.dump({name: minify.string(*one) for name, one in given.items()}, sys.stdout)


if __name__ == "__main__":
    main()
