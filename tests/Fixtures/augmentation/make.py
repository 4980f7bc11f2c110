"""What torchvision's functions make of two small images: writes augmentation.json beside this script.

    /usr/bin/python3 tests/Fixtures/augmentation/make.py        (Debian 12: python3-torch 1.13, python3-torchvision 0.14)
"""
import json
import math
import os

import torch
import torchvision.transforms.functional as F
from torchvision.transforms import InterpolationMode

BILINEAR = InterpolationMode.BILINEAR
HEIGHT, WIDTH = 6, 8


def images():
    """Bytes by a formula (in the tests, too): one of all hues, one that is dark and of few values."""
    numbers = torch.arange(3 * HEIGHT * WIDTH)
    many = (numbers * 89 + numbers * numbers * 6) % 256
    few = 40 + (numbers * 5) % 60 + numbers // 48 * 10
    return [image.reshape(3, HEIGHT, WIDTH).to(torch.uint8) for image in (many, few)]


def placed(image, degrees=0.0, zoom=1.0, right=0.0, down=0.0):
    # affine turns clockwise, rotate counter-clockwise.
    return F.affine(image, -degrees, [right, down], zoom, [0.0, 0.0], interpolation=BILINEAR)


def sheared(image, x=0.0, y=0.0):
    """As torchvision's policies do: about the upper left corner."""
    return F.affine(image, 0.0, [0, 0], 1.0, [math.degrees(math.atan(x)), math.degrees(math.atan(y))], interpolation=BILINEAR, center=[0, 0])


# On floats from 0 to 1, where torchvision doesn't round in between.
ON_FLOATS = {
    "Rotate": (lambda image, degrees: F.rotate(image, degrees, interpolation=BILINEAR), [[15.0], [-70.0], [135.0]]),
    "Place": (placed, [[0.0, 1.2, 0.0, 0.0], [0.0, 0.7, 0.0, 0.0], [0.0, 1.0, 2.0, -1.0], [0.0, 1.0, 0.75, 0.5], [20.0, 1.3, 1.5, -0.5]]),
    "ShearX": (lambda image, slope: sheared(image, x=slope), [[0.3], [-0.99]]),
    "ShearY": (lambda image, slope: sheared(image, y=slope), [[0.3], [-0.99]]),
    "ResizedCrop": (
        lambda image, *box: F.resized_crop(image, *box, [HEIGHT, WIDTH], BILINEAR, antialias=True),
        [[1, 2, 3, 4], [0, 0, 6, 8], [2, 3, 1, 2], [0, 1, 6, 5]]),
    "Brightness": (F.adjust_brightness, [[0.6], [1.4]]),
    "Contrast": (F.adjust_contrast, [[0.2], [1.7]]),
    "Saturation": (F.adjust_saturation, [[0.0], [1.8]]),
    "Hue": (F.adjust_hue, [[-0.5], [-0.1], [0.05], [0.4]]),
    "Sharpness": (F.adjust_sharpness, [[0.1], [1.9]]),
    "AutoContrast": (F.autocontrast, [[]]),
}

# On bytes.
ON_BYTES = {
    "Posterize": (F.posterize, [[2], [5], [8]]),
    "Solarize": (F.solarize, [[0.0], [76.5], [128.0], [255.0]]),
    "Equalize": (F.equalize, [[]]),
}


def grow(image):
    """Equalize does nothing to fewer than 256 pixels."""
    return image.repeat(1, 12, 8)


def main():
    cases = []
    for table, scale in ((ON_FLOATS, 255), (ON_BYTES, 1)):
        for name, (function, calls) in table.items():
            for number, image in enumerate(images()):
                if name == "Equalize":
                    image = grow(image)
                for arguments in calls:
                    result = function(image / 255 if scale == 255 else image, *arguments) * scale
                    if name == "Equalize":
                        result = result[:, :HEIGHT, :WIDTH]
                    cases.append({"name": name, "image": number, "arguments": arguments, "pixels": [float("%.4f" % value) for value in result.float().flatten().tolist()]})
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "augmentation.json"), "w", newline="\n") as file:
        file.write("[\n" + ",\n".join(" " + json.dumps(case) for case in cases) + "\n]\n")


main()
