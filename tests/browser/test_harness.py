"""The watch and the judge themselves: each must be able to say no."""

import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

pytestmark = pytest.mark.browser

SOUND = "<html lang=en><title>Sound</title><main><h1>Sound</h1><p>Text</p></main>"
POLICY = "default-src 'none'"


class Handler(BaseHTTPRequestHandler):
    def __init__(self, pages, *args):
        self.pages = pages
        super().__init__(*args)

    def do_GET(self):
        status, body = self.pages.get(self.path, (404, SOUND))
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


@pytest.fixture
def serve():
    """Serve one page under a strict policy and return its address."""
    pages = {}
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, pages))
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def serve(body, status=200):
        pages["/page"] = (status, body)
        return f"http://127.0.0.1:{server.server_port}/page"

    yield serve
    server.shutdown()
    server.server_close()


def test_a_sound_page_passes(page, judge, serve):
    page.goto(serve(SOUND))
    judge(page)


def test_a_picture_without_a_text_is_a_violation(page, judge, serve, watch):
    page.goto(serve(SOUND + "<img src='data:,'>"))
    with pytest.raises(AssertionError, match="image-alt"):
        judge(page)
    watch.complaints.clear()


def test_an_inline_script_breaks_the_policy_and_is_seen(page, serve, watch):
    page.goto(serve(SOUND + "<script>1</script>"))
    assert "Content Security Policy" in watch.found()[0]
    watch.complaints.clear()


def test_a_missing_file_is_seen(page, serve, watch):
    page.goto(serve(SOUND.replace("<main>", "<link rel=stylesheet href=/missing.css><main>")))
    assert watch.found()
    watch.complaints.clear()


def test_a_refused_page_is_no_complaint(page, serve, watch):
    page.goto(serve(SOUND, status=422))
    assert not watch.found()


def test_a_screenshot_is_saved_under_its_name(page, serve, shoot, tmp_path, monkeypatch):
    monkeypatch.setenv("GSH_SCREENSHOTS", str(tmp_path))
    page.goto(serve(SOUND))
    shoot(page, "sound")
    assert (tmp_path / "sound.png").stat().st_size > 0
