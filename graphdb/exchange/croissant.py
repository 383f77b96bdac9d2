"""Croissant: the node and edge lists as Parquet, with the JSON-LD that machine-learning hubs read.

Vocabulary: MLCommons Croissant 1.0, https://docs.mlcommons.org/croissant/docs/croissant-spec.html
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import polars as pl

from graphdb.exchange.compact import compact
from graphdb.exchange.subgraph import Subgraph
from graphdb.exchange.tabular import write_parquet
from graphdb.lake import Lake
from graphdb.versions.provenance import provenance
from schemas import tables

_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def write_croissant(graph: Subgraph, folder: Path, lake: Lake) -> None:
    """The Parquet lists of `write_parquet` and `croissant.json` that describes them."""
    write_parquet(graph, folder)
    text = json.dumps(_metadata(graph, folder, lake), indent=2, ensure_ascii=False)
    (folder / "croissant.json").write_text(text + "\n", encoding="utf-8")


def _metadata(graph: Subgraph, folder: Path, lake: Lake) -> dict[str, Any]:
    sources = provenance(lake, graph.references)
    published = max(lake.manifest(s.dataset, s.version).published_at for s in sources)
    chosen = [s for s in sources if s.dataset in {d.partition("@")[0] for d in graph.selection.datasets}]
    counted = f"{graph.nodes.height:,} nodes and {graph.edges.height:,} edges"
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": "-".join(s.dataset.replace("/", "-") for s in chosen),
        "description": f"{'; '.join(s.title for s in chosen)}: {counted}, from {', '.join(graph.references)}.",
        "license": [s.licence for s in chosen],
        "citeAs": "; ".join(s.citation for s in sources),
        "sameAs": [s.source_url for s in chosen if s.source_url],
        "version": "1.0.0",
        "datePublished": published[:10],
        "distribution": [_file(folder / f"{name}.parquet") for name in graph.lists],
        "recordSet": [_records(name, compact(frame)) for name, frame in graph.lists.items()],
    }


def _file(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {
        "@type": "cr:FileObject",
        "@id": path.name,
        "name": path.name,
        "contentUrl": path.name,
        "contentSize": f"{path.stat().st_size} B",
        "encodingFormat": "application/x-parquet",
        "sha256": digest,
    }


def _records(name: str, frame: pl.DataFrame) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "field": [_field(name, column, dtype) for column, dtype in frame.schema.items()],
    }


def _field(name: str, column: str, dtype: pl.DataType) -> dict[str, Any]:
    repeated = isinstance(dtype, pl.List)
    inner = dtype.inner if isinstance(dtype, pl.List) else dtype
    field = {
        "@type": "cr:Field",
        "@id": f"{name}/{column}",
        "name": column,
        "description": _meaning(name, column),
        "dataType": _type(inner),
        "source": {"fileObject": {"@id": f"{name}.parquet"}, "extract": {"column": column}},
    }
    return {**field, "repeated": True} if repeated else field


def _type(dtype: Any) -> str:
    if dtype == pl.Boolean:
        return "sc:Boolean"
    if dtype.is_integer():
        return "sc:Integer"
    return "sc:Float" if dtype.is_float() else "sc:Text"


def _meaning(name: str, column: str) -> str:
    """What FORMAT.md says of the column, from the first table that has it."""
    searched = {"nodes": ["node"], "annotations": ["annotation"]}.get(name, [*tables.TABLES])
    for table in searched:
        if column in (columns := tables.TABLES[table].columns()):
            return str(columns[column].description)
    return {"kind": "kind of edge", "dataset": "dataset that it is from"}.get(column, column)
