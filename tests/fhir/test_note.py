"""The readable note: written once per content, replaced when it changes, never doubled."""

from base64 import b64decode
from dataclasses import replace
from datetime import date
from hashlib import sha1
from uuid import UUID
from xml.etree import ElementTree

import pytest

from smartapp.errors import EhrForbidden, EhrRejected, EhrUnsure, EntryRefused
from smartapp.fhir import enrollment as enrollments
from smartapp.fhir import identity, note
from smartapp.fhir.chart import Kept
from smartapp.fhir.ehrs import EhrProfile, profiles
from smartapp.fhir.place import Place
from smartapp.fhir.places import Places, Rules
from smartapp.fhir.plan import Why
from smartapp.program.enrollment import EnrollmentStatus, Exit
from smartapp.program.summary import Facts, Identity, Quote, Section, summarize

FORM = UUID(int=7)


@pytest.fixture
def summary(content, enrollment, walk):
    """A summary of one goal."""
    ada = Identity("Ada Quillfeather", "3 February 1970", "MRN-4711")
    day = date(2026, 11, 23)
    where = "Everything is in the EHR."
    return summarize(
        Facts(ada, content.program, enrollment, (walk,), (), (), where, "Dana Coach", day)
    )


@pytest.fixture
def changed(summary):
    """The same summary with one more section."""
    more = Section("More", (Quote("Goal 2", "Swim"),))
    return replace(summary, sections=(*summary.sections, more))


def written(ehr):
    return ehr.only("DocumentReference")


class TestShape:
    @pytest.fixture(autouse=True)
    def _put(self, chart, enrolled, summary):
        note.put(chart, enrolled, summary, FORM, (note.TEXT, note.XHTML))

    def test_is_a_current_final_progress_note_of_the_patient(self, ehr):
        made = written(ehr)
        assert (made["status"], made["docStatus"]) == ("current", "final")
        assert made["type"]["coding"][0]["code"] == "11506-3"
        assert made["category"][0]["coding"][0]["code"] == "clinical-note"
        assert made["subject"] == {"reference": "Patient/p1"}

    def test_says_who_wrote_it_when_and_in_which_visit_and_course(self, ehr):
        made = written(ehr)
        assert made["author"] == [{"reference": "Practitioner/d1", "display": "Dana Coach"}]
        assert made["date"] == "2026-11-23T09:30:05+10:30"
        assert made["context"]["encounter"] == [{"reference": "Encounter/e1"}]
        assert made["context"]["period"] == {"start": "2026-11-23", "end": "2026-11-23"}

    def test_holds_the_summary_in_each_format_with_its_size_and_hash(self, ehr, summary):
        text, xhtml = (content["attachment"] for content in written(ehr)["content"])
        data = b64decode(text["data"])
        assert (text["contentType"], data.decode()) == ("text/plain", note.plain.text(summary))
        assert (text["size"], b64decode(text["hash"])) == (len(data), sha1(data).digest())
        assert xhtml["contentType"] == "application/xhtml+xml"
        assert ElementTree.fromstring(b64decode(xhtml["data"])).tag.endswith("html")

    def test_names_no_format_code_and_refers_to_nothing_that_may_live_elsewhere(
        self, ehr, enrolled
    ):
        made = written(ehr)
        assert not [content for content in made["content"] if "format" in content]
        ours = next(identity.keys(enrolled.resource))
        assert made["context"]["related"] == [
            {"type": "CarePlan", "identifier": {"system": ours[0], "value": ours[1]}}
        ]

    def test_is_followed_by_a_provenance(self, ehr):
        targets = [p["target"][0]["reference"] for p in ehr.all("Provenance")]
        assert f"DocumentReference/{written(ehr)['id']}/_history/1" in targets


class TestOnce:
    def test_before_it_is_written_there_is_none(self, chart, enrolled, summary):
        found = note.standing(chart, enrolled, summary)
        assert (found.current, found.unchanged) == (None, False)

    def test_the_same_content_is_written_once(self, ehr, chart, enrolled, summary):
        first = note.put(chart, enrolled, summary, FORM)
        again = note.put(chart, enrolled, replace(summary, colophon=()), UUID(int=8))
        assert again == first
        assert again.note.thing == note.Note(chart.moment(), "Dana Coach")
        assert len(ehr.rows["DocumentReference", first.note.id]) == 1
        assert note.standing(chart, enrolled, summary).unchanged

    def test_an_answer_that_never_came_does_not_double_it(self, ehr, chart, enrolled, summary):
        ehr._written = lambda *_: (503, {}, b"")
        with pytest.raises(EhrUnsure):
            note.put(chart, enrolled, summary, FORM)
        del ehr._written
        note.put(chart, enrolled, summary, FORM)
        written(ehr)

    def test_another_enrollment_has_a_note_of_its_own(
        self, ehr, chart, enrolled, enrollment, content, summary
    ):
        note.put(chart, enrolled, summary, FORM)
        flags = {flag.code: False for flag in content.program.red_flags}
        other = enrollments.enroll(chart, enrollment, flags, UUID(int=99))
        assert note.standing(chart, other, summary).current is None
        note.put(chart, other, summary, FORM)
        assert [n["status"] for n in ehr.all("DocumentReference")] == ["current", "current"]


class TestReplaced:
    def test_changed_content_replaces_the_former(self, ehr, chart, enrolled, summary, changed):
        first = note.put(chart, enrolled, summary, FORM)
        second = note.put(chart, enrolled, changed, UUID(int=8))
        former, latter = ehr.all("DocumentReference")
        target = {"reference": f"DocumentReference/{first.note.id}"}
        assert latter["relatesTo"] == [{"code": "replaces", "target": target}]
        assert (former["status"], latter["status"], second.left) == ("superseded", "current", 0)
        assert note.standing(chart, enrolled, changed).current.id == second.note.id

    def test_the_former_is_changed_only_at_the_version_that_was_read(
        self, ehr, chart, enrolled, summary, changed
    ):
        note.put(chart, enrolled, summary, FORM)
        note.put(chart, enrolled, changed, UUID(int=8))
        puts = [r for r in ehr.sent if r.method == "PUT" and "DocumentReference" in r.url]
        assert [r.headers["If-Match"] for r in puts] == ['W/"1"']

    def test_content_that_comes_back_is_a_new_note(self, ehr, chart, enrolled, summary, changed):
        for n, said in enumerate((summary, changed, summary, summary)):
            note.put(chart, enrolled, said, UUID(int=n))
        rows = ehr.all("DocumentReference")
        assert [row["status"] for row in rows] == ["superseded", "superseded", "current"]
        assert len({next(identity.keys(row)) for row in rows}) == 3

    def test_where_nothing_may_be_updated_the_newest_counts(
        self, ehr, chart, enrolled, summary, changed
    ):
        ehr.refused["PUT", "DocumentReference"] = 403
        note.put(chart, enrolled, summary, FORM)
        second = note.put(chart, enrolled, changed, UUID(int=8))
        assert (second.left, [n["status"] for n in ehr.all("DocumentReference")]) == (
            1,
            ["current"] * 2,
        )
        assert note.standing(chart, enrolled, changed).current.id == second.note.id
        assert note.standing(chart, enrolled, changed).outdated

    def test_what_could_not_be_superseded_then_is_later(
        self, ehr, chart, enrolled, summary, changed
    ):
        """Also after a crash between the two writes."""
        ehr.refused["PUT", "DocumentReference"] = 500
        note.put(chart, enrolled, summary, FORM)
        note.put(chart, enrolled, changed, UUID(int=8))
        ehr.refused = {}
        assert note.put(chart, enrolled, changed, UUID(int=9)).left == 0
        assert [n["status"] for n in ehr.all("DocumentReference")] == ["superseded", "current"]


class TestFound:
    def put_back(self, ehr, **elements):
        made = {k: v for k, v in written(ehr).items() if k not in elements}
        ehr.rows.popitem()
        ehr.put(made | {k: v for k, v in elements.items() if v is not None})

    @pytest.fixture
    def found(self, ehr, chart, enrolled, summary):
        """Write a note, change what the EHR keeps of it, and look it up."""
        note.put(chart, enrolled, summary, FORM)
        ehr.rows = {k: v for k, v in ehr.rows.items() if k[0] != "Provenance"}

        def found(**elements):
            self.put_back(ehr, **elements)
            return note.standing(chart, enrolled, summary).current

        return found

    def test_by_the_start_where_the_ehr_drops_what_it_relates_to(self, found):
        assert found(context={"period": {"start": "2026-11-23"}}, author=None) is not None

    @pytest.mark.parametrize(
        "broken",
        [
            {"context": {"period": {"start": "2025-01-01"}}},
            {"context": None},
            {"status": "entered-in-error"},
            {"status": "superseded"},
            {"identifier": [{"system": "urn:elsewhere", "value": "1"}]},
        ],
    )
    def test_never_one_that_is_not_ours_or_not_current(self, found, broken):
        assert found(**broken) is None

    def test_an_enrollment_whose_identifier_was_dropped_is_told_by_its_reference(
        self, chart, enrolled, summary
    ):
        bare = {k: v for k, v in enrolled.resource.items() if k != "identifier"}
        kept = Kept(enrolled.thing, enrolled.id, enrolled.version, bare, None)
        note.put(chart, kept, summary, FORM)
        assert note.standing(chart, kept, summary).unchanged


def test_an_ended_enrollment_bounds_the_period(ehr, chart, enrolled, enrollment, summary):
    left = Exit(date(2026, 12, 1), "own-choice", "")
    ended = replace(enrollment, status=EnrollmentStatus.WITHDRAWN, exit=left)
    note.put(chart, replace(enrolled, thing=ended), summary, FORM)
    assert written(ehr)["context"]["period"]["end"] == "2026-12-01"


def test_one_that_starts_later_has_a_period_all_the_same(ehr, chart, enrolled, enrollment, summary):
    later = replace(enrollment, started=date(2027, 1, 4))
    note.put(chart, replace(enrolled, thing=later), summary, FORM)
    assert written(ehr)["context"]["period"] == {"start": "2027-01-04", "end": "2027-01-04"}


def test_more_than_5_mib_is_refused_with_a_sentence(ehr, chart, enrolled, summary):
    huge = Section("More", (Quote("Goal", "x" * note.LARGEST),))
    with pytest.raises(EntryRefused) as refused:
        note.put(chart, enrolled, replace(summary, sections=(huge,)), FORM, (note.XHTML,))
    assert "5 MiB" in refused.value.problems[0].sentence
    assert ehr.all("DocumentReference") == []


def test_a_user_without_a_reference_and_a_visitless_launch_are_left_out(
    ehr, chart, enrolled, summary
):
    chart.author = chart.encounter = None
    note.put(chart, enrolled, summary, FORM)
    assert "author" not in written(ehr)
    assert "encounter" not in written(ehr)["context"]


def test_an_ehr_that_refuses_notes_says_so(ehr, chart, enrolled, summary):
    ehr.refused["POST", "DocumentReference"] = 403
    with pytest.raises(EhrForbidden):
        note.put(chart, enrolled, summary, FORM)

    assert (note.offered(chart).place, note.offered(chart).why) == (Place.STORE, Why.REFUSED)


@pytest.mark.parametrize(("able", "place"), [("create", Place.EHR), ("read", Place.STORE)])
def test_what_the_ehr_says_of_itself_is_believed(ehr, chart, able, place):
    ehr.offer()
    row = {"type": "DocumentReference", "interaction": [{"code": able}]}
    ehr.statement["rest"][0]["resource"] = [row]
    assert note.offered(chart).place is place


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        ((), "text/plain"),
        (("application/pdf",), "text/plain"),
        (("application/pdf", "application/xhtml+xml"), "application/xhtml+xml"),
        (("text/plain;charset=utf-8", "application/xhtml+xml"), "text/plain;charset=utf-8"),
    ],
)
def test_the_best_format_an_ehr_takes_and_we_can_make_is_chosen(chart, accepted, chosen):
    profile = EhrProfile("some", "Some EHR", note_formats=accepted)
    chart.places = Places(chart.client, "p1", chart.identity, Rules(profile), ())
    assert note.formats(chart) == (chosen,)


class TestBesideTheStore:
    """The program's store keeps what an EHR does not take, but nobody reads it as a chart."""

    @pytest.fixture
    def enrolled_at(self, open_at, enrollment, content):
        """Open a chart of two places under a vendor's profile, and enroll."""

        def enrolled_at(ehr):
            flags = {flag.code: False for flag in content.program.red_flags}
            return enrollments.enroll(open_at(ehr), enrollment, flags, UUID(int=1))

        return enrolled_at

    @pytest.mark.parametrize("ehr", profiles())
    def test_each_vendor_gets_it_once_in_its_format_or_not_at_all(
        self, open_at, enrolled_at, played, kept_apart, summary, changed, ehr
    ):
        played.play(profiles()[ehr], states_truly=True)
        enrolled = enrolled_at(ehr)
        takes = "DocumentReference" in profiles()[ehr].creates
        assert (note.offered(open_at(ehr)).place is Place.EHR) == takes
        for n, said in enumerate((summary, changed, changed) if takes else ()):
            chart = open_at(ehr)
            assert note.put(chart, enrolled, said, UUID(int=n), note.formats(chart)).left == 0
        assert [n["status"] for n in played.all("DocumentReference")] == (
            ["superseded", "current"] if takes else []
        )
        assert kept_apart.all("DocumentReference") == []

    def test_a_refusal_is_remembered_and_nothing_is_kept(
        self, open_at, enrolled_at, played, kept_apart, summary
    ):
        enrolled = enrolled_at("fhir-native")
        played.refuse("DocumentReference", status=405)
        with pytest.raises(EhrRejected):
            note.put(open_at(), enrolled, summary, FORM)
        assert kept_apart.all("DocumentReference") == []
        assert note.offered(open_at()).why is Why.REFUSED

    def test_where_only_changing_is_refused_the_former_is_left(
        self, open_at, enrolled_at, played, kept_apart, summary, changed
    ):
        enrolled = enrolled_at("fhir-native")
        note.put(open_at(), enrolled, summary, FORM)
        played.play(profiles()["epic"], states_truly=False)
        played.takes["update"] = frozenset()
        assert [note.put(open_at(), enrolled, changed, FORM).left for _ in range(2)] == [1, 1]
        assert len(played.all("DocumentReference")) == 2
        assert kept_apart.all("DocumentReference") == []


def test_a_content_type_may_name_its_character_set(ehr, chart, enrolled, summary):
    note.put(chart, enrolled, summary, FORM, ("text/plain;charset=utf-8",))
    assert written(ehr)["content"][0]["attachment"]["contentType"] == "text/plain;charset=utf-8"
