"""Scopes asked for and granted, in both grammars (SMART App Launch 2.2, 3)."""

from dataclasses import replace

import pytest

from smartapp.launch import scopes
from smartapp.launch.discovery import SmartConfiguration
from smartapp.launch.scopes import can_read_patient, lasting, missing, wanted

EVERYTHING_V1 = ("patient/*.*", "user/*.*")
EVERYTHING_V2 = ("patient/*.cruds", "user/*.cruds")


def server(*listed, capabilities=()):
    return SmartConfiguration("i", "a", "t", scopes=listed, capabilities=capabilities)


@pytest.fixture
def asked(site):
    """What is asked of a server that lists these scopes and capabilities."""
    return lambda *args, **kwargs: set(wanted(site, server(*args, **kwargs), standalone=False))


class TestGrammar:
    def test_v1_is_asked_where_nothing_is_listed(self, asked):
        assert {"patient/Goal.read", "patient/Goal.write", "user/Practitioner.read"} <= asked()

    def test_v2_is_asked_where_the_server_says_permission_v2(self, asked):
        found = asked(capabilities=["permission-v2"])
        assert {"patient/Goal.crus", "patient/Patient.rs"} <= found
        assert not [scope for scope in found if scope.endswith((".read", ".write"))]

    @pytest.mark.parametrize("listed", [("patient/*.*",), ("patient/*.read", "patient/*.write")])
    def test_v1_wildcards_are_understood(self, asked, listed):
        assert {"patient/Goal.read", "patient/Goal.write"} <= asked(*listed)

    def test_v2_wildcards_are_understood(self, asked):
        assert "patient/Goal.crus" in asked(*EVERYTHING_V2)

    def test_v2_is_preferred_where_both_are_listed(self, asked):
        found = asked(*EVERYTHING_V1, *EVERYTHING_V2)
        assert "patient/Goal.crus" in found
        assert "patient/Goal.read" not in found

    def test_is_chosen_for_each_resource(self, asked):
        found = asked("patient/Goal.cruds", "patient/CarePlan.read")
        assert {"patient/Goal.crus", "patient/CarePlan.read"} <= found

    def test_of_both_are_mixed_for_one_resource_only_if_needed(self, asked):
        found = asked("patient/Goal.rs", "patient/Goal.write")
        assert {"patient/Goal.rs", "patient/Goal.write"} <= found

    def test_a_granular_scope_counts_for_its_resource(self, asked):
        assert "patient/Observation.rs" in asked("patient/Observation.rs?category=survey")


class TestListed:
    def test_only_listed_resources_are_asked_for(self, asked):
        """Some servers refuse the whole launch over one unknown scope."""
        found = asked("patient/Patient.rs", "openid")
        assert {s for s in found if "/" in s} == {"patient/Patient.rs"}

    def test_only_listed_letters_are_asked_for(self, asked):
        assert "patient/Goal.r" in asked("patient/Goal.rd")

    def test_what_is_missing_at_patient_level_is_asked_at_user_level(self, asked):
        """Medplum lists these two."""
        found = asked("patient/*.rs", "user/*.cruds")
        assert {"patient/Goal.rs", "user/Goal.cu", "user/Practitioner.rs"} <= found

    def test_a_list_without_resources_says_nothing_about_them(self, asked):
        assert "patient/Goal.read" in asked("openid", "fhirUser", "launch", "system/*.rs")


class TestLasting:
    """One of online_access and offline_access, never both."""

    @pytest.mark.parametrize(
        ("capabilities", "listed", "expected"),
        [
            ((), (), "offline_access"),
            (("permission-offline",), (), "offline_access"),
            (("permission-online",), (), "online_access"),
            (("permission-online",), ("online_access",), "online_access"),
            (("permission-online",), ("offline_access",), "offline_access"),
        ],
    )
    def test_online_only_where_the_server_says_so(self, capabilities, listed, expected):
        assert lasting(server(*listed, capabilities=capabilities)) == expected

    def test_never_both(self, asked):
        found = asked(capabilities=["permission-online", "permission-offline"])
        assert len(found & {"online_access", "offline_access"}) == 1


class TestIdentity:
    def test_openid_and_fhir_user_are_always_asked(self, asked):
        assert {"openid", "fhirUser"} <= asked()

    def test_profile_where_only_that_is_listed(self, asked):
        found = asked("openid", "profile")
        assert "profile" in found
        assert "fhirUser" not in found


class TestContext:
    def test_an_ehr_launch_asks_for_launch(self, asked):
        assert "launch" in asked()
        assert "launch/patient" not in asked()

    def test_a_standalone_launch_asks_for_a_patient(self, site):
        found = wanted(site, server(), standalone=True)
        assert found[0] == "launch/patient"
        assert "launch" not in found


class TestOfTheSite:
    """The site's own list replaces ours; who the user is and the context are always asked."""

    def test_replaces_ours(self, site):
        own = replace(site, scopes=("launch", "patient/Patient.read", "openid"))
        found = wanted(own, server(*EVERYTHING_V2), standalone=True)
        assert found == ("launch/patient", "openid", "fhirUser", "patient/Patient.read")


class TestGranted:
    @pytest.mark.parametrize("granted", [EVERYTHING_V1, EVERYTHING_V2, ("user/*.cruds",)])
    def test_everything_leaves_nothing_missing(self, granted):
        assert missing(granted) == ()

    def test_reading_only_leaves_the_writes_missing(self):
        lacking = missing(("patient/*.rs", "user/*.rs"))
        assert {"create goals", "update care plans"} <= set(lacking)
        assert not [words for words in lacking if words.startswith("read")]

    def test_create_without_update_is_told_apart(self):
        lacking = missing((*EVERYTHING_V2[:0], "patient/Goal.crs"))
        assert "update goals" in lacking
        assert "create goals" not in lacking

    def test_reading_without_search_is_not_reading(self):
        assert "read goals" in missing(("patient/Goal.r",))

    def test_parts_of_one_need_may_come_from_several_scopes(self):
        assert "read goals" not in missing(("patient/Goal.r", "user/Goal.s"))

    def test_a_granular_scope_counts(self):
        assert "read scores" not in missing(("patient/Observation.rs?category=survey",))

    def test_optional_needs_are_never_missing(self):
        assert not [words for words in missing(()) if "roles" in words or "organi" in words]

    def test_system_scopes_are_not_ours(self):
        assert missing(("system/*.cruds",)) == missing(())

    def test_patient_scopes_do_not_reach_practitioners(self):
        assert "read practitioners" in missing(("patient/*.cruds",))

    @pytest.mark.parametrize("odd", ["patient/Goal.", "patient/Goal.sr", "patient/.rs", "x", ""])
    def test_nonsense_grants_nothing(self, odd):
        assert scopes.parse([odd]) == ()


@pytest.mark.parametrize(
    ("granted", "expected"),
    [
        (("patient/Patient.r",), True),
        (("patient/Patient.read",), True),
        (("user/Patient.rs",), True),
        (("patient/*.*",), True),
        (("patient/Patient.s", "patient/Goal.cruds"), False),
        ((), False),
    ],
)
def test_the_patient_can_be_read(granted, expected):
    assert can_read_patient(granted) is expected


class TestLaunch:
    def test_without_the_patients_details_is_refused(self, browser, ehr):
        ehr.answer["scope"] = "openid launch patient/Goal.cruds"
        assert browser.answer(code="c", state=browser.begin()["state"]).text == "scope-missing"

    def test_keeps_what_was_granted_and_what_is_missing(self, browser, ehr, launches):
        ehr.answer["scope"] = "launch patient/*.rs user/*.rs"
        launch = launches.store.read(browser.launch().split("/")[2])
        assert launch.granted == ("launch", "patient/*.rs", "user/*.rs")
        assert "create goals" in launch.missing

    def test_an_answer_without_scope_grants_what_was_asked(self, opened):
        """RFC 6749, 5.1."""
        assert opened.missing == ()

    def test_the_presence_of_a_refresh_token_decides_not_the_scope(self, browser, ehr, launches):
        """Epic gives one without echoing offline_access."""
        ehr.answer["scope"] = "launch patient/Patient.rs"
        assert launches.store.read(browser.launch().split("/")[2]).tokens.refresh == "refresh-1"
