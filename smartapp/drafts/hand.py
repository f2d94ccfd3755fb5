"""Who gave the answers of one questionnaire, as they were kept."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Hand:
    """Staff, known by the launch's ``reference`` and ``name`` ("" where the EHR named nobody).

    With ``alone`` it was the patient, on a device handed over, or ``proxy``, who answered for them.
    """

    alone: bool = False
    reference: str = ""
    name: str = ""
    proxy: str = ""
