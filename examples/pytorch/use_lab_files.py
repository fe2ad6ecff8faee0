#!/usr/bin/env python3
"""Takes a run of MAS Lab to PyTorch: loads its files into torchvision's AlexNet, evaluates, shows what is important, trains on.

    python use_lab_files.py RUN --task 1 --images FOLDER              accuracy of task 1 on labelled images
    python use_lab_files.py RUN --top 10                              the most important parameters and weights
    python use_lab_files.py RUN --train FOLDER --lam 3 --out NEW      learns one more task with the MAS penalty

RUN is the unpacked "Download all" archive. FOLDER has one sub-folder per class; for --images they are called by class id
or class name as in class_names.txt. Needs torch and torchvision, nothing else.
"""
import argparse
import json
import pickle
import sys
from collections import OrderedDict
from pathlib import Path

import torch
import torchvision
from torch import nn
from torchvision import transforms
from torchvision.datasets import ImageFolder

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


# ---------------------------------------------------------------- the lab's files
def load_shared(run):
    """The shared weights: features.0.weight ... classifier.4.bias."""
    return torch.load(run / "models" / "shared_model.pth", weights_only=True)


def load_head(run, task):
    """fc.weight [classes, features] and fc.bias of a task, counted from 1."""
    return torch.load(run / "models" / f"Task_{task}" / "head.pth", weights_only=True)


def load_reg_params(run):
    """Parameter name -> {"omega": importance, "init_val": weights when the last task ended}; empty for a method without importances."""
    if not (run / "models" / "reg_params.pickle").exists():
        return {}
    with open(run / "models" / "reg_params.pickle", "rb") as file:
        return pickle.load(file)


def class_names(run, task):
    """(id, name) of every class of a task, in the order of the head's rows."""
    text = (run / "models" / f"Task_{task}" / "class_names.txt").read_text(encoding="utf-8")
    return [tuple(line.split("\t")) for line in text.splitlines()]


def input_size(run):
    """Pixels the model takes: 224 for alexnet-224, else 64."""
    return 224 if json.loads((run / "config.json").read_text())["model"] == "alexnet-224" else 64


# ---------------------------------------------------------------- the network
def build_alexnet(shared, classes):
    """torchvision's AlexNet with layers as wide as the weights; exactly torchvision's for alexnet-224 and alexnet-64."""
    model = torchvision.models.alexnet(weights=None, num_classes=classes, dropout=0.0)
    for name, module in list(model.named_modules()):
        weight = shared.get(f"{name}.weight")
        if weight is None or weight.shape == module.weight.shape:
            continue
        parent, index = name.split(".")
        if isinstance(module, nn.Conv2d):
            # Only the compact model has another stem: 5x5, stride 2, pad 2.
            stride, pad = (2, 2) if weight.shape[-1] == 5 and index == "0" else (module.stride, module.padding)
            layer = nn.Conv2d(weight.shape[1], weight.shape[0], weight.shape[-1], stride, pad)
        else:
            layer = nn.Linear(weight.shape[1], weight.shape[0])
        getattr(model, parent)[int(index)] = layer
    model.classifier[6] = nn.Linear(shared["classifier.4.weight"].shape[0], classes)
    return model


def load_model(run, task):
    """The whole network for one task, strictly: every name and shape must fit."""
    shared, head = load_shared(run), load_head(run, task)
    model = build_alexnet(shared, len(head["fc.bias"]))
    model.load_state_dict(OrderedDict(shared, **{"classifier.6.weight": head["fc.weight"], "classifier.6.bias": head["fc.bias"]}), strict=True)
    return model.eval()


# ---------------------------------------------------------------- images
def image_folder(folder, size):
    """Images fitted as the lab does: shorter side to `size`, middle square."""
    fit = transforms.Compose([transforms.Resize(size), transforms.CenterCrop(size), transforms.ToTensor(), transforms.Normalize(MEAN, STD)])
    return ImageFolder(str(folder), fit)


def labels_of(dataset, names):
    """The head's row for every sub-folder of `dataset`."""
    rows = {}
    for row, (identity, name) in enumerate(names):
        rows[identity] = rows[name] = row
    unknown = [folder for folder in dataset.classes if folder not in rows]
    if unknown:
        sys.exit(f"No class of this task is called {', '.join(unknown)}; there are {', '.join(i for i, _ in names)}.")
    return torch.tensor([rows[folder] for folder in dataset.classes])


@torch.no_grad()
def accuracy(model, dataset, rows):
    """Share of images whose largest logit is that of their class."""
    right = sum((model(x).argmax(1) == rows[y]).sum().item() for x, y in torch.utils.data.DataLoader(dataset, 64))
    return right / len(dataset)


# ---------------------------------------------------------------- importance
def report_importance(reg_params, top):
    """Which parameters hold the importance, and the single most important weights."""
    total = sum(entry["omega"].sum().item() for entry in reg_params.values()) or 1.0
    print(f"{'parameter':24} {'mean':>12} {'max':>12} {'share':>7}")
    for name, entry in reg_params.items():
        omega = entry["omega"]
        print(f"{name:24} {omega.mean().item():12.4g} {omega.max().item():12.4g} {omega.sum().item() / total:7.1%}")
    largest = []
    for name, entry in reg_params.items():
        values, places = entry["omega"].flatten().topk(min(top, entry["omega"].numel()))
        shape = entry["omega"].shape
        for value, place in zip(values.tolist(), places.tolist()):
            index = []
            for size in reversed(shape):
                place, at = divmod(place, size)
                index.insert(0, at)
            largest.append((value, name, index))
    print(f"\nthe {top} most important weights")
    for value, name, index in sorted(largest, key=lambda entry: -entry[0])[:top]:
        print(f"{value:12.4g}  {name}{index}")


# ---------------------------------------------------------------- training on
def train(model, dataset, reg_params, lam, epochs, lr, momentum, batch):
    """SGD on cross-entropy with the proximal form of MAS's penalty lam * sum omega * (theta - theta*)^2.

    After each plain step the penalty's minimiser is taken in closed form, weight by weight, so that every lam >= 0 is
    stable; the velocity then carries the movement that really happened.
    """
    params = dict(model.named_parameters())
    velocity = {name: torch.zeros_like(p) for name, p in params.items()}
    loader = torch.utils.data.DataLoader(dataset, batch, shuffle=True)
    for epoch in range(epochs):
        total = 0.0
        for x, y in loader:
            model.zero_grad()
            loss = nn.functional.cross_entropy(model(x), y)
            loss.backward()
            total += loss.item() * len(y)
            with torch.no_grad():
                for name, p in params.items():
                    v = velocity[name].mul_(momentum).add_(p.grad)
                    if name in reg_params:
                        pull = 2 * lr * lam * reg_params[name]["omega"]
                        new = (p - lr * v + pull * reg_params[name]["init_val"]) / (1 + pull)
                        velocity[name] = (p - new) / lr
                        p.copy_(new)
                    else:
                        p.sub_(lr * v)
        print(f"epoch {epoch + 1}/{epochs}  cross-entropy {total / len(dataset):.4f}")


def save(model, out):
    """shared_model.pth and head.pth as the lab reads them."""
    state = model.state_dict()
    out.mkdir(parents=True, exist_ok=True)
    torch.save(OrderedDict((k, v) for k, v in state.items() if not k.startswith("classifier.6.")), out / "shared_model.pth")
    torch.save(OrderedDict([("fc.weight", state["classifier.6.weight"]), ("fc.bias", state["classifier.6.bias"])]), out / "head.pth")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help='the unpacked "Download all" archive')
    parser.add_argument("--task", type=int, default=1, help="whose head to use, from 1")
    parser.add_argument("--images", type=Path, help="labelled images to evaluate on")
    parser.add_argument("--top", type=int, default=10, help="how many single weights to list")
    parser.add_argument("--train", type=Path, help="images of a new task, one sub-folder per class")
    parser.add_argument("--lam", type=float, default=3.0, help="strength of the penalty")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--lr", type=float, default=0.01)
    parser.add_argument("--momentum", type=float, default=0.9)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="where the new shared_model.pth and head.pth go")
    args = parser.parse_args()
    torch.manual_seed(args.seed)

    model, size = load_model(args.run, args.task), input_size(args.run)
    print(f"task {args.task}: {sum(p.numel() for p in model.parameters()):,} parameters, {size} x {size} pixels")
    evaluation = image_folder(args.images, size) if args.images else None
    before = None
    if evaluation:
        rows = labels_of(evaluation, class_names(args.run, args.task))
        before = accuracy(model, evaluation, rows)
        print(f"accuracy {before:.4f} on {len(evaluation)} images")
    reg_params = load_reg_params(args.run)
    if reg_params:
        report_importance(reg_params, args.top)
    else:
        print("this run has no importances: nothing is held while a new task is learned")
    if not args.train:
        return

    new_task = image_folder(args.train, size)
    old_head = model.classifier[6]
    model.classifier[6] = nn.Linear(old_head.in_features, len(new_task.classes))
    print(f"\nnew task: {', '.join(new_task.classes)}")
    train(model, new_task, reg_params, args.lam, args.epochs, args.lr, args.momentum, args.batch)
    print(f"accuracy on its training images {accuracy(model, new_task, torch.arange(len(new_task.classes))):.4f}")
    if args.out:
        save(model, args.out)
        print(f"written to {args.out}")
    if evaluation:
        model.classifier[6] = old_head
        after = accuracy(model, evaluation, rows)
        print(f"task {args.task} now {after:.4f}, forgotten {before - after:.4f}")


if __name__ == "__main__":
    main()
