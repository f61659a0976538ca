"""What the engine costs, against plain PyTorch and against its peers: ``python -m benchmarks``."""
