"""The log: one JSON object a line, and nothing in it that we did not mean to say."""

import io
import json
import logging
import subprocess
import sys

import pytest

from smartapp import logs


@pytest.fixture
def logger():
    """A logger that writes what is collected; ``said`` has its lines, read."""
    made = logging.getLogger("smartapp.test-of-logs")
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.JsonLines())
    made.addHandler(handler)
    made.setLevel(logging.INFO)
    made.said = lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    yield made
    made.removeHandler(handler)


def formatted(name, message, *args):
    record = logging.LogRecord(name, logging.ERROR, "/lib/wsgi.py", 7, message, args, None)
    return json.loads(logs.JsonLines().format(record))


def test_a_line_says_when_how_bad_where_and_what(logger):
    logger.warning("%d lines\nwait", 3)
    (line,) = logger.said()
    assert line.pop("time").endswith("+00:00")
    assert line == {"level": "WARNING", "logger": logger.name, "message": "3 lines\nwait"}


def test_code_and_site_are_told_where_they_are_given(logger):
    logger.error("x", extra={"code": "audit-unwritten", "site": "Clinic", "other": "y"})
    (line,) = logger.said()
    assert (line["code"], line["site"], "other" in line) == ("audit-unwritten", "Clinic", False)


def test_an_exception_is_told_without_its_message(logger):
    try:
        raise ValueError("Ada Quillfeather")
    except ValueError:
        logger.exception("unexpected")
    (line,) = logger.said()
    assert line["error"] == "ValueError"
    assert line["at"][0].startswith("test_logs.py:")
    assert "Ada" not in json.dumps(line)


def test_outside_an_exception_there_is_none_to_tell(logger):
    logger.error("x", exc_info=True)
    assert "error" not in logger.said()[0]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (("Error handling request %s", "/callback?code=secret"), "Error handling request %s"),
        (("Invalid request: GET /callback?code=secret",), "wsgi:7"),
    ],
)
def test_of_other_peoples_loggers_only_the_pattern_is_told(said, told):
    assert formatted("gunicorn.error", *said)["message"] == told


def test_gunicorn_takes_the_module_as_its_configuration():
    """Its own lines come out as ours do, and its access log, which has addresses, stays shut."""
    code = (
        "from gunicorn.app.wsgiapp import WSGIApplication as App\n"
        "import logging, sys\n"
        "sys.argv[1:] = ['--config', 'python:smartapp.logs', 'smartapp.app:x']\n"
        "app = App(); app.cfg.logger_class(app.cfg).info('Booting %s', 'secret')\n"
        "logging.getLogger('gunicorn.access').info('GET %s', 'secret')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    (line,) = [json.loads(line) for line in done.stderr.splitlines()]
    assert (line["logger"], line["message"]) == ("gunicorn.error", "Booting %s")


def test_once_begun_the_whole_process_logs_so():
    code = "from smartapp import logs; import logging; logs.begin(); logging.info('x %s', 1)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stderr)["message"] == "x %s"
