"""Change: first against last, in points and in words, with the source of every threshold."""

import re
from html import unescape

import pytest
from markupsafe import Markup

from smartapp.web.course import Course
from smartapp.web.pages import unbroken

HRQOL = [
    "unhealthy-days",
    "physically-unhealthy-days",
    "mentally-unhealthy-days",
    "activity-limitation-days",
    "general-health",
]


@pytest.fixture
def assessed(coach, clinic):
    """Record PEG scores one day after another."""

    def record(*answers):
        for number in answers:
            coach.assess(peg=number, occasion="follow-up")
            clinic.clock.forward(minutes=25)
        return coach

    return record


def test_before_any_score_offers_the_first_assessment(coach):
    page = coach.see("outcomes")
    assert "No scores yet" in page
    assert "Start an assessment" in page


def test_one_score_is_no_change_yet(assessed):
    assert "change shows after the next assessment" in assessed(6).see("outcomes")


def test_without_two_scores_there_is_no_change_to_speak_of(content):
    course = Course(content.instruments["peg"].scales[0], ())
    assert (course.change, course.summary, course.verdicts) == ("", "", ())


@pytest.fixture
def moved(coach, content, clinic):
    """Record one instrument twice, with the same number everywhere; the outcomes page."""

    def record(slug, *numbers):
        for number in numbers:
            coach.submit(coach.answer(coach.start(slug, occasion="follow-up"), number))
            clinic.clock.forward(minutes=25)
        return coach.see("outcomes")

    return record


def test_a_scale_without_a_threshold_gets_no_verdict(moved):
    page = moved("semcd-6", 3, 6)
    assert "No threshold known" in page
    assert "No published threshold for a meaningful change is known to us." in page
    assert "A reliable change: more than 1.85 points" in page
    assert "o meaningful change<" not in page


def test_a_scale_says_where_its_score_stands(moved):
    page = moved("gad-7", 2)
    assert "Band: Moderate (10 to 14)." in page
    assert "At or above the cut-off of 10." in page
    assert "Lower is better, from 0 to 21." in page


def test_change_is_told_from_the_first_and_from_the_one_before(assessed):
    page = assessed(8, 4, 5).see("outcomes")
    assert "Since the first, follow up (23 November 2026): better by 3.0 points (37.5%)." in page
    assert "Since follow up (23 November 2026): worse by 1.0 points (25%)." in page


def test_with_two_scores_the_one_before_is_the_first(assessed):
    page = assessed(8, 4).see("outcomes")
    assert (page.count("Since the first, follow up"), page.count("Since follow up")) == (1, 0)
    assert "<dt>First</dt><dd>8.0</dd>" in page


def test_a_paper_form_dated_before_the_baseline_is_not_what_change_is_counted_from(coach, clinic):
    """Somebody finds it later and enters it: the baseline stays the baseline."""
    coach.enroll()
    coach.assess(peg=8)
    found = {"manner": "paper", "filled_on": "2026-11-20"}
    coach.assess(peg=1, occasion="session", session_number="1", **found)
    assert "No score since the baseline" in coach.see("outcomes")
    clinic.clock.forward(minutes=25)
    coach.assess(peg=4, occasion="session", session_number="2")
    page = coach.see("outcomes")
    assert "<dt>Baseline</dt><dd>8.0</dd>" in page
    assert "Since baseline (23 November 2026): better by 4.0 points (50%)." in page
    assert "The last is 4.0 lower than the baseline." in page
    assert "8.0 (baseline, 23 November 2026)" in coach.see("note")


def test_of_a_score_that_is_a_change_no_change_is_told(moved, coach):
    """PGIC at the end and at the follow-up: neither is subtracted from the other."""
    page = moved("pgic", 1, 3)
    assert "It says the change itself." in page
    assert "Since the first" not in page
    assert "<dt>Change</dt>" not in page
    coach.enroll()
    assert "it says the change itself" in coach.see("note")


def test_a_table_has_a_heading_for_each_of_its_columns(moved):
    page = moved("peg", 3)
    table = page.split("PEG score over time")[1].split("</table>")[0]
    assert table.count('<th scope="col"') == len(re.findall("<t[hd]", table.split("<tbody>")[1]))


def test_a_name_with_a_hyphen_stays_on_one_line(coach):
    coach.assess(peg=3)
    coach.enroll()
    assert '<span class="unbroken">PHQ-9,</span>' in coach.see()
    assert unbroken("<PHQ-9> and self-help") == (
        '&lt;<span class="unbroken">PHQ-9</span>&gt; and self-help'
    )


def test_a_name_is_kept_whole_inside_what_is_markup_already():
    """A title in a language of its own is marked as such, and stays so."""
    title = Markup('<span lang="en">PHQ-9 & more</span>')
    kept = '<span lang="en"><span class="unbroken">PHQ-9</span> & more</span>'
    assert unbroken(title) == kept


def test_on_paper_it_says_when_the_record_was_read(coach):
    assert "Printed as read from the record on" in coach.see("outcomes")


class TestQuestionsThatAreNoScores:
    """HRQOL-4: the unhealthy days are the score, the four questions are its answers."""

    @pytest.fixture
    def days(self, coach):
        def answer(**days):
            page = coach.answer(coach.start("hrqol-4"), **days)
            return coach.submit(page, **{"without-score.1": "yes"})

        return answer

    def test_stand_in_one_table_and_not_beside_the_score(self, coach, days):
        days(general="3", physical="4", mental="20", activity="1")
        page = coach.see("outcomes")
        assert re.findall(r"<h3>(.*)</h3>", page) == ["Unhealthy days"]
        row = re.sub(r"\s+", "", page.split("answers to its questions")[-1])
        assert "Generalhealth</th><td>Fair</td>" in row
        assert "Mentallyunhealthydays</th><td>20</td>" in row
        assert "Frequent mental distress" in page

    def test_are_nothing_that_a_score_lacks(self, coach, days):
        page = unescape(coach.follow(days(physical="4", mental="20")).text)
        assert "No score" not in page
        assert "<h3" in page
        assert "General health" not in page

    def test_are_shown_though_there_is_no_score(self, coach, days):
        days(general="3", physical="4")
        assert "Both questions on days must be answered" in coach.see()
        assert "<td>Fair</td>" in coach.see("outcomes")

    def test_are_kept_for_whoever_reads_scores_alone(self, days, ehr, patient):
        days(general="3", physical="4", mental="20", activity="1")
        codes = [one["code"]["coding"][0]["code"] for one in ehr.kept("Observation", patient)]
        assert sorted(codes) == sorted(HRQOL)

    def test_stand_in_no_note(self, coach, days):
        coach.enroll()
        days(general="3", physical="4", mental="20", activity="1")
        note = coach.see("note")
        assert "Unhealthy days" in note
        assert "General health" not in note


def test_subscales_stand_behind_the_summary_of_their_instrument(moved, coach):
    moved("phq-4", 2)
    group = coach.see().split('id="course-phq-4"')[1].split("</section>")[0]
    shown, folded = group.split("<details")
    assert "PHQ-4 total" in shown
    assert "PHQ-4 anxiety (GAD-2)" in folded
    assert folded.count("<svg") == 2
    assert shown.count("<svg") == 1


def test_instruments_stand_in_the_programs_order(coach):
    coach.assess(peg=6, pseq=3)
    page = coach.see()
    assert page.index('id="course-peg"') < page.index('id="course-pseq"')
    assert "PEG 6.0; PSEQ 30" in page


@pytest.mark.parametrize(
    ("first", "last", "verdict", "change"),
    [
        (7, 3, "Meaningfully better", "-4.0"),
        (3, 7, "Meaningfully worse", "+4.0"),
        (5, 5, "No meaningful change", "0.0"),
    ],
)
def test_first_against_last_has_a_verdict(assessed, first, last, verdict, change):
    page = assessed(first, 1, last).see("outcomes")
    assert verdict in page
    assert f"<dt>Change</dt><dd>{change}</dd>" in page


def test_every_threshold_is_shown_with_its_source(assessed, content):
    page = assessed(7, 3).see("outcomes")
    for threshold in content.instruments["peg"].scales[0].thresholds:
        assert threshold.source in page
    assert "at least 30%" in page


def test_a_scale_with_bands_names_the_last_ones(coach, content):
    coach.assess(pseq=5)
    scale = content.instruments["pseq"].scales[0]
    page = coach.see("outcomes")
    assert scale.bands_source in page


def test_the_picture_has_a_text_beside_it(assessed):
    page = assessed(7, 3).see()
    assert "<svg" in page
    assert "Show the numbers" in page


def test_the_page_needs_no_further_read_for_the_trend(assessed, ehr):
    coach = assessed(7, 5, 3)
    ehr.log = []
    coach.see("outcomes")
    assert len(ehr.log) == 7


def test_scores_of_an_earlier_enrollment_do_not_count(coach, ehr, patient, clinic):
    coach.enroll()
    coach.assess(peg=9)
    plan = ehr.kept("CarePlan", patient)[0]["id"]
    coach.fill(f"enrollment/{plan}/withdraw", reason="own-choice")
    clinic.clock.forward(minutes=20)
    coach.enroll()
    coach.assess(peg=4, occasion="baseline")
    assert "change shows after the next assessment" in coach.see("outcomes")


def test_scores_others_recorded_are_shown_apart(coach, ehr, patient):
    coding = {"system": "http://loinc.org", "code": "91147-9"}
    about = {"status": "final", "code": {"coding": [coding]}, "valueQuantity": {"value": 7}}
    subject = {"reference": f"Patient/{patient}"}
    ehr.create("Observation", subject=subject, effectiveDateTime="2026-10-01T09:00:00Z", **about)
    page = coach.see("outcomes")
    assert "Recorded outside the program" in page
    assert "No scores yet" in page


class TestOneAssessment:
    def show(self, coach, answered):
        return unescape(coach.follow(answered).text)

    def test_says_how_each_score_was_reached_and_by_which_rule(self, coach):
        page = self.show(coach, coach.assess(peg=6))
        assert "3 answers add up to 18, divided by 3; all 3 answered." in page
        assert "All 3 questions must be answered; otherwise there is no score." in page

    def test_names_what_has_no_score_and_why(self, coach, content):
        answered = coach.answer(coach.start("pseq-2"), 3, **{"9": None})
        page = self.show(coach, coach.submit(answered, **{"without-score.1": "yes"}))
        assert "No score: PSEQ-2 total." in page
        assert content.instruments["pseq-2"].scales[0].missing_rule in page

    def test_says_the_change_up_to_it_and_not_beyond(self, coach, clinic):
        made = []
        for number in (8, 4, 1):
            made.append(coach.assess(peg=number, occasion="follow-up"))
            clinic.clock.forward(minutes=25)
        page = self.show(coach, made[1])
        assert "better by 4.0 points (50%)" in page
        assert "better by 7.0 points" not in page

    def test_the_first_says_no_change(self, coach):
        assert "Since " not in self.show(coach, coach.assess(peg=6))

    def test_scores_stand_in_the_order_of_asking(self, coach):
        page = self.show(coach, coach.assess(peg=6, pseq=3))
        assert page.index("PEG score") < page.index("PSEQ total")

    def test_of_an_earlier_enrollment_is_read_by_itself(self, coach, ehr, patient):
        coach.enroll()
        earlier = coach.assess(peg=9)
        plan = ehr.kept("CarePlan", patient)[0]["id"]
        coach.fill(f"enrollment/{plan}/withdraw", reason="own-choice")
        coach.enroll()
        coach.assess(peg=4)
        page = self.show(coach, earlier)
        assert "9.0" in page
        assert "Since " not in page
