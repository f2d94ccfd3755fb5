"""FHIR servers that nobody here wrote, each started as a process of its own on loopback.

They need Node.js, Java or nothing but Python; without these their tests are skipped, except in
CI, where that is a failure. What they are made of is fetched by npm, Maven and pip on the first
run.
"""

import os
import re
import select
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin

import pytest
import requests
from requests.cookies import RequestsCookieJar

from smartapp.sandbox import running
from smartapp.sandbox.clients import ALLOWED

MEDPLUM = Path(__file__).with_name("medplum")
HAPI = Path(__file__).with_name("hapi")
SEKMET = Path(__file__).with_name("sekmet")
DUE = (datetime.now(UTC).date() + timedelta(days=60)).isoformat()
LAST_WEEK = (datetime.now(UTC).date() - timedelta(days=7)).isoformat()
READY_WITHIN = 400
"""Seconds: they read all of FHIR R4's definitions before they listen."""
INSTALLED_WITHIN = 300
DRAFT = re.compile(r"assessments/([0-9a-f-]{36})/")
ONE = "assessments/[0-9a-f-]{36}"
CLASSPATH_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1"


@dataclass
class Server:
    """One FHIR server and the plainest way to talk to it.

    ``scopes`` are what the EHR before it grants; "" are scopes of one patient, which that EHR then
    enforces by itself, whatever this server sends. ``unlisted`` are types it takes and does not
    list, for which an administrator has to say so.
    """

    name: str
    base: str
    scopes: str = ""
    unlisted: tuple[str, ...] = ()

    def expected(self, **by_name):
        """Pick what this server is known to answer: ``medplum=404, hapi=410``."""
        return by_name[self.name]

    def ask(self, method, path, resource=None, **headers):
        """Send one request; ``if_match="..."`` becomes the header If-Match."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named["Content-Type"] = "application/fhir+json"
        url = f"{self.base}/{path}"
        return requests.request(method, url, json=resource, headers=named, timeout=120)

    def create(self, **resource):
        """Create a resource and return it as kept."""
        answer = self.ask("POST", resource["resourceType"], resource)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def found(self, path):
        """Return the resources a search finds."""
        bundle = self.ask("GET", path, cache_control="no-cache").json()
        return [entry["resource"] for entry in bundle.get("entry", [])]

    def of(self, kind, patient):
        """Return what there is of a kind about a patient, however little the server filters."""
        rows = self.found(f"{kind}?patient=Patient/{patient}&_count=1000")
        whom, named = "for" if kind == "Task" else "subject", f"Patient/{patient}"
        return [row for row in rows if row.get(whom, {}).get("reference") == named]


def _need(what, *commands):
    if all(map(shutil.which, commands)):
        return
    if os.environ.get("CI"):
        pytest.fail(f"CI needs {what}")
    pytest.skip(f"needs {what}")


def _install(folder):
    """Install what the lock file names, unless it is there already."""
    lock, stamp = folder / "package-lock.json", folder / "node_modules" / ".lock"
    if not stamp.exists() or stamp.read_bytes() != lock.read_bytes():
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(command, cwd=folder, check=True, timeout=INSTALLED_WITHIN)
        stamp.write_bytes(lock.read_bytes())


def _classpath(folder):
    """Fetch what the pom names, unless it is there already; return where it lies."""
    pom, kept = folder / "pom.xml", folder / "target" / "classpath"
    if not kept.exists() or kept.stat().st_mtime < pom.stat().st_mtime or _gone(kept.read_text()):
        command = ["mvn", "-q", "-B", f"{CLASSPATH_PLUGIN}:build-classpath"]
        command.append(f"-Dmdep.outputFile={kept}")
        subprocess.run(command, cwd=folder, check=True, timeout=INSTALLED_WITHIN)
    return kept.read_text().strip()


def _gone(classpath):
    return not all(Path(jar).exists() for jar in classpath.strip().split(":"))


@pytest.fixture(scope="session")
def java():
    """The command that runs the one Java file of a folder with what its pom names."""

    def command(folder):
        _need("a JDK 17 or newer with Maven", "javac", "mvn")
        (source,) = folder.glob("*.java")
        return ["java", "-Xmx2g", "-cp", _classpath(folder), str(source)]

    return command


def _port(process):
    """Wait for the line that names the port."""
    ready, _, _ = select.select([process.stdout], [], [], READY_WITHIN)
    line = process.stdout.readline() if ready else ""
    assert line.startswith("listening on "), f"the server did not start: {line!r}"
    return int(line.split()[-1])


@pytest.fixture(scope="session")
def node_modules():
    """Install what a folder's lock file names, for a test that runs a script of that folder."""

    def install(folder):
        _need("Node.js 20 or newer with npm", "node", "npm")
        _install(folder)

    return install


@contextmanager
def _running(command):
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        try:
            yield f"http://127.0.0.1:{_port(process)}"
        finally:
            process.terminate()


@pytest.fixture(scope="session")
def medplum():
    """The Medplum FHIR router over memory, empty at the start of the run."""
    _need("Node.js 20 or newer with npm", "node", "npm")
    _install(MEDPLUM)
    with _running(["node", str(MEDPLUM / "server.mjs"), "0"]) as base:
        yield Server("medplum", base)


@pytest.fixture(scope="session")
def hapi(java):
    """The HAPI FHIR JPA server over an in-memory database, empty at the start of the run."""
    with _running(java(HAPI)) as base:
        # The first create makes it read what it validates by: on a busy machine that takes longer
        # than anybody who is at work waits.
        first = {"resourceType": "Organization", "name": "Nobody's"}
        requests.post(f"{base}/Organization", json=first, timeout=READY_WITHIN).raise_for_status()
        yield Server("hapi", base)


def _install_sekmet():
    """Install what the requirements name into a venv of its own, unless it is there already."""
    wanted, stamp = SEKMET / "requirements.txt", SEKMET / ".venv" / ".installed"
    if not stamp.exists() or stamp.read_bytes() != wanted.read_bytes():
        venv = SEKMET / ".venv"
        pip = [venv / "bin" / "python", "-m", "pip", "install", "-q", "-r", wanted]
        for command in ([sys.executable, "-m", "venv", venv], pip):
            subprocess.run(command, check=True, timeout=INSTALLED_WITHIN)
        stamp.write_bytes(wanted.read_bytes())


def _free_port():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


def _wait_for(url):
    until = time.monotonic() + READY_WITHIN
    while time.monotonic() < until:
        try:
            return requests.get(url, timeout=5).raise_for_status()
        except requests.RequestException:
            time.sleep(0.2)
    raise AssertionError(f"{url} does not answer")


@pytest.fixture(scope="session")
def sekmet_command():
    """Where the sekmet server's command is, installed."""
    _install_sekmet()
    return SEKMET / ".venv" / "bin" / "sekmet"


@pytest.fixture(scope="session")
def sekmet(tmp_path_factory, sekmet_command):
    """The sekmet server over SQLite, empty: it passes over what it cannot search by.

    The EHR before it grants scopes of a user, so that everything it sends reaches the app.
    """
    folder, port = tmp_path_factory.mktemp("sekmet"), _free_port()
    base = f"http://127.0.0.1:{port}/fhir"
    settings = "host: 127.0.0.1\ndata_dir: data\nsimulator: {enabled: false}\nlog_inbound: false\n"
    (folder / "settings.yaml").write_text(settings)
    told = os.environ | {"SEKMET_BASE_URL": base, "SEKMET_PORT": str(port)}
    command = [sekmet_command, "serve", "--config", "settings.yaml"]
    log = (folder / "log").open("wb")
    with log, subprocess.Popen(command, cwd=folder, env=told, stdout=log, stderr=log) as process:
        try:
            _wait_for(f"{base}/metadata")
            unlisted = ("CareTeam", "Goal", "QuestionnaireResponse")
            yield Server("sekmet", base, ALLOWED.replace("patient/", "user/"), unlisted)
        finally:
            process.terminate()


@pytest.fixture(scope="session", params=["medplum", "hapi", "sekmet"])
def server(request):
    """Each of the foreign servers in turn."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def patient(server):
    """A patient of this test's own, so that tests do not see each other's rows."""
    return server.create(resourceType="Patient", name=[{"family": "Ferro", "given": ["Ida"]}])


@pytest.fixture
def make_goal(server, patient):
    """Create a goal of this test's patient."""

    def make(text="Walk to the shop", **more):
        goal = {
            "resourceType": "Goal",
            "lifecycleStatus": "active",
            "description": {"text": text},
            "subject": {"reference": f"Patient/{patient['id']}"},
        }
        return server.create(**goal | more)

    return make


class Fields(HTMLParser):
    """The main form of a page as a browser would send it: what stands in every field."""

    def __init__(self, page):
        super().__init__()
        self.action, self.values, self.offered = "", {}, {}
        self._select = self._text = None
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "form":
            self.action, self.values, self.offered = given["action"], {}, {}
        elif tag == "input":
            self._input(given)
        elif tag == "option":
            self._option(given)
        elif tag in ("select", "textarea"):
            self._select = given["name"]
            self._text = tag == "textarea"
            self.values[self._select] = ""

    def _input(self, given):
        name, kind, value = given.get("name", ""), given.get("type", "text"), given.get("value", "")
        self.offered.setdefault(name, []).append(value)
        if name == "shown":
            self.values.setdefault(name, []).append(value)
        elif kind not in ("radio", "checkbox") or "checked" in given:
            self.values[name] = value

    def _option(self, given):
        self.offered.setdefault(self._select, []).append(given.get("value", ""))
        if "selected" in given or not self.values[self._select]:
            self.values[self._select] = given.get("value", "")

    def handle_data(self, data):
        if self._text:
            self.values[self._select] += data

    def handle_endtag(self, tag):
        if tag == "textarea":
            self._text = False


class LoopbackCookies(RequestsCookieJar):
    """Sends Secure cookies over plain HTTP too, as browsers do on loopback."""

    def set_cookie(self, cookie, *more, **named):
        cookie.secure = False
        return super().set_cookie(cookie, *more, **named)


class Clinician:
    """Somebody at work in one browser: launches from a chart, opens pages, fills in their forms."""

    def __init__(self, clinic, patient):
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.cookies = LoopbackCookies()
        self.home = f"{clinic.ehr_url}/"
        self.fill("sign-in", clinician="coach-1")
        self.home = self._get(clinic.launch_url(patient)).url
        assert "/launches/" in self.home, "the launch did not reach the program page"

    def _get(self, url):
        answer = self.session.get(url, timeout=60)
        assert answer.status_code == 200, f"{url}: {answer.status_code}\n{answer.text}"
        return answer

    def see(self, place=""):
        """Return the text of a page of this launch."""
        return unescape(self._get(self.home + place).text)

    def links(self, ending):
        """Return the program page's links with this ending, in order, each once."""
        found = re.findall(rf'href="([^"]*{ending})"', self.see())
        return list(dict.fromkeys(link.split(self.home.split("/", 3)[3])[1] for link in found))

    def open(self, place):
        """Return the form of a page of this launch, as it stands."""
        return Fields(self._get(self.home + place).text)

    def send(self, form, **typed):
        """Send an opened form with what is typed into it, and return the answer as it is."""
        url = urljoin(self.home, form.action)
        headers = {"Referer": self.home}
        return self.session.post(url, data=form.values | typed, headers=headers, timeout=60)

    def fill(self, place, *, answers=None, **typed):
        """Open a form, change what is typed, send it, and return the page that follows."""
        form = self.open(place)
        return self._saved(form, (answers(form.offered) if answers else {}) | typed)

    def find_then_fill(self, place, role, name, **typed):
        """Fill in a form in which a person is searched for first; the last one found is chosen."""
        search = typed | {f"{role}_search": name, "find": role}
        found = Fields(self._saved(self.open(place), search))
        chosen = {role: found.offered[role][-1], f"{role}_search": ""}
        return self._saved(found, chosen)

    def enroll(self, **more):
        """Enroll the patient with what the form offers, and more."""
        supervisor = ("enrollment/new", "supervisor", "Thornfield")
        said = {"red_flags_checked": "yes", "consent": "yes", "modality": "telehealth"}
        return self.find_then_fill(*supervisor, **said, **more)

    def add_goal(self, text="Walk to the shop and back"):
        """Add a goal that is due in two months."""
        return self.fill("goals/new", text=text, due=DUE, importance="8", confidence="5")

    def assess(self, **numbers):
        """Answer every question of an instrument with the same number, and submit: ``peg=6``."""
        form = self.open("assessments/new")
        left_out = [n for n in form.values if n.startswith("ask.") and n[4:] not in numbers]
        asked = {f"ask.{slug}": "yes" for slug in numbers}
        page = self._saved(form, dict.fromkeys(left_out) | asked)
        for number in numbers.values():
            asked = Fields(page)
            given = {name: str(number) for name in asked.offered if name.startswith("q/")}
            page = self._saved(asked, given | {"go": "next"})
        return self._saved(Fields(page), {})

    def begin(self, *slugs, **typed):
        """Start an assessment with these instruments, or with all there are; its first page."""
        form = self.open("assessments/new")
        offered = [name for name in form.offered if name.startswith("ask.")]
        asked = {name: "yes" for name in offered if not slugs or name[4:] in slugs}
        return self._saved(form, dict.fromkeys(offered) | asked | typed)

    def answer(self, page, level, go="next", least=0):
        """Give every question its option of that number, and go on; ``least`` where it is typed."""
        form = Fields(page)
        asked = {n: list(filter(None, o)) for n, o in form.offered.items() if n.startswith("q/")}
        said = {n: o[min(level, len(o) - 1)] if o else str(least) for n, o in asked.items()}
        return self._saved(form, said | {"go": go})

    def answer_all(self, page, level):
        """The same on every page up to the review, and submit; alerts are responded to."""
        while 'name="go"' in page or "/alerts/" in Fields(page).action:
            is_alert = "/alerts/" in Fields(page).action
            page = self.respond(page) if is_alert else self.answer(page, level)
        return self._saved(Fields(page), {})

    def respond(self, page):
        """Say who was told about an alert, what was done and how it ended."""
        done = {"told_other": "Sam, on duty", "action.other": "yes", "outcome": "Safe at home."}
        return self._saved(Fields(page), done)

    def on_tablet(self, page, level):
        """Hand the device over, answer as the patient, take it back with the PIN, and submit."""
        key = DRAFT.search(page)[1]
        given = self.fill(f"assessments/{key}/hand-over", pin="2580", pin_again="2580")
        self.answer(given, level, go="hand-back")
        return self._saved(Fields(self.fill("lock", pin="2580")), {})

    def correct(self, level, reason):
        """Correct the first response of the newest assessment: every answer, with a reason."""
        shown = self.see(self.links(ONE)[0])
        form = self.open(re.search(r'"[^"]*/(responses/[^"/]+/edit)"', shown)[1])
        asked = {n: list(filter(None, o)) for n, o in form.offered.items() if n.startswith("q/")}
        return self._saved(form, {n: o[level] for n, o in asked.items()} | {"reason": reason})

    def finish(self):
        """Complete the enrollment."""
        return self.fill(self.links("/complete")[0], reason="finished", note="Well done.")

    def _saved(self, form, typed):
        answer = self.send(form, **typed)
        assert answer.status_code == 200, f"{form.action}: {answer.status_code}\n{answer.text}"
        return answer.text


@pytest.fixture(scope="session")
def whole_course():
    """Work through a course, through one withdrawn, and through one stopped by a red flag."""

    def work(clinic):
        coach = Clinician(clinic, "p01")
        coach.enroll()
        coach.add_goal("Swim 🏊 with Ida")
        coach.fill(coach.links("/edit")[0], text="Swim 🏊 twice a week", confidence="7")
        coach.fill(coach.links("/progress")[0], achievement="improving", note="Bought goggles")
        coach.assess(peg=7, pseq=2)
        coach.assess(peg=4, pseq=4)
        coach.finish()
        other = Clinician(clinic, "p02")
        other.enroll()
        other.fill(other.links("/withdraw")[0], reason="own-choice")
        stopped = Clinician(clinic, "p03")
        flagged = {"red_flag.weakness": "yes", "red_flags_checked": "yes"}
        stopped.send(stopped.open("enrollment/new"), **flagged)
        stopped.enroll(**{"red_flag.weakness": "yes", "red_flags_cleared": "Dr Osei, today"})

    return work


@pytest.fixture(scope="session")
def every_assessment():
    """Answer every instrument with an alert in one, leaving and going on; correct an answer that
    was given twice; enter another from paper; let the patient answer one alone. ``look`` is called
    when it was left."""

    def work(coach, look=lambda: None):
        page = coach.begin()
        coach.answer(page, 6, go="leave", least=7)
        coach.answer(page, 7, go="leave", least=7)  # as shown before: a second page of it
        left = look()
        coach.answer_all(coach.see(coach.links("/resume")[0]), 1)
        coach.correct(0, "The patient had misread it.")
        coach.answer_all(coach.begin("peg", manner="paper", filled_on=LAST_WEEK), 6)
        coach.on_tablet(coach.begin("peg"), 5)
        return left

    return work


@pytest.fixture
def clinic(server, tmp_path):
    """The sandbox's authorization server in front of a foreign FHIR server, and the app."""
    told = {"scopes": server.scopes, "writes": dict.fromkeys(server.unlisted, "ehr")}
    with running.start(tmp_path, upstream=server.base, **told) as clinic:
        yield clinic


@pytest.fixture(scope="session")
def last_week():
    """The day on the paper that ``every_assessment`` enters."""
    return LAST_WEEK


@pytest.fixture(scope="session")
def launch_at():
    """Launch from a chart of any clinic in a browser of its own."""
    return lambda clinic, patient="p01": Clinician(clinic, patient)


@pytest.fixture
def launch(clinic, launch_at):
    """Launch from a chart in a browser of its own."""
    return partial(launch_at, clinic)
