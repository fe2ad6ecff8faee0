"""Learns the first tasks of a sequence with MAS as a PyTorch user of the seed would, and leaves the seed's tree:
begin_sequence.py OUT DATA EXAMPLES FINISHED CLASSES. DATA is a Tiny-ImageNet zip; its classes are cut in order of their ids.
Prints, as JSON, the accuracy of every head on its test images with the final weights, and right after learning.
"""
import io
import json
import os
import pickle
import sys
import zipfile
from collections import OrderedDict

import torch
from PIL import Image
from torch import nn
from torchvision import transforms

out, data, examples, finished, classes = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
sys.path.insert(0, examples)
from use_lab_files import MEAN, STD, accuracy, build_alexnet, train  # noqa: E402

torch.manual_seed(1)
archive = zipfile.ZipFile(data)
names = archive.namelist()
annotations = next(name for name in names if name.endswith("val_annotations.txt"))
tested = {line.split("\t")[0]: line.split("\t")[1] for line in archive.read(annotations).decode().splitlines()}
to_tensor = transforms.Compose([transforms.ToTensor(), transforms.Normalize(MEAN, STD)])


def picture(name):
    return to_tensor(Image.open(io.BytesIO(archive.read(name))).convert("RGB"))


def class_of(name):
    parts = name.split("/")
    if parts[1] == "train" and name.endswith(".JPEG"):
        return "train", parts[2]
    if parts[1] == "val" and name.endswith(".JPEG"):
        return "test", tested[parts[-1]]
    return None, None


def images(part, ids):
    chosen = [(name, ids.index(class_of(name)[1])) for name in names if class_of(name)[0] == part and class_of(name)[1] in ids]
    return torch.utils.data.TensorDataset(torch.stack([picture(name) for name, _ in chosen]), torch.tensor([row for _, row in chosen]))


ids = sorted({class_of(name)[1] for name in names if class_of(name)[0] == "train"})
tasks = [ids[k * classes:(k + 1) * classes] for k in range(finished)]
widths = {"features.0": (32, 3, 5), "features.3": (64, 32, 5), "features.6": (96, 64, 3), "features.8": (64, 96, 3), "features.10": (64, 64, 3)}
shapes = {f"{name}.weight": torch.empty(o, i, k, k) for name, (o, i, k) in widths.items()}
shapes.update({"classifier.1.weight": torch.empty(256, 2304), "classifier.4.weight": torch.empty(256, 256)})
model = build_alexnet(shapes, classes).eval()
for name, p in model.named_parameters():
    # PyTorch's own start hardly learns in so few steps.
    if not name.startswith("classifier.6"):
        nn.init.kaiming_normal_(p) if p.dim() > 1 else nn.init.zeros_(p)
omega = {name: torch.zeros_like(p) for name, p in model.named_parameters()}
heads, learned, reg_params = [], [], {}
for k, task in enumerate(tasks):
    if k > 0:
        model.classifier[6] = nn.Linear(model.classifier[6].in_features, classes)
    train(model, images("train", task), reg_params, 1.0, 5, 0.003, 0.9, 32)
    learned.append(accuracy(model, images("test", task), torch.arange(classes)))
    heads.append(OrderedDict((f"fc.{n}", p.detach().clone()) for n, p in model.classifier[6].named_parameters()))
    # MAS, global: the mean of |d ||F(x)||^2 / d theta|, picture by picture.
    pictures = images("train", task)
    for x, _ in torch.utils.data.Subset(pictures, range(0, len(pictures), 10)):
        model.zero_grad()
        model(x[None]).square().sum().backward()
        for name, p in model.named_parameters():
            omega[name] = omega[name] + p.grad.abs() / len(range(0, len(pictures), 10))
    reg_params = {n: {"omega": omega[n], "init_val": p.detach().clone()} for n, p in model.named_parameters() if not n.startswith("classifier.6")}

final = []
for k, task in enumerate(tasks):
    model.classifier[6].load_state_dict({n[3:]: p for n, p in heads[k].items()})
    final.append(accuracy(model, images("test", task), torch.arange(classes)))
    folder = os.path.join(out, "models", f"Task_{k + 1}")
    os.makedirs(folder)
    torch.save(heads[k], os.path.join(folder, "head.pth"))
    with open(os.path.join(folder, "classes.txt"), "w") as file:
        file.write(str(classes))
    with open(os.path.join(folder, "performance.txt"), "w") as file:
        file.write(str(learned[k]))
# The seed's wrapper holds torchvision's network as `tmodel`, saves it without its last layer, and keys importances by Parameter objects.
torch.save(OrderedDict((f"tmodel.{n}", p) for n, p in model.state_dict().items() if not n.startswith("classifier.6")), os.path.join(out, "models", "shared_model.pth"))
by_object = {p: {"omega": omega[n], "init_val": p.detach().clone()} for n, p in model.named_parameters()}
with open(os.path.join(out, "models", "reg_params.pickle"), "wb") as file:
    pickle.dump(by_object, file)
sys.stdout.write("\n" + json.dumps({"accuracy": final, "learned": learned, "maxOmega": max(omega[n].max().item() for n in reg_params)}))
