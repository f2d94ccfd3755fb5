"""Any questionnaire in a draft: repeated groups, hidden questions and files lose nothing."""

import io
from uuid import uuid4

import pytest

from smartapp.drafts.answers import Sheet
from smartapp.drafts.draft import Start
from smartapp.drafts.drawer import Drawer
from smartapp.drafts.patient import PatientDrafts
from smartapp.forms.reading import read_questionnaire

APP = "https://app.example"
DIARY = {
    "resourceType": "Questionnaire",
    "id": "diary",
    "url": "https://x.example/diary",
    "version": "1",
    "title": "Diary",
    "status": "active",
    "item": [
        {
            "linkId": "visit",
            "type": "group",
            "text": "Visit",
            "repeats": True,
            "item": [
                {"linkId": "drug", "type": "string", "text": "Which drug?"},
                {"linkId": "days", "type": "integer", "text": "For how many days?"},
            ],
        },
        {"linkId": "sleep", "type": "boolean", "text": "Did you sleep?"},
        {
            "linkId": "hours",
            "type": "decimal",
            "text": "How long?",
            "enableWhen": [{"question": "sleep", "operator": "=", "answerBoolean": True}],
        },
        {"linkId": "photo", "type": "attachment", "text": "A photo"},
    ],
}


class Work:
    """A diary that is being filled in, as its pages show it."""

    def __init__(self, clinic, coach):
        self.coach, self.key = coach, uuid4()
        file = clinic.store.file.parent / "drafts.sqlite3"
        drawer = Drawer(file, clinic.store.keys, clinic.clock)
        start = Start("baseline", None, ("https://x.example/diary|1",), author_name="Dana Coach")
        PatientDrafts(drawer, clinic.ehr.base, coach.patient).start(self.key, start, [Sheet()])
        self.page = f"assessments/{self.key}/1"

    def send(self, **typed):
        """Post the page with what is typed into it."""
        return self.coach.follow(self.coach.send(self.coach.open(self.page), **typed))

    def values(self):
        values = self.coach.open(self.page).values
        return {name: text for name, text in values.items() if name.startswith("q/")}

    def press(self, button, **typed):
        return self.coach.send(self.coach.open(self.page), **{button: ""}, **typed)

    def submitted(self, ehr):
        review = self.coach.get(f"assessments/{self.key}/review")
        answer = self.coach.submit(review)
        assert answer.status_code == 303, answer.text
        (response,) = ehr.kept("QuestionnaireResponse", self.coach.patient)
        return response["item"]


@pytest.fixture
def diary(clinic, coach):
    read = read_questionnaire(DIARY)
    clinic.content.forms[read.canonical] = read
    coach.see()
    yield Work(clinic, coach)
    del clinic.content.forms[read.canonical]


def test_a_group_is_added_and_every_answer_stays_where_it_was(diary, ehr):
    diary.press("add:q/visit", **{"q/visit/drug": "A", "q/visit/days": "3"})
    diary.send(**{"q/visit*1/drug": "B"})
    assert diary.values() | {"q/visit/drug": "A", "q/visit*1/drug": "B"} == diary.values()
    first, second = diary.submitted(ehr)
    assert [i["answer"][0] for i in first["item"]] == [{"valueString": "A"}, {"valueInteger": 3}]
    assert [i["answer"][0] for i in second["item"]] == [{"valueString": "B"}]


def test_a_group_is_taken_away_and_the_next_moves_up(diary, ehr):
    diary.press("add:q/visit", **{"q/visit/drug": "A"})
    diary.press("remove:q/visit", **{"q/visit*1/drug": "B", "q/sleep": "true"})
    assert diary.values()["q/visit/drug"] == "B"
    visit, sleep = diary.submitted(ehr)
    assert visit["item"][0]["answer"] == [{"valueString": "B"}]
    assert sleep["answer"] == [{"valueBoolean": True}]


def test_what_cannot_be_read_stays_typed_when_a_group_is_added(diary):
    diary.press("add:q/visit", **{"q/visit/days": "a few"})
    assert diary.values()["q/visit/days"] == "a few"


def test_a_page_from_before_a_group_was_taken_away_puts_nothing_in_the_wrong_place(diary):
    diary.press("add:q/visit", **{"q/visit/drug": "A"})
    old = diary.coach.open(diary.page)
    diary.press("remove:q/visit", **{"q/visit*1/drug": "B"})
    answer = diary.coach.send(old, **{"q/visit*1/drug": "C"}, go="next")
    assert answer.status_code == 409
    assert ">C<" in answer.text
    assert diary.values()["q/visit/drug"] == "B"


def test_an_answer_that_another_hides_is_kept_and_not_submitted(diary, ehr):
    diary.send(**{"q/sleep": "true", "go": ""})
    diary.send(**{"q/hours": "6.50"})
    diary.send(**{"q/sleep": "false"})
    diary.send(**{"q/sleep": "true"})
    assert diary.values()["q/hours"] == "6.50"
    diary.send(**{"q/sleep": "false"})
    assert [item["linkId"] for item in diary.submitted(ehr)] == ["sleep"]


def test_a_file_is_kept_with_the_other_answers(diary, ehr):
    form = diary.coach.open(diary.page)
    picture = (io.BytesIO(b"\x89PNG\r\n\x1a\n" + bytes(16)), "leg.png", "image/png")
    told = {**form.values, "q/sleep": "true", "q/photo": picture, "go": "next"}
    told = {name: value for name, value in told.items() if value != ""}
    sent = {"base_url": APP, "headers": {"Referer": APP + diary.coach.home}}
    answer = diary.coach.http.post(
        form.action, data=told, content_type="multipart/form-data", **sent
    )
    assert answer.status_code == 303
    *_, photo = diary.submitted(ehr)
    assert photo["answer"][0]["valueAttachment"]["contentType"] == "image/png"


def test_a_questionnaire_without_a_score_is_saved_and_shown(diary, coach, ehr):
    diary.send(**{"q/visit/drug": "A"})
    diary.submitted(ehr)
    page = coach.follow(coach.get(f"assessments/{diary.key}/1")).text
    assert "Answers: Diary" in page
    assert "Which drug?" in page
    assert not ehr.kept("Observation", coach.patient)
