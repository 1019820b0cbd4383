"""Options of iterators over images of records whose results chance does not touch: 1.9.1's are recorded."""

from __future__ import annotations

IMAGES = {
    "as it is": {},
    "mean and scale": {"mean_r": 10, "mean_g": 20, "mean_b": 30, "scale": 0.5},
    "mean and deviation": {"mean_r": 10, "std_r": 2, "std_g": 4, "std_b": 5},
    "mirror": {"mirror": True},
    "gray": {"data_shape": (1, 24, 20), "mean_r": 5, "std_r": 2},
    "middle": {"data_shape": (3, 11, 9)},
    "enlarged": {"data_shape": (3, 30, 20)},
    "enlarged twice": {"data_shape": (3, 30, 30)},
    "enlarged to the width": {"data_shape": (3, 24, 30)},
    "resize, nearest": {"resize": 30, "inter_method": 0, "data_shape": (3, 30, 30)},
    "resize, bilinear": {"resize": 12, "data_shape": (3, 10, 10)},
    "resize, area": {"resize": 12, "inter_method": 3, "data_shape": (3, 10, 10)},
    "rotate": {"rotate": 30, "data_shape": (3, 20, 16)},
    "rotate and fill": {"rotate": 90, "fill_value": 7, "data_shape": (3, 20, 16)},
    "larger": {"min_random_scale": 1.5, "max_random_scale": 1.5, "data_shape": (3, 30, 30)},
    "smaller": {"min_random_scale": 0.7, "max_random_scale": 0.7, "data_shape": (3, 14, 12)},
    "stretched": {"min_aspect_ratio": 1.5, "max_aspect_ratio": 1.5},
    "at most": {"max_img_size": 18, "data_shape": (3, 16, 16)},
    "at least": {"min_img_size": 30, "data_shape": (3, 28, 28)},
    "all at once": {
        "rotate": 20,
        "min_aspect_ratio": 0.5,
        "max_aspect_ratio": 0.5,
        "min_random_scale": 2,
        "max_random_scale": 2,
        "pad": 2,
        "data_shape": (3, 40, 40),
    },
    "pad": {"pad": 3, "fill_value": 9, "data_shape": (3, 30, 26)},
    "crop": {"min_crop_size": 12, "max_crop_size": 12, "data_shape": (3, 8, 8)},
    "crop and enlarge": {"min_crop_size": 12, "max_crop_size": 12, "data_shape": (3, 16, 18)},
    "uint8": {"dtype": "uint8", "mirror": True, "mean_r": 10},
    "int8": {"dtype": "int8"},
    "text": {"data_shape": "(3,10,10)", "mirror": "True", "batch_size": "5", "scale": "0.5"},
}
BATCHES = {
    "index": {"path_imgidx": "images.idx"},
    "whole": {"batch_size": 5},
    **{f"part {i} of {n}": {"num_parts": n, "part_index": i, "batch_size": 1} for n in (2, 3) for i in range(n)},
    **{
        f"part {i} of {n}, index": {"num_parts": n, "part_index": i, "batch_size": 1, "path_imgidx": "images.idx"}
        for n in (2, 3)
        for i in range(n)
    },
}
DETECTION = {
    "as it is": {},
    "wide labels": {"label_pad_width": 20, "label_pad_value": -7},
    "mirror": {"rand_mirror_prob": 1.0},
    "force": {"data_shape": (3, 40, 50)},
    "fit": {"data_shape": (3, 40, 50), "resize_mode": "fit", "mean_r": 10},
    "fit narrow": {"data_shape": (3, 30, 10), "resize_mode": "fit"},
    "shrink": {"data_shape": (3, 40, 50), "resize_mode": "shrink"},
    "shrink narrow": {"data_shape": (3, 12, 8), "resize_mode": "shrink"},
    "resize": {"resize": 12, "data_shape": (3, 14, 12)},
    "normalise": {"mean_r": 5, "std_r": 2, "scale": 0.5},
}


def objects(i: int) -> list:
    return [2, 5, i % 3, 0.1, 0.2, 0.6, 0.7] + [1, 0.3, 0.3, 0.5, 0.9] * (i % 2)


def write_detection(recordio, image, path) -> None:
    writer = recordio.MXRecordIO(str(path), "w")
    for i in range(5):
        writer.write(recordio.pack_img((0, objects(i), i, 0), image(i), 9, ".png"))
    writer.close()


def told(np, data) -> list:
    """Shape, dtype and some of the numbers of a batch, image by image."""
    values = data.asnumpy().astype("f8")
    images = [[v.mean(), v.std(), *v.ravel()[:: max(1, v.size // 7)]] for v in values]
    return [list(values.shape), np.dtype(data.dtype).name, images]


def images(mx, np, folder, name) -> list:
    given = {"data_shape": (3, 24, 20), "batch_size": 5, "verbose": False, **IMAGES[name]}
    iterator = mx.io.ImageRecordIter(path_imgrec=f"{folder}/images.rec", **given)
    return [told(np, batch.data[0]) for batch in iterator]


def batches(mx, np, folder, name) -> list:
    given = {"data_shape": (3, 24, 20), "batch_size": 4, "verbose": False, **BATCHES[name]}
    given = {k: f"{folder}/{v}" if k == "path_imgidx" else v for k, v in given.items()}
    iterator = mx.io.ImageRecordIter(path_imgrec=f"{folder}/images.rec", **given)
    found = []
    for _ in range(3):
        found.append([[batch.label[0].asnumpy().tolist(), batch.pad] for batch in iterator])
        iterator.reset()
    return found


def detection(mx, np, folder, name) -> list:
    given = {"data_shape": (3, 24, 20), "batch_size": 2, "verbose": False, **DETECTION[name]}
    iterator = mx.io.ImageDetRecordIter(path_imgrec=f"{folder}/detection.rec", **given)
    return [[told(np, b.data[0]), b.label[0].asnumpy().tolist(), b.pad] for b in iterator]
