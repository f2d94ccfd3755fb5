"""Questionnaires as forms: what they ask, which of it is open, and whether answers are sound.

Any R4 Questionnaire, not only ours; pure, without web or record. The answers of a form are
everywhere the ``item`` list of its QuestionnaireResponse, as plain JSON.
"""
