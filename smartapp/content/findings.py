"""What is wrong or doubtful in one file of a site's folder, gathered until all of it is known."""

from collections.abc import Iterator
from contextlib import contextmanager

from smartapp.errors import ContentError
from smartapp.forms.reading_element import Finding


class Findings(list[Finding]):
    """The findings of one file, in the order they were made."""

    def error(self, element: str, reason: str) -> None:
        """Note what makes the file unsound."""
        self.append(Finding("error", element, reason))

    def warn(self, element: str, reason: str) -> None:
        """Note what its author should look at."""
        self.append(Finding("warning", element, reason))

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Note a ContentError ``<element>: <reason>`` instead of raising it."""
        try:
            yield
        except ContentError as error:
            element, _, reason = str(error).partition(": ")
            self.error(element, reason)

    @property
    def errors(self) -> list[Finding]:
        """Those that make the file unsound."""
        return [finding for finding in self if finding.severity == "error"]
