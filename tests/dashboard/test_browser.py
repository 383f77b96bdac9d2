"""A real Chromium on the demo's workspace: no console error, no request to another host, and the main journeys."""

from __future__ import annotations

import os
import shutil
import threading
from urllib.parse import urlencode

import pytest
from waitress.server import create_server

pytestmark = pytest.mark.browser
PAYLOAD = "<img/src=x/onerror=window.hacked=1>"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PAGES = {
    "/": "Datasets",
    "/neuron?name=AVAL": "Activity, from the lake",
    "/cypher?q=MATCH+(n:Neuron)+RETURN+n.name+AS+name+ORDER+BY+name": " rows, ",
    "/questions": "What can be asked",
    "/questions?ask=partners&neuron=AVAL&dataset=celegans/cook2019": "1. PVCL",
    "/questions?ask=adjacency&names=AVA,AVB,DA&dataset=celegans/cook2019": "cells or classes, by type",
    "/questions?ask=development&of=celegans/witvliet2021": "white: no edge",
    "/runs": "Metrics, the model beside its baselines",
}


@pytest.fixture(scope="session")
def address(app):
    server = create_server(app.server, host="127.0.0.1", port=0, threads=8)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()
    thread.join(timeout=10)


@pytest.fixture(scope="module")  # Playwright's event loop runs in this thread: it must end before other modules' loops
def chromium():
    executable = shutil.which("chromium")
    if executable is None:
        message = "chromium is not installed"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium, address):
    """A page that fails the test for a console error, a script error or a request to another host."""
    page = chromium.new_page(viewport={"width": 1400, "height": 900})
    wrong: list[str] = []
    page.on("console", lambda m: wrong.append(f"console: {m.text}") if m.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(f"script: {error}"))
    own = (address, "data:", "blob:")
    page.on("request", lambda r: None if r.url.startswith(own) else wrong.append(f"foreign: {r.url}"))
    page.set_default_timeout(30_000)
    yield page
    page.wait_for_timeout(300)
    page.close()
    assert wrong == []


@pytest.mark.parametrize(("path", "says"), PAGES.items())
def test_each_page_loads(page, address, path, says):
    page.goto(address + path)
    page.get_by_text(says).first.wait_for()
    page.wait_for_timeout(1_000)


def test_a_search_finds_a_neuron_and_the_address_restores_it(page, address):
    page.goto(f"{address}/neuron")
    box = page.get_by_placeholder("AVAL")
    box.click()
    box.fill("AVBR")
    page.get_by_role("option", name="AVBR", exact=True).click()
    page.wait_for_function("() => location.search.includes('name=AVBR')")
    page.get_by_role("heading", name="AVBR").wait_for()
    page.reload()
    page.get_by_role("heading", name="AVBR").wait_for()


def test_a_query_runs_and_back_restores_the_one_before(page, address):
    first = urlencode({"q": "MATCH (n:Neuron) RETURN count(*) AS neurons"})
    page.goto(f"{address}/cypher?{first}")
    page.get_by_text("1 rows").wait_for()
    page.locator("#cypher").fill("MATCH (n:Muscle) WHERE n.name = $name RETURN n.name AS muscle")
    page.locator("#parameters").fill('{"name": "dBWML1"}')
    page.locator("#run").click()
    page.locator(".ag-cell", has_text="dBWML1").first.wait_for()
    page.go_back()
    page.locator(".ag-header-cell", has_text="neurons").wait_for()


def test_a_question_is_chosen_filled_in_and_answered(page, address):
    page.goto(f"{address}/questions")
    page.locator("#question").click()
    page.get_by_role("option", name="partners: ").first.click()
    page.wait_for_function("() => location.search === '?ask=partners'")
    page.get_by_label("neuron").first.fill("RIML")
    page.locator("#ask").click()
    page.wait_for_function("() => location.search.includes('neuron=RIML')")
    page.locator(".ag-cell", has_text="RIML").first.wait_for()
    page.reload()
    page.locator(".ag-cell", has_text="RIML").first.wait_for()


def test_all_rows_of_a_long_answer_are_reached(page, address):
    text = "UNWIND range(1, 5000) AS x RETURN x AS number"
    page.goto(f"{address}/cypher?{urlencode({'q': text})}")
    page.locator(".ag-cell", has_text="1").first.wait_for()
    page.locator(".ag-body-viewport").evaluate("e => e.scrollTop = e.scrollHeight")
    page.locator(".ag-cell", has_text="5000").first.wait_for()


def test_a_refused_write_says_why(page, address):
    page.goto(f"{address}/cypher")
    page.locator("#cypher").fill("MATCH (n:Neuron) SET n.name = 'x'")
    page.locator("#run").click()
    page.get_by_text("SET is not allowed").wait_for()
    page.get_by_text("only reading is allowed here").wait_for()


@pytest.mark.parametrize(
    "path",
    ["/", f"/neuron?{urlencode({'name': PAYLOAD})}", "/neuron?name=RIML&set=test/animal&dataset=test/connectome"],
)
def test_a_name_that_is_markup_stays_text(page, address, path):
    page.goto(address + path)
    page.wait_for_function("(t) => document.body.innerText.includes(t)", arg="img/src=x")
    assert page.evaluate("() => window.hacked") is None
    assert page.locator("img[src='x']").count() == 0


def test_the_colour_scheme_can_be_switched(page, address):
    page.goto(address)
    page.locator("#scheme").click()
    page.wait_for_function("() => document.documentElement.dataset.mantineColorScheme === 'dark'")
