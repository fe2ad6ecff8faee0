"""PyTorch's side of the benchmarks: the same network, weights and batch as the lab's, timed on request.

Started with the folder that bench/harness/torch-peer.ts wrote: network.json (layers, tensors and their places) and
values.bin (float32, PyTorch's layouts), and "cpu" or "cuda". Then one JSON request a line on stdin, one JSON answer a line on stdout.
"""
import json
import sys
import time

import numpy as np
import torch
from torch import nn

folder, device = sys.argv[1:3]
# Float32 as it is written: a GPU would else round the operands of products to ten bits.
torch.backends.cuda.matmul.allow_tf32 = False
torch.backends.cudnn.allow_tf32 = False
torch.backends.cudnn.benchmark = True
with open(f"{folder}/network.json") as file:
    spec = json.load(file)
blob = np.fromfile(f"{folder}/values.bin", dtype="<f4")


def stored(name):
    entry = spec["tensors"][name]
    size = int(np.prod(entry["shape"]))
    return torch.from_numpy(blob[entry["offset"]:entry["offset"] + size].reshape(entry["shape"]).copy())


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.names, layers = [], []
        for layer in spec["layers"]:
            kind = layer["kind"]
            if kind == "conv":
                layers.append(nn.Conv2d(layer["inChannels"], layer["outChannels"], layer["kernel"], layer["stride"], layer["pad"]))
            elif kind == "linear":
                layers.append(nn.Linear(layer["inFeatures"], layer["outFeatures"]))
            elif kind == "max-pool":
                layers.append(nn.MaxPool2d(layer["size"], layer["stride"]))
            elif kind == "adaptive-avg-pool":
                layers.append(nn.AdaptiveAvgPool2d(layer["size"]))
            elif kind == "flatten":
                layers.append(nn.Flatten())
            else:
                raise ValueError(f"unknown layer {kind}")
            if "name" in layer:
                with torch.no_grad():
                    layers[-1].weight.copy_(stored(layer["name"] + ".weight"))
                    layers[-1].bias.copy_(stored(layer["name"] + ".bias"))
            if layer.get("relu"):
                layers.append(nn.ReLU(inplace=True))
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        return self.layers(x)


x = stored("x").to(device)
labels = torch.tensor(spec["labels"], device=device)


def fresh():
    network = Network().to(device)
    return network, torch.optim.SGD(network.parameters(), lr=spec["learningRate"], momentum=spec["momentum"])


network, optimizer = fresh()


def step():
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(network(x), labels)
    loss.backward()
    optimizer.step()
    return loss


def answer(request):
    global network, optimizer
    torch.set_num_threads(request["threads"])
    if request["kind"] == "losses":
        network, optimizer = fresh()
        return {"losses": [step().item() for _ in range(request["steps"])]}
    start = time.perf_counter()
    for _ in range(request["steps"]):
        loss = step()
    # Waits for a GPU to finish all of them.
    loss.item()
    return {"stepMs": (time.perf_counter() - start) * 1000 / request["steps"]}


where = f" on CUDA, {torch.cuda.get_device_name()}" if device == "cuda" else ""
print(json.dumps({"name": f"PyTorch {torch.__version__}{where}"}), flush=True)
for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
