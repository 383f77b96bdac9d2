"""The common names of transmitters, and how sources spell them."""

from __future__ import annotations

_SPELLINGS = {
    "acetylcholine": ("ACh",),
    "glutamate": ("Glu",),
    "GABA": (),
    "dopamine": ("DA",),
    "serotonin": ("5-HT", "5HT"),
    "tyramine": (),
    "octopamine": ("octapamine",),
    "betaine": (),
    "FMRFamide": ("FRMFemide",),
}
_KNOWN = {spelling.casefold(): name for name, more in _SPELLINGS.items() for spelling in (name, *more)}


def common_name(spelling: str) -> str | None:
    """The name by which all sources' statements can be compared; None where the spelling is not known."""
    return _KNOWN.get(spelling.strip().casefold())
