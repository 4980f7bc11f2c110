"""Makes the images of this folder and what Pillow and PyTorch make of them. Needs Pillow (with WebP) and PyTorch; run it in this folder.

decode/<name>            a file to decode; expected/<name>.png is its RGB as Pillow reads it, turned upright
reduce/<name>.jpg        a picture with a photograph's detail; <name>-<rule>-<size>.png is all of it decoded by Pillow and brought to a size
resize/<rule>-<size>.png source.png brought to a size: crop and pad by Pillow's antialiased bilinear filter in torchvision's steps,
                         stretch by torch's interpolate without antialias (which is tf.image.resize's bilinear);
                         tall-72x72 is the crop of the leftmost 50 columns, same-128x128 that of crop-128x128.png
"""
import os
import struct
import zlib

import numpy as np
import torch
from PIL import Image, ImageOps

random = np.random.RandomState(7)


def picture(height, width, seed=0):
    """Smooth shapes with some noise, different in each channel and without any symmetry."""
    y, x = np.mgrid[0:height, 0:width].astype(float)
    y, x = y / height, x / width
    red = 255 * x * (1 - 0.5 * y)
    green = 255 * (0.5 + 0.5 * np.sin(9 * x + 5 * y + seed))
    blue = 255 * (((x - 0.3) ** 2 + (y - 0.6) ** 2) < 0.06)
    noise = np.random.RandomState(seed).randint(-12, 13, (height, width, 3))
    return np.clip(np.stack([red, green, blue], 2) + noise, 0, 255).astype(np.uint8)


def png(path, pixels, color_type):
    """A 16-bit PNG, which Pillow can't write in colour. Pixels: height, width, channels of uint16."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    height, width = pixels.shape[:2]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels)
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, color_type, 0, 0, 0))
                   + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def decode_set():
    for folder in ("decode", "expected", "resize"):
        os.makedirs(folder, exist_ok=True)
    rgb = Image.fromarray(picture(22, 30))
    grey = rgb.convert("L")
    rgba = rgb.convert("RGBA")
    rgba.putalpha(Image.fromarray(np.tile(np.linspace(0, 255, 30), (22, 1)).astype(np.uint8)))
    rgb.save("decode/color.jpg", quality=90)
    rgb.save("decode/progressive.jpg", quality=90, progressive=True, subsampling=0)
    grey.save("decode/grey.jpg", quality=90)
    rgb.convert("CMYK").save("decode/cmyk.jpg", quality=95)
    rgb.save("decode/color.png")
    grey.save("decode/grey.png")
    rgba.save("decode/alpha.png")
    rgba.convert("LA").save("decode/grey-alpha.png")
    rgb.quantize(16).save("decode/palette.png")
    rgb.quantize(16).save("decode/palette-transparent.png", transparency=3)
    grey.convert("1").save("decode/bilevel.png")
    rgb.save("decode/color.bmp")
    rgb.quantize(16).save("decode/palette.bmp")
    rgb.save("decode/lossless.webp", lossless=True)
    rgb.save("decode/lossy.webp", quality=80)
    rgba.save("decode/alpha.webp", lossless=True, exact=True)
    for name in sorted(os.listdir("decode")):
        if "16" not in name and not name.startswith("orientation"):
            with Image.open(f"decode/{name}") as image:
                image.convert("RGB").save(f"expected/{name}.png")

    # Pillow clips 16-bit grey to 255 instead of scaling it; the high byte is what the picture shows.
    deep = picture(22, 30).astype(np.uint16) * 256 + random.randint(0, 128, (22, 30, 3)).astype(np.uint16)
    png("decode/color16.png", deep, 2)
    png("decode/grey16.png", deep[:, :, :1], 0)
    Image.fromarray((deep >> 8).astype(np.uint8)).save("expected/color16.png.png")
    Image.fromarray(np.repeat(deep[:, :, :1] >> 8, 3, 2).astype(np.uint8)).save("expected/grey16.png.png")

    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        name = f"orientation-{orientation}.jpg"
        rgb.save(f"decode/{name}", quality=90, exif=exif)
        with Image.open(f"decode/{name}") as image:
            ImageOps.exif_transpose(image).save(f"expected/{name}.png")


def crop(image, size):
    """torchvision: Resize(round(size * 256 / 224)) and CenterCrop(size); up to 64 pixels Resize(size)."""
    short = size if size <= 64 else round(size * 256 / 224)
    width, height = image.size
    if width <= height:
        resized = image.resize((short, int(short * height / width)), Image.BILINEAR)
    else:
        resized = image.resize((int(short * width / height), short), Image.BILINEAR)
    left = int(round((resized.width - size) / 2.0))
    top = int(round((resized.height - size) / 2.0))
    return resized.crop((left, top, left + size, top + size))


def stretch(image, height, width):
    pixels = torch.from_numpy(np.asarray(image).copy()).permute(2, 0, 1)[None].double()
    resized = torch.nn.functional.interpolate(pixels, size=(height, width), mode="bilinear", align_corners=False, antialias=False)
    return Image.fromarray(resized[0].permute(1, 2, 0).round().to(torch.uint8).numpy())


def pad(image, height, width):
    scale = min(1, height / image.height, width / image.width)
    small = image.resize((round(image.width * scale), round(image.height * scale)), Image.BILINEAR)
    canvas = Image.new("RGB", (width, height))
    canvas.paste(small, ((width - small.width) // 2, (height - small.height) // 2))
    return canvas


def resize_set():
    source = Image.fromarray(picture(83, 120, seed=3))
    source.save("resize/source.png")
    for size in (32, 72, 65, 128):
        crop(source, size).save(f"resize/crop-{size}x{size}.png")
    crop(crop(source, 128), 128).save("resize/same-128x128.png")
    crop(source.crop((0, 0, 50, 83)), 72).save("resize/tall-72x72.png")
    for height, width in ((40, 61), (120, 90), (120, 170)):
        stretch(source, height, width).save(f"resize/stretch-{height}x{width}.png")
    for height, width in ((48, 48), (64, 40), (100, 131)):
        pad(source, height, width).save(f"resize/pad-{height}x{width}.png")
    source.convert("L").save("resize/grey-83x120.png")


def photo(height, width, seed):
    """Detail of all sizes, falling off as in photographs, with hard edges on it."""
    noise = np.random.RandomState(seed)
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width)[None])
    frequency[0, 0] = 1
    planes = [np.fft.ifft2(np.fft.fft2(noise.randn(height, width)) / frequency).real for _ in range(4)]
    planes = [planes[0] + 0.5 * plane for plane in planes[1:]]  # mostly grey, as photographs are
    image = np.stack([128 + 50 * (plane - plane.mean()) / plane.std() for plane in planes], 2)
    y, x = np.mgrid[0:height, 0:width]
    for _ in range(6):
        inside = (x - noise.randint(width)) ** 2 + 2 * (y - noise.randint(height)) ** 2 < noise.randint(20, height // 5) ** 2
        image[inside] = 0.5 * image[inside] + noise.randint(0, 128, 3)
    return Image.fromarray(np.clip(image, 0, 255).astype(np.uint8))


def reduce_set():
    os.makedirs("reduce", exist_ok=True)
    photo(603, 803, seed=1).save("reduce/odd.jpg", quality=85)
    photo(480, 640, seed=2).save("reduce/even.jpg", quality=85, progressive=True, subsampling=0)
    photo(120, 160, seed=3).convert("L").save("reduce/grey.jpg", quality=85)
    photo(120, 160, seed=4).convert("CMYK").save("reduce/cmyk.jpg", quality=85)
    for name, sizes in (("odd", (24, 48, 64, 100)), ("even", (24, 48, 64, 100)), ("grey", (12,)), ("cmyk", (12,))):
        with Image.open(f"reduce/{name}.jpg") as file:
            image = file.convert("RGB")
            for size in sizes:
                crop(image, size).save(f"reduce/{name}-crop-{size}x{size}.png")
            if len(sizes) > 1:
                pad(image, 90, 80).save(f"reduce/{name}-pad-90x80.png")


decode_set()
resize_set()
reduce_set()
