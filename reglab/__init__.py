"""reglab: the course on regularization in deep learning that you can run, believe and be graded on.

Dimension key, used by every ``Shape:`` line: **R** replicas, **A** arms, **S** seeds,
**N** examples, **B** batch, **D** features, **C** channels, **K** classes, **E** epochs.
"""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["augmentation", "checks", "claims", "comparison", "data", "layers", "models",
                "plotting", "regularizers", "statistics", "technique", "widgets"],
    submod_attrs={
        "history": ["EarlyStopping"],
        "layers": ["Dropout"],
        "models": ["MLP", "Conv1dNet", "Conv2dNet", "initialize"],
        "optimizers": ["SGD", "Adam"],
        "recipe": ["Recipe"],
        "regularizers": ["L1", "L2", "ElasticNet", "GroupLasso", "MaxNorm", "SoftThreshold",
                         "WeightDecay"],
        "technique": ["Technique"],
        "training": ["fit", "sweep"],
    },
)
