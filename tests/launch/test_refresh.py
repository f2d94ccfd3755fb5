"""Refresh: rotated, once, under a lock (SMART App Launch 2.2, 2.0.12; Inferno refresh requests)."""

import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest
import requests
from cryptography.fernet import Fernet

from smartapp.config import ClientAuth, Config, Site
from smartapp.errors import EhrUnreachable, LaunchEnded
from smartapp.launch.context import Server, Tokens
from smartapp.launch.launches import Launches
from smartapp.launch.refresh import Refresher


@pytest.fixture
def refresher(launches, config, clock):
    return Refresher(config, launches.store, clock)


class TestRequest:
    @pytest.fixture
    def sent(self, opened, refresher, ehr):
        refresher.renewed(opened)
        return ehr.token_requests[1]

    def test_grant_type_is_refresh_token(self, sent):
        assert sent["grant_type"] == "refresh_token"

    def test_the_refresh_token_is_the_one_issued(self, sent):
        assert sent["refresh_token"] == "refresh-1"

    def test_scope_is_not_widened(self, sent):
        assert "scope" not in sent

    def test_authenticates_as_at_the_code(self, sent, ehr):
        assert sent["client_assertion_type"].endswith(":jwt-bearer")
        assert sent["client_assertion"] != ehr.token_requests[0]["client_assertion"]


class TestWhen:
    @pytest.fixture
    def ending(self, opened, refresher, clock):
        """The launch with a token that ends in so many seconds."""

        def launch(seconds):
            tokens = replace(opened.tokens, expires=clock() + timedelta(seconds=seconds))
            return refresher.store.change(opened.handle, lambda kept: replace(kept, tokens=tokens))

        return launch

    def test_a_token_with_more_than_a_minute_left_is_used_as_it_is(self, ending, refresher):
        assert refresher.fresh(ending(61)).tokens.access == "access-1"

    def test_a_token_with_less_than_a_minute_left_is_renewed_first(self, ending, refresher):
        assert refresher.fresh(ending(59)).tokens.access == "access-2"

    def test_a_token_without_a_known_end_is_used_as_it_is(self, opened, refresher):
        endless = replace(opened, tokens=replace(opened.tokens, expires=None))
        assert refresher.fresh(endless) is endless

    def test_without_refresh_token_a_token_is_used_to_its_end(self, opened, refresher, clock):
        clock.forward(seconds=3599)
        plain = replace(opened, tokens=replace(opened.tokens, refresh=None))
        assert refresher.fresh(plain) is plain

    def test_without_refresh_token_an_expired_launch_has_ended(self, browser, ehr, clock, launches):
        ehr.answer |= {"refresh_token": None, "expires_in": 60}
        launch = launches.store.read(browser.launch().split("/")[2])
        clock.forward(seconds=60)
        with pytest.raises(LaunchEnded):
            launches.session(launch).get(f"{launch.fhir_base}/Patient/1")


class TestRotation:
    def test_the_new_tokens_replace_the_old_ones(self, opened, refresher):
        refresher.renewed(opened)
        kept = refresher.store.read(opened.handle).tokens
        assert (kept.access, kept.refresh) == ("access-2", "refresh-2")

    def test_the_old_refresh_token_stays_where_no_new_one_comes(self, opened, refresher, ehr):
        ehr.answer["refresh_token"] = None
        assert refresher.renewed(opened).tokens.refresh == "refresh-1"

    def test_who_comes_late_finds_the_new_token_and_spends_nothing(self, opened, refresher, ehr):
        refresher.renewed(opened)
        assert refresher.renewed(opened).tokens.access == "access-2"
        assert len(ehr.token_requests) == 2

    def test_nothing_else_of_the_launch_changes(self, opened, refresher):
        renewed = refresher.renewed(opened)
        assert replace(renewed, tokens=opened.tokens) == opened

    def test_form_data_saved_meanwhile_is_kept(self, opened, refresher):
        refresher.store.change(opened.handle, lambda kept: replace(kept, http={"a": 1}))
        assert refresher.renewed(opened).http == {"a": 1}


class TestFailure:
    @pytest.fixture
    def answering(self, opened, wire):
        """The launch, and a token endpoint that now answers like this."""

        def launch(**answer):
            wire.replace("POST", "https://auth.example/token", **answer)
            return opened

        return launch

    REFUSALS = (
        {"json": {"error": "invalid_grant"}, "status": 400},
        {"body": "<html>", "status": 401},
        {"json": {}},
        {"status": 302, "headers": {"Location": "https://evil.example/"}},
    )

    @pytest.mark.parametrize("answer", REFUSALS)
    def test_a_refusal_ends_the_launch(self, answering, refresher, answer):
        launch = answering(**answer)
        with pytest.raises(LaunchEnded):
            refresher.renewed(launch)
        with pytest.raises(LaunchEnded):
            refresher.store.read(launch.handle)

    @pytest.mark.parametrize(
        "answer",
        [{"body": requests.ConnectTimeout()}, {"status": 503}, {"body": "later", "status": 429}],
    )
    def test_an_ehr_that_is_down_does_not_end_the_launch(self, answering, refresher, answer):
        launch = answering(**answer)
        with pytest.raises(EhrUnreachable):
            refresher.renewed(launch)
        assert refresher.store.read(launch.handle) == launch

    def test_a_launch_ended_meanwhile_is_not_renewed(self, opened, refresher, ehr):
        refresher.store.end(opened.handle)
        with pytest.raises(LaunchEnded):
            refresher.renewed(opened)
        assert len(ehr.token_requests) == 1

    def test_a_site_taken_out_of_the_file_ends_it(self, opened, refresher, config):
        gone = replace(refresher, config=replace(config, sites=()))
        with pytest.raises(LaunchEnded):
            gone.renewed(opened)


class TokenEndpoint(BaseHTTPRequestHandler):
    """A real token endpoint that takes its time and every refresh token once."""

    def do_POST(self):
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        time.sleep(0.05)
        spent = self.server.spent
        spent.append(form["refresh_token"][0])
        fine = spent.count(spent[-1]) == 1
        body = b'{"access_token": "new", "refresh_token": "r2", "expires_in": 3600}'
        self.send_response(200 if fine else 400)
        self.end_headers()
        self.wfile.write(body if fine else b'{"error": "invalid_grant"}')

    def log_message(self, *_):
        pass


@pytest.fixture
def endpoint():
    server = ThreadingHTTPServer(("127.0.0.1", 0), TokenEndpoint)
    server.spent = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


class TestAtTheSameTime:
    @pytest.fixture
    def expired(self, opened, tmp_path, endpoint, clock):
        """A launch with an expired token at a real token endpoint, and what refreshes it."""
        url = f"http://127.0.0.1:{endpoint.server_port}/token"
        site = Site("Loop", "http://127.0.0.1/fhir", "c", ClientAuth.PUBLIC)
        config = Config("https://app.example", tmp_path, (site,), (Fernet.generate_key(),))
        launches = Launches.of(config)
        launch = replace(
            opened, site="Loop", server=Server("i", url), tokens=Tokens("old", "r1", clock())
        )
        launches.store.keep(launch, "secret")
        return Refresher(config, launches.store, launches.now), launch

    def test_eight_threads_refresh_once(self, expired, endpoint, wire):
        wire.add_passthru("http://127.0.0.1")
        refresher, launch = expired
        found = []
        threads = [
            threading.Thread(target=lambda: found.append(refresher.fresh(launch).tokens.access))
            for _ in range(8)
        ]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        assert found == ["new"] * 8
        assert endpoint.spent == ["r1"]

    def test_two_processes_refresh_once(self, expired, endpoint):
        refresher, launch = expired
        store, (site,) = refresher.store, refresher.config.sites
        script = SCRIPT.format(file=store.file, key=store.keys[0], handle=launch.handle, site=site)
        runs = [
            subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
            for _ in range(2)
        ]
        assert [run.communicate(timeout=120)[0].strip() for run in runs] == ["new", "new"]
        assert endpoint.spent == ["r1"]


SCRIPT = """
from datetime import UTC, datetime
from pathlib import Path
from smartapp.config import ClientAuth, Config, Site
from smartapp.launch.refresh import Refresher
from smartapp.launch.store import SqliteLaunchStore

now = lambda: datetime.now(UTC)
store = SqliteLaunchStore(Path("{file}"), [{key}], now)
site = Site("Loop", "http://127.0.0.1/fhir", "c", ClientAuth.PUBLIC)
config = Config("https://app.example", Path("."), (site,), ())
launch = store.read("{handle}")
print(Refresher(config, store, now).fresh(launch).tokens.access)
"""
