"""The rules for a QuestionnaireResponse, numbered 1 to 58, one module a family.

Sources: R4 QuestionnaireResponse and its invariants, SDC 3.0 "Form Behavior and Calculation", the
messages of HL7's reference validator. Codes are those of http://hl7.org/fhir/issue-type.
"""

from collections.abc import Mapping

from smartapp.forms.issue import Severity

RULES: Mapping[int, tuple[Severity, str]] = {
    # Header
    1: ("warning", "required"),  # names its questionnaire (R4 does not demand it)
    2: ("error", "not-found"),  # which is this one, in this version, and a Questionnaire
    3: ("warning", "business-rule"),  # neither draft nor retired
    4: ("warning", "business-rule"),  # authored while the questionnaire is in use, not in future
    5: ("error", "code-invalid"),  # status
    6: ("error", "business-rule"),  # subject: its type, and the patient of the launch
    7: ("error", "business-rule"),  # source and author: their types
    8: ("error", "business-rule"),  # no modifierExtension or implicitRules that we do not know
    # Structure, held at any time
    9: ("error", "required"),  # linkId
    10: ("error", "not-found"),  # the questionnaire has it
    11: ("error", "structure"),  # below the right parent
    12: ("error", "structure"),  # in the order of the questionnaire
    13: ("error", "structure"),  # once, unless a group repeats
    14: ("error", "structure"),  # no answer to a group
    15: ("error", "structure"),  # neither answer nor items in a display
    16: ("error", "structure"),  # items below a question stand in its answer; qrs-1
    17: ("error", "structure"),  # one value an answer; nothing empty
    18: ("warning", "value"),  # text as in the questionnaire
    19: ("error", "value"),  # definition as in the questionnaire
    # Enablement, presence, cardinality
    20: ("error", "business-rule"),  # no answer where enableWhen is false
    21: ("error", "business-rule"),  # nor where enableWhenExpression is
    22: ("error", "business-rule"),  # nor below what is disabled
    23: ("error", "required"),  # required question
    24: ("error", "required"),  # required group
    25: ("error", "structure"),  # minOccurs, maxOccurs; one answer where it does not repeat
    # Type, held at any time
    26: ("error", "structure"),  # value[x] fits the item
    27: ("error", "value"),  # and is written as FHIR has it
    28: ("error", "value"),  # a string is one line
    29: ("error", "value"),  # 1 MB, no control characters
    # Options
    30: ("error", "code-invalid"),  # a Coding is offered; its display (a warning)
    31: ("error", "code-invalid"),  # a value of another type is offered
    32: ("error", "structure"),  # options of that type are offered at all
    33: ("error", "code-invalid"),  # a Coding is in the value set
    34: ("warning", "code-invalid"),  # words of one's own are not those of an option
    35: ("error", "business-rule"),  # an exclusive option stands alone
    36: ("error", "business-rule"),  # nothing is chosen twice
    37: ("error", "business-rule"),  # the option is offered now (answerOptionsToggleExpression)
    38: ("warning", "code-invalid"),  # a Coding has its system
    # Limits
    39: ("error", "value"),  # minLength
    40: ("error", "value"),  # maxLength
    41: ("error", "value"),  # regex
    42: ("error", "value"),  # least and most of an integer
    43: ("error", "value"),  # of a decimal
    44: ("error", "value"),  # of a date, dateTime or time
    45: ("error", "value"),  # of a quantity
    46: ("error", "value"),  # maxDecimalPlaces
    47: ("error", "code-invalid"),  # the unit is offered
    48: ("error", "code-invalid"),  # the unit is in the value set, or the fixed one
    49: ("error", "value"),  # type of an attachment
    50: ("error", "value"),  # its size
    51: ("error", "value"),  # a reference
    52: ("error", "value"),  # a slider's step
    53: ("error", "value"),  # least and most that are calculated
    # Expressions
    54: ("error", "invariant"),  # constraint, targetConstraint
    55: ("error", "business-rule"),  # a calculated answer is what it calculates to
    56: ("error", "business-rule"),  # nobody answers a readOnly question
    57: ("error", "business-rule"),  # what is fixed stays
    58: ("error", "business-rule"),  # variables can be evaluated
}
"""Severity and issue type of every rule."""

ALWAYS = frozenset({1, 2, 5, 6, 7, 8, *range(9, 20), *range(26, 30), 32})
"""Rules that an answer given so far keeps too: which form and whose it is, structure and types."""
