"""The authorization endpoint: RFC 6749 section 4.1.1, RFC 7636, RFC 9207, SMART App Launch 2.2."""

import pytest

from smartapp.sandbox.tickets import LAUNCH_LIFE, Context

BASE = "http://localhost:8001"
CALLBACK = "http://127.0.0.1:8000/callback"


def test_the_click_from_the_chart_goes_straight_through_with_code_state_and_iss(person):
    answer = person.answer()
    assert answer.keys() == {"code", "state", "iss"}
    assert (answer["state"], answer["iss"]) == ("s" * 22, BASE)


@pytest.mark.parametrize(
    "changes",
    [
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": None},
        {"code_challenge": None},
        {"code_challenge": "short"},
    ],
)
@pytest.mark.parametrize("client", ["gsh-public", "gsh-secret", "gsh-private-key"])
def test_pkce_with_s256_is_required_of_every_client(person, client, changes):
    answer = person.answer(client, **changes)
    assert answer["error"] == "invalid_request"
    assert answer["iss"] == BASE


@pytest.mark.parametrize(
    "aud",
    [None, "http://localhost:8001/fhir/", "http://localhost:8001", "http://evil.example/fhir"],
)
def test_aud_must_be_the_fhir_base_exactly(person, aud):
    assert person.answer(aud=aud)["error"] == "invalid_request"


def test_state_is_required(person):
    assert person.answer(state=None)["error"] == "invalid_request"


@pytest.mark.parametrize("uri", [f"{CALLBACK}/", f"{CALLBACK}?x=1", "http://evil.example/", None])
def test_another_redirect_uri_is_refused_without_redirecting(person, uri):
    response = person.authorize(redirect_uri=uri)
    assert (response.status_code, response.location) == (400, None)


def test_an_unknown_client_is_refused_without_redirecting(person):
    response = person.authorize("nobody")
    assert (response.status_code, response.location) == (400, None)


def test_another_response_type_is_refused_at_the_redirect_uri(person):
    answer = person.answer(response_type="token")
    assert answer["error"] == "unsupported_response_type"
    assert answer["state"] == "s" * 22


def test_scopes_of_which_none_is_allowed_are_invalid(person):
    assert person.answer(scope="system/Patient.rs")["error"] == "invalid_scope"


def test_parameters_may_not_be_repeated(person):
    query = [*person.query().items(), ("state", "second")]
    assert person.browser.get("/authorize", query_string=query).status_code == 400


def test_whoever_is_not_signed_in_signs_in_first_and_comes_back(stranger):
    response = stranger.authorize()
    assert response.location.startswith("/sign-in?next=")
    page = stranger.browser.get(response.location).get_data(as_text=True)
    assert 'name="next" value="/authorize?response_type=code' in page


def test_a_launch_token_may_be_used_more_than_once(person):
    launch = person.launch_token()
    assert "code" in person.answer(launch=launch)
    assert "code" in person.answer(launch=launch)


def test_a_launch_token_ends_after_ten_minutes(person, clock):
    launch = person.launch_token()
    clock.now += LAUNCH_LIFE
    assert person.answer(launch=launch)["error"] == "invalid_request"


def test_a_launch_token_of_another_user_is_refused(person):
    launch = person.launch_token(user="physician-1")
    assert person.answer(launch=launch)["error"] == "invalid_request"


def test_a_forged_launch_token_is_refused_with_state_and_iss(person):
    answer = person.answer(launch="forged")
    assert (answer["error"], answer["state"], answer["iss"]) == (
        "invalid_request",
        "s" * 22,
        BASE,
    )


def test_a_launch_token_needs_the_launch_scope(person):
    assert person.answer(scope="openid patient/Goal.rs")["error"] == "invalid_request"


def test_the_launch_context_comes_with_the_token(person):
    context = Context("p02", "p02-e1", "review", False, "http://s", "t", ({"reference": "Task/1"},))
    launch = person.ehr.tickets.open_launch("coach-1", context)
    tokens = person.tokens(launch=launch)
    assert {name: tokens[name] for name in context.parameters()} == context.parameters()
    assert set(context.parameters()) == set(Context.__dataclass_fields__)


def test_a_context_value_that_is_not_known_is_left_out(person):
    launch = person.ehr.tickets.open_launch("coach-1", Context(patient="p02"))
    tokens = person.tokens(launch=launch)
    assert tokens["patient"] == "p02"
    assert not {"encounter", "intent", "fhirContext", "need_patient_banner"} & tokens.keys()


def test_the_app_embedded_in_the_chart_need_not_show_the_banner(person):
    assert person.tokens(launch=person.launch_token())["need_patient_banner"] is True
    embedded = person.launch_token(embedded=True)
    assert person.tokens(launch=embedded)["need_patient_banner"] is False


def test_a_client_without_auto_approve_shows_what_is_asked(person):
    page = person.authorize("asking").get_data(as_text=True)
    assert "Asking app" in page
    assert "patient/Goal.cruds" in page


def test_allow_gives_a_code(person):
    assert "code" in person.answered(person.decide(person.query("asking"), decision="allow"))


def test_deny_gives_access_denied_with_state_and_iss(person):
    answer = person.answered(person.decide(person.query("asking"), decision="deny"))
    assert (answer["error"], answer["state"], answer["iss"]) == ("access_denied", "s" * 22, BASE)


def test_a_decision_needs_the_form_token(person):
    response = person.browser.post(
        "/authorize/decision", query_string=person.query("asking"), data={"decision": "allow"}
    )
    assert response.status_code == 400


def test_a_decision_needs_a_signed_in_clinician(person):
    query = person.query("asking")
    token = person.csrf()
    person.post("/sign-out")
    token = person.csrf()
    response = person.browser.post(
        "/authorize/decision", query_string=query, data={"csrf_token": token, "decision": "allow"}
    )
    assert response.location.startswith("/sign-in")


def test_a_decision_about_a_forged_request_is_refused(person):
    response = person.decide(person.query("asking"), decision="allow")
    token = person.csrf("/reset")
    query = person.query("asking", redirect_uri="http://evil.example/")
    response = person.browser.post(
        "/authorize/decision", query_string=query, data={"csrf_token": token, "decision": "allow"}
    )
    assert (response.status_code, response.location) == (400, None)


STANDALONE = "openid fhirUser launch/patient launch/encounter patient/Goal.rs"


def test_a_standalone_launch_lets_the_clinician_pick_a_patient(person):
    query = person.query(scope=STANDALONE, launch=None)
    answer = person.answered(person.decide(query, decision="allow", patient="p03"))
    tokens = person.token(person.code_form(answer["code"])).get_json()
    assert (tokens["patient"], tokens["encounter"]) == ("p03", "p03-e1")


def test_without_launch_encounter_no_encounter_is_given(person):
    query = person.query(scope="launch/patient patient/Goal.rs", launch=None)
    answer = person.answered(person.decide(query, decision="allow", patient="p03"))
    tokens = person.token(person.code_form(answer["code"])).get_json()
    assert "encounter" not in tokens


@pytest.mark.parametrize("chosen", [{}, {"patient": "nobody"}])
def test_allowing_without_a_patient_asks_again(person, chosen):
    response = person.decide(
        person.query(scope=STANDALONE, launch=None), decision="allow", **chosen
    )
    assert response.status_code == 200
    assert "Choose a patient." in response.get_data(as_text=True)


def test_a_standalone_launch_without_launch_patient_has_no_patient(person):
    query = person.query(scope="openid patient/Goal.rs", launch=None)
    answer = person.answered(person.decide(query, decision="allow"))
    tokens = person.token(person.code_form(answer["code"])).get_json()
    assert "patient" not in tokens
    assert person.fhir(tokens["access_token"], path="Goal").status_code == 403


def test_an_authorization_request_may_be_posted(person):
    response = person.browser.post("/authorize", data=person.query())
    assert response.status_code == 303
    assert "code" in person.answered(person.browser.get(response.location))


def test_a_test_may_have_a_scope_denied(person, faults):
    faults.denied_scopes = frozenset({"patient/Goal.cruds"})
    assert "Goal" not in person.tokens()["scope"]
