"""Loads a .pth file with PyTorch and prints what that took: torch_load.py FILE"""
import json
import sys
import time

import torch

start = time.perf_counter()
state = torch.load(sys.argv[1], weights_only=True)
elapsed = (time.perf_counter() - start) * 1000
print(json.dumps({"elapsedMs": elapsed, "values": sum(t.numel() for t in state.values()),
                  "last": [t.flatten()[-1].item() for t in state.values()], "version": torch.__version__}))
