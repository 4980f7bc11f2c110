"""Makes path/<class>/<name>: small pictures of every format, orientation and kind (colour, grey, alpha) that Pillow writes together, as two
classes to train on. Needs Pillow with WebP; run it in this folder. 44 is wider than it is high by more than a crop keeps, so that each
resize rule sees other pixels."""
import os

import numpy as np
from PIL import Image

ORIENTATION = 0x0112


def picture(seed, dark):
    """Smooth shapes with noise and no symmetry; the left end is bright in one class and dark in the other."""
    random = np.random.RandomState(seed)
    y, x = np.mgrid[0:30, 0:44].astype(float)
    red = 255 * x / 44
    green = 255 * (0.5 + 0.5 * np.sin(x / 4 + y / 7 + seed))
    blue = 255 * (((x - 12) ** 2 + (y - 20) ** 2) < 60)
    pixels = np.stack([red, green, blue], 2) + random.randint(-12, 13, (30, 44, 3))
    pixels[:, :9] = (20 if dark else 230) + random.randint(-15, 16, (30, 9, 3))
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def kind_of(image, kind):
    if kind == 'grey':
        return image.convert('L')
    if kind == 'alpha':
        with_alpha = image.convert('RGBA')
        alpha = np.tile(np.linspace(0, 255, image.width).astype(np.uint8), (image.height, 1))
        with_alpha.putalpha(Image.fromarray(alpha))
        return with_alpha
    return image


# The transpositions that undo an orientation: a picture stored so, with its tag, is upright again.
STORED = {
    1: None, 2: Image.FLIP_LEFT_RIGHT, 3: Image.ROTATE_180, 4: Image.FLIP_TOP_BOTTOM,
    5: Image.TRANSPOSE, 6: Image.ROTATE_90, 7: Image.TRANSVERSE, 8: Image.ROTATE_270,
}
FORMATS = {
    'jpg': (('colour', 'grey'), dict(quality=92)),
    'png': (('colour', 'grey', 'alpha'), {}),
    'webp': (('colour', 'alpha'), dict(lossless=True)),
    'tif': (('colour', 'grey', 'alpha'), {}),
    'bmp': (('colour', 'grey'), {}),
    'gif': (('colour', 'grey'), {}),
    'ppm': (('colour', 'grey'), {}),
}
seed = 0
for extension, (kinds, options) in FORMATS.items():
    oriented = extension in ('jpg', 'png', 'webp', 'tif')
    for kind in kinds:
        for orientation in range(1, 9) if oriented else (1,):
            seed += 1
            dark = seed % 2 == 0
            image = kind_of(picture(seed, dark), kind)
            if STORED[orientation] is not None:
                image = image.transpose(STORED[orientation])
            extra = dict(options)
            if oriented and orientation > 1:
                exif = Image.Exif()
                exif[ORIENTATION] = orientation
                if extension == 'tif':
                    extra['tiffinfo'] = {ORIENTATION: orientation}
                else:
                    extra['exif'] = exif.tobytes()
            folder = os.path.join('path', 'dark' if dark else 'light')
            os.makedirs(folder, exist_ok=True)
            suffix = 'pgm' if extension == 'ppm' and kind == 'grey' else extension
            image.save(os.path.join(folder, f'{kind}-{orientation}.{suffix}'), **extra)
