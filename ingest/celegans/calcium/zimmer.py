"""The recordings of the Zimmer laboratory (Kato 2015, Nichols 2017, Skora 2018, Kaplan 2020, Uzel 2022).

MATLAB 7.3; one file per condition with many worms: a structure whose fields are cell arrays with one cell per worm
(or an array of structures, which HDF5 stores in the same way). Of each worm: names of neurons (1 x N cells, a name
perhaps deeper in cells, or nothing), traces (T x N, corrected for bleaching) and a time vector (T, s). Where a file has
them, `stimulus` and `States` become events. Other fields (uncorrected traces, derivatives) are not read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ingest.celegans.calcium import matlab73
from ingest.celegans.calcium.labels import inside
from ingest.celegans.calcium.local_files import recordings
from ingest.celegans.calcium.matlab73 import Array, Node, Struct
from ingest.celegans.calcium.recording import Event, Recorded, behaviour, tables_of
from ingest.celegans.calcium.steps import Steps, step_events
from schemas.dataset import Decisions, Tables
from schemas.errors import Place, SourceError

READER_VERSION = "1"
_STIMULUS, _STATES = "stimulus", "States"


@dataclass(frozen=True)
class Container:
    """What differs from publication to publication.

    Attributes:
        dataset: its id.
        animals: by name of file (without '.mat'), what is known of its animals.
        labels, traces, time: names of the fields; the first that a file has counts.
        signal: what a trace is.
        key: the structure in a file, `{}` for the name of the file without `prefix`.
        prefix: see `key`.
    """

    dataset: str
    animals: Mapping[str, Mapping[str, object]]
    labels: tuple[str, ...] = ("IDs",)
    traces: tuple[str, ...] = ("traces",)
    time: tuple[str, ...] = ("timeVectorSeconds",)
    signal: str = "dF/F0, corrected for bleaching"
    key: str = "{}"
    prefix: str = ""


KATO2015 = Container(
    "celegans/kato2015",
    {"WT_Stim": {"diagnosis": "stimulated"}, "WT_NoStim": {"diagnosis": "not stimulated"}},
    labels=("IDs", "NeuronNames"),
    traces=("traces", "deltaFOverF_bc"),
    time=("timeVectorSeconds", "tv"),
)
NICHOLS2017 = Container(
    "celegans/nichols2017",
    {
        "n2_let": {"strain": "N2 background", "stage": "lethargus"},
        "n2_prelet": {"strain": "N2 background", "stage": "mid-L4"},
        "npr1_let": {"strain": "npr-1 background", "stage": "lethargus"},
        "npr1_prelet": {"strain": "npr-1 background", "stage": "mid-L4"},
    },
)
SKORA2018 = Container(
    "celegans/skora2018", {"WT_fasted": {"diagnosis": "fasted"}, "WT_starved": {"diagnosis": "starved"}}
)
KAPLAN2020 = Container(
    "celegans/kaplan2020",
    {
        f"Neuron2019_Data_{name}": {"strain": name.replace("_", ", ")}
        for name in ("MNhisCl_RIShisCl", "RIShisCl", "SMDhisCl_RIShisCl")
    },
    labels=("neuron_ID",),
    traces=("traces_bleach_corrected",),
    time=("time_vector",),
    key="{}_Neuron2019",
    prefix="Neuron2019_Data_",
)
UZEL2022 = Container("celegans/uzel2022", {"Uzel_WT": {}}, time=("tv",))


def read_container(
    container: Container, files: Mapping[str, Path], parents: Mapping[str, Tables]
) -> dict[str, pl.DataFrame]:
    """One subject and one recording per worm, named by its file and its number there from 1.

    Args:
        container: the publication.
        files: at least one file under `recordings/…`.
        parents: holds `celegans/cells`.

    Raises:
        SourceError: a file without the structure or a field of it, fields with different numbers of worms, a worm
            whose names, traces and times do not fit together.
    """
    decisions = Decisions()
    paths = recordings(files, ", ".join(f"{stem}.mat" for stem in container.animals))
    worms = (worm for path in paths for worm in list(_worms(container, path, decisions)))
    return tables_of(container.dataset, worms, parents, decisions)


def _worms(container: Container, path: Path, decisions: Decisions) -> Iterator[Recorded]:
    key = container.key.format(path.stem.removeprefix(container.prefix))
    with matlab73.open_struct(path, key) as top:
        columns = [top.cells(*names) for names in (container.labels, container.traces, container.time)]
        counts = [len(column) for column in columns]
        if len(set(counts)) != 1 or not counts[0]:
            text = f"has names of {counts[0]} worm(s), traces of {counts[1]}, times of {counts[2]}"
            raise SourceError(text, "there must be one cell per worm", top.place)
        for i, (labels, traces, time) in enumerate(zip(*columns, strict=True)):
            name = f"{path.stem}-{i + 1}"
            seconds = matlab73.vector(time, _of(top.at(*container.time), i))
            place = Place(path.name, key, column=f"worm {i + 1}")
            yield Recorded(
                name=name,
                place=place,
                time=seconds,
                values=matlab73.numbers(traces, _of(top.at(*container.traces), i)).T,
                labels=_names(labels, name, _of(top.at(*container.labels), i), decisions),
                signal=container.signal,
                unit="1",
                subject=container.animals.get(path.stem, {}),
                events=[*_stimuli(top, i, counts[0], seconds), *_states(top, i, counts[0], seconds)],
            )


def _of(place: Place, worm: int) -> Place:
    return Place(place.file, place.sheet, column=f"worm {worm + 1}")


def _names(node: Node, worm: str, place: Place, decisions: Decisions) -> list[str | None]:
    """One name per trace: the first of those that its cell holds."""
    found: list[str | None] = []
    for i, cell in enumerate(matlab73.elements(node, place) if node is not None else []):
        names = [text for text in matlab73.texts(cell, place) if text.strip()]
        found.append(names[0] if names else None)
        if len(set(names)) > 1:
            where = inside(place, f"trace {i}")
            text = f"several names ({', '.join(names)}): the first counts, as the source's own readers have it"
            decisions.add("guessed", f"{worm} {names[0]}", text, where)
    return found


def _stimuli(top: Struct, worm: int, n_worms: int, time: Array) -> list[Event]:
    """Steps between two concentrations; `initialstate` counts from 1."""
    about = _structure(top, _STIMULUS, worm, n_worms)
    place = _of(top.at(_STIMULUS), worm)
    if matlab73.is_empty(about.get("switchtimes")) or not time.size:
        return []
    for name in ("identity", "initialstate", "conc"):
        if name not in about:
            raise SourceError(f"has no field {name!r}", f"it holds: {', '.join(sorted(about))}", place)
    texts = {name: matlab73.texts(about.get(name), place) for name in ("identity", "concunits")}
    identity, unit = (texts[name][0] if texts[name] else "" for name in ("identity", "concunits"))
    initial = matlab73.vector(about["initialstate"], place)
    steps = Steps(
        identity=identity,
        unit=unit,
        levels=matlab73.vector(about["conc"], place),
        initial=int(initial[0]) if initial.size == 1 and float(initial[0]).is_integer() else 0,
        switches_s=matlab73.vector(about["switchtimes"], place),
    )
    return step_events(steps, float(time[0]), float(time[-1]), place)


def _states(top: Struct, worm: int, n_worms: int, time: Array) -> list[Event]:
    """Every run of samples in a state of behaviour, by the state's name."""
    events: list[Event] = []
    for name, node in _structure(top, _STATES, worm, n_worms).items():
        place = inside(_of(top.at(_STATES), worm), name)
        flags = matlab73.vector(node, place)
        if flags.size not in (0, time.size):
            text = f"has {flags.size} samples, the time vector {time.size}"
            raise SourceError(text, "a state must be given for every sample", place)
        if flags.size:
            events.extend(behaviour(name, flags, time))
    return sorted(events, key=lambda event: event.onset_s)


def _structure(top: Struct, name: str, worm: int, n_worms: int) -> dict[str, Node]:
    """Fields of one worm's structure, whichever way the file has it; none where it has no such structure."""
    if name not in top.group:
        return {}
    place = _of(top.at(name), worm)
    node = top.group[name]
    if matlab73.is_cell(node):
        found = matlab73.elements(node, place)
        if len(found) != n_worms:
            raise SourceError(f"has {len(found)} cell(s), there are {n_worms} worm(s)", "one per worm", place)
        return {} if matlab73.is_empty(found[worm]) else dict(matlab73.fields(found[worm], place))
    if matlab73.is_empty(node):
        return {}
    about: dict[str, Node] = {}
    for field, column in matlab73.fields(node, place).items():
        each = matlab73.elements(column, place) if matlab73.is_cell(column) else [column]
        if len(each) != n_worms:
            raise SourceError(f"{field!r} has {len(each)} cell(s), there are {n_worms} worm(s)", "one per worm", place)
        about[field] = each[worm]
    return about
