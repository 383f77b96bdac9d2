"""Pages answer for good and hostile addresses; headers and routes are what they must be."""

from __future__ import annotations

import json

import pytest

from dashboard import answers
from dashboard.pages import cypher, neuron, overview, runs
from graphdb import testing
from graphdb.versions.deprecation import deprecate, undeprecate
from schemas.errors import UsageError

PAYLOAD = "<img/src=x/onerror=window.hacked=1>"


def shown(app, page, **query):
    """Everything that a page holds, as JSON text."""
    with app.server.app_context():
        return json.dumps(page.layout(**query).to_plotly_json(), default=lambda part: part.to_plotly_json())


def test_every_answer_carries_the_headers(client):
    for path in ("/", "/ready", "/nope"):
        headers = client.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe-eval" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"


def test_pages_exist_and_others_do_not(client):
    for path in ("/", "/neuron", "/questions", "/cypher", "/runs", "/_dash-layout", "/_dash-dependencies"):
        assert client.get(path).status_code == 200, path
    answer = client.get("/nope")
    assert answer.status_code == 404
    assert b"There is no page" in answer.data


def test_a_foreign_host_name_is_refused(client):
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400


def test_ready_tells_the_state_of_the_stores(client, demo_workspace):
    answer = client.get("/ready").get_json()
    assert answer == {"graph": "ok", "datasets": len(demo_workspace.lake.datasets()), "behind": []}


def test_the_overview_lists_every_dataset_and_marks_the_simulated(app, demo_workspace):
    text = shown(app, overview)
    for manifest in demo_workspace.lake.datasets():
        assert manifest.dataset in text
        assert manifest.version in text
    assert '"simulated"' in text
    assert "Graph and lake agree" in text


def test_the_overview_says_which_version_should_not_be_used(app, demo_workspace):
    lake = demo_workspace.lake
    manifest = lake.manifest("test/connectome")
    assert "Should not be used" not in shown(app, overview)
    deprecate(lake, manifest, "the weights were doubled")
    try:
        text = shown(app, overview)
    finally:
        undeprecate(lake, manifest)
    assert f"{manifest.reference} is deprecated: the weights were doubled" in text


def test_a_neuron_without_an_edge_is_said_to_be_imaged_or_not(app):
    """The small connectome covers every cell; its muscle has no gap junction."""
    text = shown(app, neuron, name="dBWML1", kind="gap_junction", set=testing.NODE_SET)
    assert "Networks without a gap junction connection of dBWML1" in text
    assert "imaged, and none found there: test/connectome/gap_junction" in text
    assert "not imaged" not in text


def test_a_neuron_shows_who_it_is_and_its_simulated_activity(app):
    text = shown(app, neuron, name="AVAL")
    assert "acetylcholine" in text or "neurotransmitter" in text
    assert "simulate/celegans/recording-" in text
    assert "simulated" in text


def test_a_region_shows_its_matrix_from_the_lake(app, demo_workspace):
    region = demo_workspace.lake.read("simulate/fmri", "node")["name"][0]
    assert "Whole matrix, from the lake" in shown(app, neuron, name=region)


@pytest.mark.parametrize(
    ("page", "query", "says"),
    [
        (neuron, {"name": "AVAX"}, "did you mean"),
        (neuron, {"name": "AVAL", "direction": "up"}, "must be one of"),
        (neuron, {"name": "AVAL", "dataset": "no/such"}, "has no connection of AVAL"),
        (neuron, {"name": PAYLOAD}, PAYLOAD),
        (cypher, {"q": "CREATE (n:Neuron)"}, "may not begin with"),
        (cypher, {"q": "MATCH (n) SET n.x = 1"}, "SET is not allowed"),
        (cypher, {"q": "RETURN $x"}, "is missing"),
        (cypher, {"q": "RETURN 1", "p": "[1]"}, "one JSON object"),
        (cypher, {"q": "RETURN 1 AS x", "unknown": "1"}, "1 rows"),
        (runs, {"run": "no/such"}, "is not in the lake"),
        (overview, {"dataset": "../.."}, "not a dataset id"),
    ],
)
def test_addresses_that_anyone_may_send(app, page, query, says):
    text = shown(app, page, **query)
    assert says in text


def test_runs_show_the_model_beside_its_baselines_and_the_planted_truth(app):
    text = shown(app, runs)
    assert "mean_affinity" in text
    assert "planted-1" in text
    assert "Communities over" in text


def test_an_answer_is_downloaded_as_csv_and_parquet(app, client):
    text = shown(app, cypher, q="MATCH (n:Neuron) RETURN n.name AS name ORDER BY name LIMIT 3")
    key = text.split("/download/")[1].split(".csv")[0]
    assert client.get(f"/download/{key}.csv").data.decode().splitlines()[0] == "name"
    assert client.get(f"/download/{key}.parquet").data[:4] == b"PAR1"
    assert client.get(f"/download/{key}.exe").status_code == 404
    assert client.get("/download/unknown.csv").status_code == 404


def test_a_callback_with_made_up_values_does_no_harm(app):
    with app.server.app_context():
        found = answers.page_of_rows({"startRow": -5, "endRow": 10**9, "sortModel": [{"colId": "x"}]}, "nope")
    assert found == {"rowData": [], "rowCount": 0}


@pytest.mark.parametrize("text", ["{", "1", "null", '"x"'])
def test_parameters_must_be_an_object(text):
    with pytest.raises(UsageError):
        cypher.parameters_of(text)
