"""Networks in torch whose modules are called as torchvision's are; written from these names and the papers."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F


def named(**modules):
    """A container of modules by name that runs them one after the other."""
    made = nn.Sequential()
    for name, module in modules.items():
        made.add_module(name.lstrip("_"), module)
    return made


def conv(i, o, k, s=1, p=0, bias=False, groups=1):
    return nn.Conv2d(i, o, k, s, p, bias=bias, groups=groups)


class AlexNet(nn.Module):
    def __init__(self, classes):
        super().__init__()
        relu, pool = nn.ReLU(), nn.MaxPool2d(3, 2)
        self.features = nn.Sequential(
            conv(3, 64, 11, 4, 2, True), relu, pool, conv(64, 192, 5, 1, 2, True), relu, pool,
            conv(192, 384, 3, 1, 1, True), relu, conv(384, 256, 3, 1, 1, True), relu,
            conv(256, 256, 3, 1, 1, True), relu, pool,
        )  # fmt: skip
        self.classifier = nn.Sequential(
            nn.Dropout(), nn.Linear(9216, 4096), relu, nn.Dropout(), nn.Linear(4096, 4096), relu,
            nn.Linear(4096, classes),
        )  # fmt: skip

    def forward(self, x):
        return self.classifier(F.adaptive_avg_pool2d(self.features(x), 6).flatten(1))


class VGG(nn.Module):
    def __init__(self, classes, groups=((64,), (128,), (256, 256), (512, 512), (512, 512)), norm=False):
        super().__init__()
        layers, last = [], 3
        for group in groups:
            for width in group:
                layers += [conv(last, width, 3, 1, 1, True), *([nn.BatchNorm2d(width)] if norm else []), nn.ReLU()]
                last = width
            layers.append(nn.MaxPool2d(2, 2))
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(
            nn.Linear(49 * last, 4096), nn.ReLU(), nn.Dropout(), nn.Linear(4096, 4096), nn.ReLU(), nn.Dropout(),
            nn.Linear(4096, classes),
        )  # fmt: skip

    def forward(self, x):
        return self.classifier(F.adaptive_avg_pool2d(self.features(x), 7).flatten(1))


class Residual(nn.Module):
    """A basic block; or a bottleneck, whose stride is that of the second convolution."""

    def __init__(self, i, o, stride, deep):
        super().__init__()
        inner = o // 4 if deep else o
        if deep:
            self.conv1, self.conv2 = conv(i, inner, 1), conv(inner, inner, 3, stride, 1)
            self.conv3, self.bn3 = conv(inner, o, 1), nn.BatchNorm2d(o)
        else:
            self.conv1, self.conv2 = conv(i, o, 3, stride, 1), conv(o, o, 3, 1, 1)
        self.bn1, self.bn2 = nn.BatchNorm2d(inner), nn.BatchNorm2d(inner)
        self.downsample = nn.Sequential(conv(i, o, 1, stride), nn.BatchNorm2d(o)) if stride > 1 or i != o else None
        self.deep = deep

    def forward(self, x):
        out = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.deep:
            out = self.bn3(self.conv3(F.relu(out)))
        return F.relu(out + (x if self.downsample is None else self.downsample(x)))


class ResNet(nn.Module):
    def __init__(self, classes, layers=(2, 2, 2, 2), widths=(64, 128, 256, 512), deep=False):
        super().__init__()
        self.conv1, self.bn1 = conv(3, 64, 7, 2, 3), nn.BatchNorm2d(64)
        last = 64
        for number, (count, width) in enumerate(zip(layers, widths, strict=True), 1):
            blocks = []
            for i in range(count):
                blocks.append(Residual(last, width, 2 if number > 1 and i == 0 else 1, deep))
                last = width
            setattr(self, f"layer{number}", nn.Sequential(*blocks))
        self.fc = nn.Linear(last, classes)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        for number in range(1, 5):
            x = getattr(self, f"layer{number}")(x)
        return self.fc(F.adaptive_avg_pool2d(x, 1).flatten(1))


class Fire(nn.Module):
    def __init__(self, i, squeezed, expanded):
        super().__init__()
        self.squeeze = conv(i, squeezed, 1, bias=True)
        self.expand1x1 = conv(squeezed, expanded, 1, bias=True)
        self.expand3x3 = conv(squeezed, expanded, 3, 1, 1, True)

    def forward(self, x):
        x = F.relu(self.squeeze(x))
        return torch.cat([F.relu(self.expand1x1(x)), F.relu(self.expand3x3(x))], 1)


class SqueezeNet(nn.Module):
    def __init__(self, classes, version="1.1"):
        super().__init__()
        first, kernel, widths = {
            "1.0": (96, 7, (0, 16, 16, 32, 0, 32, 48, 48, 64, 0, 64)),
            "1.1": (64, 3, (0, 16, 16, 0, 32, 32, 0, 48, 48, 64, 64)),
        }[version]
        layers, last = [conv(3, first, kernel, 2, bias=True), nn.ReLU()], first
        for width in widths:
            layers.append(Fire(last, width, 4 * width) if width else nn.MaxPool2d(3, 2, ceil_mode=True))
            last = 8 * width or last
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(
            nn.Dropout(), conv(512, classes, 1, bias=True), nn.ReLU(), nn.AdaptiveAvgPool2d(1)
        )

    def forward(self, x):
        return self.classifier(self.features(x)).flatten(1)


class Dense(nn.Module):
    def __init__(self, i, growth, size):
        super().__init__()
        self.norm1, self.conv1 = nn.BatchNorm2d(i), conv(i, size * growth, 1)
        self.norm2, self.conv2 = nn.BatchNorm2d(size * growth), conv(size * growth, growth, 3, 1, 1)

    def forward(self, x):
        found = self.conv2(F.relu(self.norm2(self.conv1(F.relu(self.norm1(x))))))
        return torch.cat([x, found], 1)


class DenseNet(nn.Module):
    def __init__(self, classes, init=64, growth=32, config=(6, 12, 24, 16), size=4):
        super().__init__()
        self.features = named(conv0=conv(3, init, 7, 2, 3), norm0=nn.BatchNorm2d(init))
        self.features.add_module("relu0", nn.ReLU())
        self.features.add_module("pool0", nn.MaxPool2d(3, 2, 1))
        last = init
        for number, count in enumerate(config, 1):
            block = nn.Sequential()
            for i in range(1, count + 1):
                block.add_module(f"denselayer{i}", Dense(last, growth, size))
                last += growth
            self.features.add_module(f"denseblock{number}", block)
            if number < len(config):
                half = named(norm=nn.BatchNorm2d(last), relu=nn.ReLU(), conv=conv(last, last // 2, 1))
                half.add_module("pool", nn.AvgPool2d(2, 2))
                self.features.add_module(f"transition{number}", half)
                last //= 2
        self.features.add_module(f"norm{len(config) + 1}", nn.BatchNorm2d(last))
        self.classifier = nn.Linear(last, classes)

    def forward(self, x):
        return self.classifier(F.adaptive_avg_pool2d(F.relu(self.features(x)), 1).flatten(1))


def step(i, o, k=1, s=1, groups=1):
    return nn.Sequential(conv(i, o, k, s, k // 2, groups=groups), nn.BatchNorm2d(o), nn.ReLU6())


class Inverted(nn.Module):
    def __init__(self, i, o, stride, times):
        super().__init__()
        inner = i * times
        before = [step(i, inner)] if times > 1 else []
        self.conv = nn.Sequential(*before, step(inner, inner, 3, stride, inner), conv(inner, o, 1), nn.BatchNorm2d(o))
        self.same = stride == 1 and i == o

    def forward(self, x):
        return x + self.conv(x) if self.same else self.conv(x)


class MobileNetV2(nn.Module):
    def __init__(self, classes):
        super().__init__()
        last = 32
        layers = [step(3, last, 3, 2)]
        for times, channels, count, stride in (
            (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
        ):  # fmt: skip
            for i in range(count):
                layers.append(Inverted(last, channels, 1 if i else stride, times))
                last = channels
        self.features = nn.Sequential(*layers, step(last, 1280))
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(1280, classes))

    def forward(self, x):
        return self.classifier(F.adaptive_avg_pool2d(self.features(x), 1).flatten(1))


class Basic(nn.Module):
    def __init__(self, i, o, k, s=1, p=0):
        super().__init__()
        self.conv, self.bn = conv(i, o, k, s, p), nn.BatchNorm2d(o, eps=0.001)

    def forward(self, x):
        return F.relu(self.bn(self.conv(x)))


class Mixed(nn.Module):
    """Branches of the names given, of convolutions as given; ``+`` splits into the last two of a branch."""

    def __init__(self, i, branches, pooled):
        super().__init__()
        self.branches, self.pooled = branches, pooled
        for branch in branches:
            last = i
            for name, *args in branch:
                setattr(self, name.lstrip("+"), Basic(last, *args))
                last = last if name.startswith("+") else args[0]
        if pooled:
            self.branch_pool = Basic(i, pooled, 1)

    def forward(self, x):
        found = []
        for branch in self.branches:
            out, split = x, []
            for name, *_ in branch:
                if name.startswith("+"):
                    split.append(getattr(self, name[1:])(out))
                else:
                    out = getattr(self, name)(out)
            found += split or [out]
        pooled = self.branch_pool(F.avg_pool2d(x, 3, 1, 1)) if self.pooled else F.max_pool2d(x, 3, 2)
        return torch.cat([*found, pooled], 1)


def mixed_a(i, pooled):
    double = [("branch3x3dbl_1", 64, 1), ("branch3x3dbl_2", 96, 3, 1, 1), ("branch3x3dbl_3", 96, 3, 1, 1)]
    single = [("branch5x5_1", 48, 1), ("branch5x5_2", 64, 5, 1, 2)]
    return Mixed(i, [[("branch1x1", 64, 1)], single, double], pooled)


def mixed_b(i):
    double = [("branch3x3dbl_1", 64, 1), ("branch3x3dbl_2", 96, 3, 1, 1), ("branch3x3dbl_3", 96, 3, 2)]
    return Mixed(i, [[("branch3x3", 384, 3, 2)], double], 0)


def mixed_c(i, c):
    row, column = ((1, 7), 1, (0, 3)), ((7, 1), 1, (3, 0))
    single = [("branch7x7_1", c, 1), ("branch7x7_2", c, *row), ("branch7x7_3", 192, *column)]
    double = [("branch7x7dbl_1", c, 1), ("branch7x7dbl_2", c, *column), ("branch7x7dbl_3", c, *row)]
    double += [("branch7x7dbl_4", c, *column), ("branch7x7dbl_5", 192, *row)]
    return Mixed(i, [[("branch1x1", 192, 1)], single, double], 192)


def mixed_d(i):
    row, column = ((1, 7), 1, (0, 3)), ((7, 1), 1, (3, 0))
    long = [("branch7x7x3_1", 192, 1), ("branch7x7x3_2", 192, *row), ("branch7x7x3_3", 192, *column)]
    return Mixed(i, [[("branch3x3_1", 192, 1), ("branch3x3_2", 320, 3, 2)], [*long, ("branch7x7x3_4", 192, 3, 2)]], 0)


def mixed_e(i):
    row, column = (384, (1, 3), 1, (0, 1)), (384, (3, 1), 1, (1, 0))
    single = [("branch3x3_1", 384, 1), ("+branch3x3_2a", *row), ("+branch3x3_2b", *column)]
    double = [("branch3x3dbl_1", 448, 1), ("branch3x3dbl_2", 384, 3, 1, 1)]
    double += [("+branch3x3dbl_3a", *row), ("+branch3x3dbl_3b", *column)]
    return Mixed(i, [[("branch1x1", 320, 1)], single, double], 192)


class Inception3(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.Conv2d_1a_3x3, self.Conv2d_2a_3x3 = Basic(3, 32, 3, 2), Basic(32, 32, 3)
        self.Conv2d_2b_3x3 = Basic(32, 64, 3, 1, 1)
        self.Conv2d_3b_1x1, self.Conv2d_4a_3x3 = Basic(64, 80, 1), Basic(80, 192, 3)
        self.Mixed_5b, self.Mixed_5c, self.Mixed_5d = mixed_a(192, 32), mixed_a(256, 64), mixed_a(288, 64)
        self.Mixed_6a, self.Mixed_6b = mixed_b(288), mixed_c(768, 128)
        self.Mixed_6c, self.Mixed_6d, self.Mixed_6e = mixed_c(768, 160), mixed_c(768, 160), mixed_c(768, 192)
        self.AuxLogits = named(conv0=Basic(768, 128, 1), conv1=Basic(128, 768, 5), fc=nn.Linear(768, classes))
        self.Mixed_7a, self.Mixed_7b, self.Mixed_7c = mixed_d(768), mixed_e(1280), mixed_e(2048)
        self.fc = nn.Linear(2048, classes)

    def forward(self, x):
        x = self.Conv2d_2b_3x3(self.Conv2d_2a_3x3(self.Conv2d_1a_3x3(x)))
        x = self.Conv2d_4a_3x3(self.Conv2d_3b_1x1(F.max_pool2d(x, 3, 2)))
        x = F.max_pool2d(x, 3, 2)
        for name in ("5b", "5c", "5d", "6a", "6b", "6c", "6d", "6e", "7a", "7b", "7c"):
            x = getattr(self, f"Mixed_{name}")(x)
        return self.fc(F.adaptive_avg_pool2d(x, 1).flatten(1))
