"""Bytes changed, lost or zeroed at seeded places: each file is refused in words, or read to valid tables."""

from __future__ import annotations

import json
import zipfile

import h5py
import numpy as np
import pytest

from schemas.errors import ConnectomeError, SourceError

T, N = 40, 5
DAMAGES = 36
TIME = 0.5 * np.arange(T)
VALUES = np.random.default_rng(0).normal(size=(N, T))
LABELS = ["AVAL", "AVAR", "AVA", "AIY?", "VB02"]


@pytest.fixture
def write(tmp_path, write_mat73, write_mat5, cell):
    """Writes a whole recording of a source; gives its files, the one with the traces first."""

    def zimmer(stem, key, ids, traces, time):
        return [write_mat73(f"{stem}.mat", {key: {ids: [LABELS], traces: [VALUES.T], time: [TIME]}})]

    def yemini():
        side = np.array([[1.0], [0.0]])
        pairs = [cell(row, row + 1) for row in VALUES]
        content = {"fps": 4.0, "files": cell("w"), "neurons": cell("AVA", "AVB", "AIY", "RIM", "AIB")}
        content |= {"is_L": cell(*[side] * N), "norm_traces": cell(*pairs)}
        return [write_mat5("Head_Activity_OH15500.mat", content)]

    def lin():
        content = {"use_flag": np.ones(N), "proofread_neurons": cell(*LABELS), "times": TIME}
        return [write_mat5("w.mat", content | {"corrected_F": VALUES, "F_0": VALUES[:, :1]})]

    def nwb():
        path = tmp_path / "w.nwb"
        with h5py.File(path, "w") as file:
            here = "processing/CalciumActivity"
            file[f"{here}/SignalRawFluor/SignalCalciumImResponseSeries/data"] = VALUES.T
            file[f"{here}/NeuronIDs/labels"] = LABELS
        return [path]

    def leifer():
        paths = [tmp_path / f"0_{part}.txt" for part in ("gcamp", "labels", "t")]
        np.savetxt(paths[0], VALUES.T)
        paths[1].write_text("\n".join(LABELS) + "\n")
        np.savetxt(paths[2], TIME)
        return paths

    def atanas():
        labeled = {str(i + 1): {"label": label, "confidence": 3} for i, label in enumerate(LABELS)}
        content = {"timestamp_confocal": TIME.tolist(), "trace_array": VALUES.tolist(), "labeled": labeled}
        path = tmp_path / "w.json"
        path.write_text(json.dumps(content | {"velocity": TIME.tolist(), "reversal_events": [[1, 5], [8, 9]]}))
        return [path]

    def atanas_hdf5():
        path = tmp_path / "w.h5"
        with h5py.File(path, "w") as file:
            file["timestamp_confocal"], file["trace_array"], file["velocity"] = TIME, VALUES, TIME
            file["reversal_events"] = np.array([[1, 8], [5, 9]])
            for i, label in enumerate(LABELS):
                file[f"labeled/{i + 1}/label"] = label
        return [path]

    def venkatachalam():
        header = ["neuron", *"abcdefgh", *(f"x{i}" for i in range(98)), *(str(i) for i in range(T)), "end"]
        rows = [[n, *[""] * 106, *(str(v) for v in row), ""] for n, row in zip(LABELS, VALUES, strict=True)]
        path = tmp_path / "w.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("w.csv", "\n".join(",".join(row) for row in [header, *rows]))
        return [path]

    return {
        "kato2015": lambda: zimmer("WT_Stim", "WT_Stim", "IDs", "traces", "tv"),
        "nichols2017": lambda: zimmer("n2_let", "n2_let", "IDs", "traces", "timeVectorSeconds"),
        "skora2018": lambda: zimmer("WT_fasted", "WT_fasted", "IDs", "traces", "timeVectorSeconds"),
        "kaplan2020": lambda: zimmer(
            "Neuron2019_Data_RIShisCl", "RIShisCl_Neuron2019", "neuron_ID", "traces_bleach_corrected", "time_vector"
        ),
        "uzel2022": lambda: zimmer("Uzel_WT", "Uzel_WT", "IDs", "traces", "tv"),
        "yemini2021": yemini,
        "lin2023": lin,
        "nejatbakhsh2020": nwb,
        "leifer2023": leifer,
        "atanas2023": atanas,
        "atanas2023 as HDF5": atanas_hdf5,
        "venkatachalam2024": venkatachalam,
    }


SOURCES = [
    *("kato2015", "nichols2017", "skora2018", "kaplan2020", "uzel2022", "yemini2021", "lin2023", "nejatbakhsh2020"),
    *("leifer2023", "atanas2023", "atanas2023 as HDF5", "venkatachalam2024"),
]


def damaged(whole, how, random):
    """The bytes, cut short, with some of them others, or with a block of zeros."""
    if how == 0:
        return whole[: random.integers(1, len(whole))]
    content = bytearray(whole)
    if how == 1:
        for at in random.integers(0, len(content), random.integers(1, 9)):
            content[at] = random.integers(0, 256)
    else:
        at = random.integers(0, len(content))
        content[at : at + 64] = bytes(len(content[at : at + 64]))
    return bytes(content)


@pytest.mark.parametrize("source", SOURCES)
def test_damaged_files_are_refused_in_words_or_read(source, write, read):
    paths = write[source]()
    source = source.partition(" ")[0]
    whole = [path.read_bytes() for path in paths]
    assert read(source, *paths)["trace"].height >= N
    random = np.random.default_rng(7)
    refusals = 0
    for number in range(DAMAGES):
        one = number % len(paths) if number % 2 else 0
        paths[one].write_bytes(damaged(whole[one], number % 3, random))
        try:
            read(source, *paths)
        except ConnectomeError as error:
            assert isinstance(error, SourceError), f"read, but not valid: {error}"  # noqa: PT017
            assert paths[one].name.partition("_")[0] in str(error)  # noqa: PT017
            assert error.hint  # noqa: PT017
            refusals += 1
        paths[one].write_bytes(whole[one])
    assert refusals >= DAMAGES // 3  # a file cut short is always refused
