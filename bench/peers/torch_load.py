"""Parses a .pth file with PyTorch, once it is in memory, and prints what that took: torch_load.py FILE"""
import io
import json
import sys
import time

import torch

with open(sys.argv[1], "rb") as file:
    data = io.BytesIO(file.read())
start = time.perf_counter()
state = torch.load(data, weights_only=True)
elapsed = (time.perf_counter() - start) * 1000
print(json.dumps({"elapsedMs": elapsed, "values": sum(t.numel() for t in state.values()),
                  "last": [t.flatten()[-1].item() for t in state.values()], "version": torch.__version__}))
