"""Batches: each entry by itself, and each one's own answer."""


def test_one_refused_entry_leaves_the_others_done(ask, find, ada, make_goal):
    entries = [
        {"request": {"method": "GET", "url": f"Patient/{ada}"}},
        {"request": {"method": "GET", "url": "Patient/nobody"}},
        {"request": {"method": "POST", "url": "Goal"}, "resource": make_goal(ada)},
        {"request": {"method": "POST", "url": "Goal"}, "resource": {"resourceType": "Goal"}},
        {"request": {"method": "DELETE", "url": f"Patient/{ada}", "ifMatch": 'W/"1"'}},
    ]
    answer, body = ask("POST", "", {"resourceType": "Bundle", "type": "batch", "entry": entries})
    statuses = [entry["response"]["status"][:3] for entry in body["entry"]]
    assert (answer.status, body["type"]) == (200, "batch-response")
    assert statuses == ["200", "404", "201", "422", "204"]
    outcome = body["entry"][1]["response"]["outcome"]
    assert outcome["resourceType"] == "OperationOutcome"
    assert len(find("Goal", "")) == 1
