"""Non-negative tensor factorisation of differential affinities, then communities of neurons.

After Dyballa, Lang, Haslund-Gourley, Yemini, Zucker: Learning dynamic representations of the functional
connectome in neurobiological networks, ICLR 2024 (arXiv 2402.14102). The exact affinity, the rank and the
selection of components are not in the public record; those here are ours and each file says what it chose.
Communities are found by Louvain in place of the paper's nested stochastic block model, whose implementation
(graph-tool) pip cannot install.

    activity            bundle -> traces on one grid of time
    affinity            traces -> affinity of every pair in every bin of time
    tensor, factorise   time x recording x pair, with missing pairs -> non-negative components
    components          which components, and the graph that they make
    communities         graph -> communities
    solution            one random start taken to its end
    baselines, heldout, measure   how good it is, and what it is measured against
    config, model, report         parameters, fit, tables
"""
