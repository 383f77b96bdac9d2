"""Questions: every named query has a form, a URL restores it, and its answer has the picture that its columns allow."""

from __future__ import annotations

import json

import polars as pl
import pytest

from dashboard.figures.answers import MOST_NAMES, answer_figure
from dashboard.pages import questions
from dashboard.services.questions import asked, command, form
from graphdb.named.catalog import NAMED


def shown(app, **query):
    with app.server.app_context():
        return json.dumps(questions.layout(**query).to_plotly_json(), default=lambda part: part.to_plotly_json())


def test_the_page_lists_every_question_with_its_example(app):
    text = shown(app)
    for name in NAMED:
        assert f"@{name}" in text


@pytest.mark.parametrize("name", NAMED)
def test_every_question_has_a_form_with_each_parameter_explained(app, name):
    fields = form(NAMED[name])
    assert all(field.help for field in fields)
    assert [f.required for f in fields] == sorted((f.required for f in fields), reverse=True)
    text = shown(app, ask=name)
    for field in fields:
        assert f'"key": "{field.name}"' in text


def test_an_answer_is_a_table_a_picture_and_files(app):
    text = shown(app, ask="partners", neuron="AVAL", dataset="celegans/cook2019", min_weight="10")
    assert "connectome query @partners -p neuron=AVAL -p dataset=celegans/cook2019 -p min_weight=10" in text
    assert "/download/" in text
    assert "1. PVCL" in text
    assert "celegans/cook2019@" in text


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"ask": "nope"}, "is no question"),
        ({"ask": ["partners", "neuron"]}, "What can be asked"),
        ({"ask": "partners", "neuron": "AVAX"}, "did you mean"),
        ({"ask": "partners", "neuron": "AVAL", "colour": "red"}, "is no parameter of @partners"),
        ({"ask": "partners", "neuron": "x" * 30_000}, "is longer than"),
        ({"ask": "partners", "neuron": "AVAL", "min_weight": "many"}, "is not float"),
        ({"ask": "partners", "neuron": "<img/src=x/onerror=alert(1)>"}, "nothing in the graph is called"),
    ],
)
def test_addresses_that_anyone_may_send(app, query, says):
    assert says in shown(app, **query)


def test_a_question_that_lacks_a_parameter_waits_for_it():
    assert not asked({"ask": "partners", "dataset": "celegans/cook2019"}).complete
    assert asked({"ask": "partners", "neuron": "AVAL"}).complete
    assert asked({"ask": "datasets"}).complete


def test_the_command_line_quotes_what_a_shell_would_read():
    assert command(NAMED["partners"], {"neuron": "AVAL; rm"}) == "connectome query @partners -p 'neuron=AVAL; rm'"


def test_another_question_changes_the_address_and_the_same_one_does_not():
    assert questions._chosen("neuron", "?ask=partners&neuron=AVAL") == "?ask=neuron"
    for name, search in (("partners", "?ask=partners&neuron=AVAL"), (None, ""), ("nope", "")):
        assert type(questions._chosen(name, search)).__name__ == "NoUpdate"


def test_pairs_are_a_matrix_rankings_are_bars_and_the_rest_has_no_picture():
    pairs = pl.DataFrame({"pre": ["a", "a", "b"], "post": ["b", "b", "a"], "weight": [1.0, 2.0, 4.0]})
    matrix = answer_figure(pairs, "pairs").data[0]
    assert matrix.type == "heatmap"
    assert matrix.customdata[0][1] == 3.0
    bars = answer_figure(pl.DataFrame({"partner": ["a", "b"], "weight": [2, 1]}), "ranking").data[0]
    assert (list(bars.x), list(bars.y)) == ([2, 1], ["1. a", "2. b"])
    assert answer_figure(pl.DataFrame({"partner": ["a", "b"]}), "no number") is None
    assert answer_figure(pl.DataFrame({"partner": ["a"], "weight": [1]}), "one bar") is None
    many = [str(n) for n in range(MOST_NAMES + 1)]
    assert answer_figure(pl.DataFrame({"pre": many, "post": many, "weight": [1.0] * len(many)}), "many") is None
