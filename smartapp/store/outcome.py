"""What the store says when it does not do what was asked."""

from typing import Any


class Refused(Exception):
    """The store will not do it: ``status`` is HTTP's, ``code`` FHIR's issue-type, and a sentence.

    The sentence may quote the request, so it belongs in the answer and never in a log.
    """

    def __init__(self, status: int, code: str, sentence: str) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code
        self.sentence = sentence

    def resource(self) -> dict[str, Any]:
        """The same as an OperationOutcome."""
        return outcome(self.sentence, severity="error", code=self.code)


def outcome(sentence: str, *, severity: str, code: str) -> dict[str, Any]:
    """An OperationOutcome of one issue."""
    issue = {"severity": severity, "code": code, "diagnostics": sentence}
    return {"resourceType": "OperationOutcome", "issue": [issue]}


def malformed(sentence: str) -> Refused:
    """400: the request breaks the rules of HTTP, of search or of a Bundle."""
    return Refused(400, "invalid", sentence)


def missing(kind: str, id: str) -> Refused:
    """404: nothing was ever kept under this type and id."""
    return Refused(404, "not-found", f"There is no {kind}/{id}.")


def gone(kind: str, id: str) -> Refused:
    """410: it was deleted; its history is still there."""
    return Refused(410, "deleted", f"{kind}/{id} was deleted.")


def unmet(sentence: str) -> Refused:
    """412: a condition of the request (If-Match, If-None-Exist) does not hold."""
    return Refused(412, "conflict", sentence)
