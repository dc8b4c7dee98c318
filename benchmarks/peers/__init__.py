"""Models of other libraries, and of the literature, that ours is measured beside in the same run.

They live in an environment of their own (`make peers`), apart from TensorFlow and the site, and fulfil the same
contract (`ml.scoring`), so that one protocol judges all.
"""

PEERS = {
    "surprise-svd": "benchmarks.peers.surprise_models:DefaultSVD",
    "surprise-svd-tuned": "benchmarks.peers.surprise_models:TunedSVD",
    "surprise-svd++": "benchmarks.peers.surprise_models:SVDPlusPlus",
    "surprise-knn-baseline": "benchmarks.peers.surprise_models:ItemKNN",
    "biased-als": "benchmarks.peers.biased_als:BiasedAls",
    "ridge-fold-in": "benchmarks.peers.biased_als:RidgeFoldIn",
    "gaussian-prior": "benchmarks.peers.biased_als:GaussianPrior",
    "gaussian-prior-tuned": "benchmarks.peers.biased_als:TunedGaussianPrior",
    "implicit-bpr": "benchmarks.peers.implicit_models:ImplicitBPR",
    "implicit-als": "benchmarks.peers.implicit_models:ImplicitALS",
    "implicit-als-64": "benchmarks.peers.implicit_models:ALS64",
    "implicit-als-tuned": "benchmarks.peers.implicit_models:TunedALS",
    "item-knn-tfidf": "benchmarks.peers.item_items:ItemKNN",
    "co-occurrence": "benchmarks.peers.item_items:CoOccurrence",
    "ease": "benchmarks.peers.item_items:Ease",
}
"""Every peer by its name in the tables, as module:Class."""
