"""What was answered with an earlier version stays readable, valid and comparable."""

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import pytest

from smartapp.content import FOLDER, load
from smartapp.fhir.response import read
from smartapp.forms.state import Context
from smartapp.forms.validate import validate
from smartapp.program.assessment import attainable

CONTENT = load()
EARLIER = sorted(path.stem for path in (FOLDER / "earlier").glob("*.json"))
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
EXACT = {"peg": Decimal("6.333333333333333"), "semcd-6": Decimal("6.166666666666666666666666667")}


def _answered(slug, numbers, total):
    """A response to version 1.0.0 of an instrument of numbers, its mean with all its digits."""
    questionnaire = CONTENT.questionnaires[f"{slug}-1.0.0"]
    links = [item["linkId"] for item in questionnaire["item"] if item["type"] == "integer"]
    given = [(link, {"valueInteger": n}) for link, n in zip(links, numbers, strict=True)]
    told = [*given, ("score", {"valueDecimal": total})]
    return {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": f"{questionnaire['url']}|1.0.0",
        "status": "completed",
        "subject": {"reference": "Patient/p1"},
        "item": [{"linkId": link, "answer": [answer]} for link, answer in told],
    }


@pytest.mark.parametrize("stem", EARLIER)
def test_an_earlier_version_is_kept_as_it_was_and_not_offered(stem):
    slug, _, version = stem.rpartition("-")
    kept, now = CONTENT.questionnaires[stem], CONTENT.instruments[slug]
    assert (kept["url"], kept["version"]) == (now.url, version)
    assert now.version > version
    assert stem not in CONTENT.instruments


@pytest.mark.parametrize(("slug", "numbers"), [("peg", (7, 6, 6)), ("semcd-6", (6, 6, 6, 6, 6, 7))])
def test_a_mean_written_with_all_its_digits_is_still_right(slug, numbers):
    response = _answered(slug, numbers, EXACT[slug])
    form = CONTENT.forms[response["questionnaire"]]
    issues = validate(form, response, Context(NOW, "en"))
    assert [issue for issue in issues if issue.severity == "error"] == []


@pytest.mark.parametrize(("slug", "numbers"), [("peg", (7, 6, 6)), ("semcd-6", (6, 6, 6, 6, 6, 7))])
def test_its_score_stands_beside_those_of_the_version_of_today(slug, numbers):
    known = read(_answered(slug, numbers, EXACT[slug]), CONTENT.instruments.values())
    (score,) = attainable(known)
    assert score.scale in CONTENT.instruments[slug].scales
    assert score.value == Fraction(sum(numbers), len(numbers))
