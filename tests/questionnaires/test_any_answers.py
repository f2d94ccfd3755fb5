"""Whatever is answered, however little: a score is on its scale, or there is none."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartapp.content import FOLDER, load
from smartapp.fhir.response import Answered, read
from smartapp.program.alert import alerting
from smartapp.program.assessment import Response, attainable, band, unscored

pytestmark = pytest.mark.untraced  # hundreds of random answers

CONTENT = load()
SLUGS = sorted(path.stem for path in FOLDER.glob("*.json"))


def _answers(instrument):
    """Any answers to any of the questions."""
    offered = {i.link_id: st.sampled_from(i.numbers) for i in instrument.items}
    return st.fixed_dictionaries({}, optional=offered)


@pytest.mark.parametrize("slug", SLUGS)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_a_score_is_on_its_scale_or_there_is_none(slug, data):
    instrument = CONTENT.instruments[slug]
    response = Response(instrument, data.draw(_answers(instrument)))
    scores = attainable(response)
    assert {s.scale.title for s in scores}.isdisjoint(s.title for s in unscored(response))
    for made in scores:
        assert made.scale.least <= made.value <= made.scale.most
        assert made.answers.keys() <= response.answers.keys()
        assert bool(band(made)) == bool(made.scale.bands)


@pytest.mark.parametrize("slug", SLUGS)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_what_is_written_is_read_again(slug, data):
    instrument = CONTENT.instruments[slug]
    response = Response(instrument, data.draw(_answers(instrument)))
    canonical = f"{instrument.url}|{instrument.version}"
    items = Answered.of(response).items
    resource = {"status": "completed", "questionnaire": canonical, "item": items}
    assert read(resource, CONTENT.instruments.values()) == response


@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_the_alert_of_the_phq_9_depends_on_its_ninth_question_alone(data):
    phq = CONTENT.instruments["phq-9"]
    answers = data.draw(_answers(phq))
    assert bool(alerting(Response(phq, answers))) == (answers.get("44260-8", 0) > 0)
