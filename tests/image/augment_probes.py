"""What augmenters and iterators of images are asked, by 1.9.1 when answers are recorded and by the tests."""

from __future__ import annotations

import os
import random

CLASSIFY = {
    "sequence": lambda im, np: im.SequentialAug([im.ResizeAug(4, 1), im.CastAug()]),
    "resize": lambda im, np: im.ResizeAug(5, 1),
    "force": lambda im, np: im.ForceResizeAug((3, 4), 1),
    "random crop": lambda im, np: im.RandomCropAug((3, 4)),
    "random size": lambda im, np: im.RandomSizedCropAug((3, 4), 0.08, (3 / 4, 4 / 3), 1),
    "random size, areas": lambda im, np: im.RandomSizedCropAug((3, 4), (0.08, 0.5), (3 / 4, 4 / 3), 1),
    "random size, old name": lambda im, np: im.RandomSizedCropAug((3, 4), None, (3 / 4, 4 / 3), 1, min_area=0.2),
    "center crop": lambda im, np: im.CenterCropAug((3, 4)),
    "brightness": lambda im, np: im.BrightnessJitterAug(0.1),
    "contrast": lambda im, np: im.ContrastJitterAug(0.1),
    "saturation": lambda im, np: im.SaturationJitterAug(0.2),
    "hue": lambda im, np: im.HueJitterAug(0.3),
    "colours": lambda im, np: im.ColorJitterAug(0.1, 0.2, 0.3),
    "one colour": lambda im, np: im.ColorJitterAug(0, 0, 0.3),
    "lighting": lambda im, np: im.LightingAug(0.1, np.ones(3), np.eye(3)),
    "normalise": lambda im, np: im.ColorNormalizeAug([1, 2, 3], np.array([1, 1, 2])),
    "normalise nothing": lambda im, np: im.ColorNormalizeAug(None, None),
    "gray": lambda im, np: im.RandomGrayAug(0.4),
    "flip": lambda im, np: im.HorizontalFlipAug(0.5),
    "cast": lambda im, np: im.CastAug("float64"),
}
DETECT = {
    "flip": lambda im, np: im.DetHorizontalFlipAug(0.5),
    "crop": lambda im, np: im.DetRandomCropAug(min_object_covered=0.3, area_range=(0.1, 0.9)),
    "narrow crop": lambda im, np: im.DetRandomCropAug(0.1, (0.2, 0.3), (0.05, 0.4), 0.6, 20),
    "pad": lambda im, np: im.DetRandomPadAug(pad_val=(7, 8, 9)),
    "much pad": lambda im, np: im.DetRandomPadAug((0.3, 3.0), (1.0, 9.0)),
    "select": lambda im, np: im.DetRandomSelectAug([im.DetHorizontalFlipAug(1.0), im.DetRandomPadAug()], 0.3),
    "several crops": lambda im, np: im.CreateMultiRandCropAugmenter(
        [0.1, 0.5], area_range=[(0.1, 0.5), (0.4, 1.0)], skip_prob=0.2
    ),
    "borrow": lambda im, np: im.DetBorrowAug(im.BrightnessJitterAug(0.3)),
}
CREATED = [
    {},
    {"resize": 5},
    {"rand_crop": True},
    {"rand_crop": True, "rand_resize": True, "rand_mirror": True},
    {"mean": True, "std": True, "inter_method": 1},
    {"brightness": 0.1, "hue": 0.2, "pca_noise": 0.1, "rand_gray": 0.2},
    {"contrast": 0.1, "saturation": 0.1},
]
CREATED_DET = [
    {},
    {"resize": 5},
    {"rand_crop": 0.5},
    {"rand_pad": 0.5},
    {"rand_crop": 1, "rand_pad": 1},
    {"rand_gray": 0.1, "rand_mirror": True, "brightness": 0.1, "hue": 0.1, "pca_noise": 0.1, "mean": True, "std": True},
]
ITERATED = [
    {},
    {"last_batch_handle": "discard"},
    {"last_batch_handle": "roll_over"},
    {"batch_size": 16},
    {"batch_size": 16, "last_batch_handle": "discard"},
    {"shuffle": True},
    {"shuffle": True, "last_batch_handle": "roll_over"},
    {"num_parts": 2, "part_index": 1},
    {"path_imgrec": "images.rec"},
    {"path_imgrec": "images.rec", "last_batch_handle": "roll_over"},
    {"path_imgrec": "images.rec", "path_imgidx": "images.idx", "shuffle": True},
    {"rand_crop": True, "rand_mirror": True, "data_shape": (3, 10, 8), "inter_method": 1},
]


def seed(mx, np, value) -> None:
    random.seed(value)
    np.random.seed(value)
    mx.random.seed(value)


def picture(np):
    return (np.arange(24 * 20 * 3).reshape(24, 20, 3) * 7 % 256).astype("f")


def told(np, image) -> list:
    """Shape, dtype and a few numbers of an image."""
    values = image.asnumpy().astype("f8")
    flat = values.ravel()
    return [
        list(values.shape),
        np.dtype(image.dtype).name,
        values.mean(),
        values.std(),
        *flat[:: max(1, flat.size // 9)],
    ]


def classify(mx, np, name) -> list:
    found = [CLASSIFY[name](mx.image, np).dumps()]
    for i in range(4):
        seed(mx, np, i)
        augmenter = CLASSIFY[name](mx.image, np)
        found.append([told(np, augmenter(mx.nd.array(picture(np)))) for _ in range(2)])
    return found


def detect(mx, np, name) -> list:
    found = [DETECT[name](mx.image, np).dumps()]
    for i in range(8):
        seed(mx, np, i)
        label = np.array([[1, 0.1, 0.2, 0.6, 0.7], [2, 0.3, 0.3, 0.5, 0.9]])
        image, label = DETECT[name](mx.image, np)(mx.nd.array(picture(np)), label)
        found.append([told(np, image), label.tolist()])
    return found


def created(mx, np, number) -> list:
    return [a.dumps() for a in mx.image.CreateAugmenter((3, 6, 7), **CREATED[number])]


def created_det(mx, np, number) -> list:
    return [a.dumps() for a in mx.image.CreateDetAugmenter((3, 6, 7), **CREATED_DET[number])]


def iterated(mx, np, number, folder) -> list:
    options = {"batch_size": 4, "data_shape": (3, 24, 20), **ITERATED[number]}
    for key in ("path_imgrec", "path_imgidx"):
        if key in options:
            options[key] = os.path.join(folder, options[key])
    seed(mx, np, 3)
    iterator = mx.image.ImageIter(
        imglist=None if "path_imgrec" in options else [[float(i), f"{i}.png"] for i in range(10)],
        path_root=folder,
        **options,
    )
    found = []
    for _ in range(3):
        found.append([[b.label[0].asnumpy().tolist(), b.pad, told(np, b.data[0])] for b in iterator])
        iterator.reset()
    return found
