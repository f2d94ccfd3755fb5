"""What stops the start: configuration and content, named by the message."""

from smartapp.errors.root import GshError


class ConfigError(GshError):
    """The configuration is wrong; the message is one sentence that names the key."""

    code = "config"
    sentence = "The configuration is wrong; see the server's start-up message."


class ContentError(GshError):
    """A content file is unsound; the message names file, element and reason."""

    code = "content"
    sentence = "The program's content is unsound; see the server's start-up message."


class PathError(ContentError):
    """A FHIRPath expression cannot be compiled; the message is ``at column N: reason``."""

    code = "path"
    sentence = (
        "A formula in the definition of this form is unsound, so the form cannot be used. "
        "Tell your administrator."
    )


class PathFailed(ContentError):
    """A FHIRPath expression could not be evaluated; the message is a reason without any data."""

    code = "path-failed"
    sentence = (
        "A formula of this form could not be worked out with these answers. "
        "Tell your administrator which form it is."
    )
