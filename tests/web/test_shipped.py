"""Styles and scripts are sent small, whatever process serves them."""

import multiprocessing
import sys
from pathlib import Path

from smartapp import web
from smartapp.web import shipped

STATIC = Path(web.__file__).with_name("static")
FORKED = multiprocessing.get_context("fork")


def size_of(name):
    return len(shipped.made(STATIC)[name])


def test_scripts_and_styles_are_made_small():
    written = (STATIC / "keep.js").stat().st_size
    assert 0 < size_of("page.js") < written * 0.6
    assert b"/*" not in shipped.made(STATIC)["form.css"]


def test_what_is_neither_is_sent_as_it_is():
    assert shipped.made(STATIC)["icon.svg"] == (STATIC / "icon.svg").read_bytes()


def test_a_process_forked_from_one_that_made_them_makes_them_too():
    before = size_of("page.js")
    forked = FORKED.Process(target=made_again, args=(before,))
    forked.start()
    forked.join(60)
    forked.kill()
    assert forked.exitcode == 0


def made_again(before):
    shipped.made.cache_clear()
    sys.exit(size_of("page.js") != before)


def test_without_the_minifier_they_are_sent_as_written(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "none"))
    for parts in shipped.PARTS.values():
        for part in parts:
            (tmp_path / part).write_text(f"/* {part} */")
    assert shipped.made(tmp_path)["page.js"] == b"/* handed.js */\n/* keep.js */"
    assert caplog.messages == ["styles and scripts are sent as written: FileNotFoundError"]
