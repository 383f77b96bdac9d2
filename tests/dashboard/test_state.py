"""A URL restores what a page showed; what it holds that makes no sense is said, not obeyed."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from dashboard.state import CypherState, NeuronState, RunsState, parse_search

TEXT = st.text(max_size=40)


@given(TEXT, TEXT, st.sampled_from(["both", "in", "out"]), st.floats(0, 1e9))
def test_a_neuron_page_round_trips(name, dataset, direction, least):
    state = NeuronState(name=name, dataset=dataset, direction=direction, least=least)
    again, problems = NeuronState.from_query(parse_search(state.to_query()))
    assert (again, problems) == (state, ())


@given(TEXT, TEXT)
def test_a_query_round_trips(cypher, parameters):
    state = CypherState(cypher=cypher, parameters=parameters)
    assert CypherState.from_query(parse_search(state.to_query())) == (state, ())


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"direction": "up"}, "must be one of both, out, in"),
        ({"min": "nan"}, "must be a number from 0"),
        ({"min": "-1"}, "must be a number from 0"),
        ({"kind": "vessel"}, "must be one of"),
        ({"name": "x" * 301}, "longer than 300"),
        ({"name": ["a", "b"]}, "more than once"),
    ],
)
def test_what_makes_no_sense_falls_back_and_is_said(query, says):
    state, problems = NeuronState.from_query(query)
    assert state == NeuronState()
    assert says in problems[0]


def test_a_change_resets_what_depends_on_it():
    state = RunsState(run="a/b", over="c/d", against="e/f")
    assert state.changed({"run": "x/y"}) == RunsState(run="x/y")
    assert state.changed({"over": None}) == RunsState(run="a/b", against="e/f")


def test_defaults_leave_the_address_empty():
    assert NeuronState().to_query() == ""
