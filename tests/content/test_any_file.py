"""Whatever is in a site's file, it is read or refused with a sentence; there is no third way."""

import json
from copy import deepcopy

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smartapp.content.folder import read_folder
from smartapp.content.joined import joined
from smartapp.errors import ContentError

pytestmark = pytest.mark.untraced  # hundreds of random files

NUMBERS = st.integers(-5, 5) | st.sampled_from([10**30, 1e30, 0.5, -1e-9])
WORDS = st.sampled_from(["", " ", "q1", "1", "sum", "http://loinc.org", "\u202e", "𝄞" * 50])
JUNK = st.recursive(
    st.none() | st.booleans() | NUMBERS | WORDS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(WORDS, inner, max_size=2),
    max_leaves=4,
)
SETTINGS = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def _places(node, path=()):
    """Every place in a piece of JSON, as the names and numbers that lead to it."""
    yield path
    inside = enumerate(node) if isinstance(node, list) else ()
    for key, child in node.items() if isinstance(node, dict) else inside:
        yield from _places(child, (*path, key))


def _spoiled(raw, path, junk):
    if not path:
        return junk
    made = deepcopy(raw)
    node = made
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = junk
    return made


@pytest.fixture
def sound(makers, shipped):
    """A questionnaire with scoring, a watch, codes and groups; a map; value set; occasions."""
    choice, number, questionnaire = makers
    items = [choice(f"q{n}", 1, 5, prefix=f"{n}.") for n in range(1, 5)]
    items[0]["code"] = [{"system": "http://loinc.org", "code": "61758-9"}]
    group = {"linkId": "g", "text": "G", "type": "group", "item": [number("n", 0, 10), *items]}
    table = {"source": "S", "points": {str(raw): 40 + raw for raw in range(4, 21)}}
    map_ = {"definition": "promis-pi-4a", "tables": {"promis-pi-4a-t": table}}
    map_["items"] = {str(n): f"q{n}" for n in range(1, 5)}
    own = json.loads(json.dumps(shipped.questionnaires["pseq-2"], default=float))
    own |= {"url": "https://clinic.example/Questionnaire/own"}
    own["extension"][0]["extension"][0]["valueCoding"]["code"] = "own-total"
    return {"a.json": questionnaire("a", [group]), "a.map.json": map_, "own.json": own}


def _written(folder, files):
    for name, held in files.items():
        (folder / name).write_text(json.dumps(held))


def test_the_files_are_sound_before_they_are_spoiled(folder, shipped, definitions, sound):
    _written(folder, sound)
    found = read_folder(folder, shipped, definitions)
    assert not [error for file in found.files for error in file.findings.errors]
    assert {"a", "own"} <= joined(shipped, found).instruments.keys()


@SETTINGS
@given(data=st.data())
def test_a_spoiled_file_is_read_or_refused_in_a_sentence(folder, shipped, definitions, sound, data):
    name = data.draw(st.sampled_from(sorted(sound)))
    path = data.draw(st.sampled_from(list(_places(sound[name]))))
    spoiled = _spoiled(sound[name], path, data.draw(JUNK))
    _written(folder, sound | {name: spoiled})
    found = read_folder(folder, shipped, definitions)
    for file in found.files:
        assert all(error.element and error.reason for error in file.findings.errors)
        assert file.findings.errors or file.instrument is None or file.instrument.scales


@SETTINGS
@given(held=JUNK)
def test_any_json_is_read_or_refused(folder, shipped, definitions, held):
    _written(folder, {"any.json": held, "any.map.json": held})
    found = read_folder(folder, shipped, definitions)
    with pytest.raises(ContentError, match=r"^any(\.map)?\.json: [^:]+: ."):
        joined(shipped, found)


@SETTINGS
@given(text=st.text(max_size=60))
def test_any_occasions_are_read_or_refused(folder, shipped, definitions, text):
    (folder / "assessments.toml").write_text(text, encoding="utf-8", errors="replace")
    (file,) = read_folder(folder, shipped, definitions).files
    assert all(str(error).count(": ") for error in file.findings.errors)
