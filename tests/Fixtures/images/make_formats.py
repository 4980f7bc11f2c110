"""Makes pictures of other formats, orientations and colour spaces, and what Pillow and littlecms make of them. Needs Pillow with WebP, LibTIFF and
littlecms, ImageMagick 6, LibTIFF's tools and exiftool (Debian 12: python3-pil, imagemagick, libtiff-tools, libimage-exiftool-perl); run it in this folder.

formats/<name>   a file to decode; formats/expected/<name>.png is its RGB as Pillow reads it
turned/<name>    upright.png, stored in the orientation of the number at the name's end, which the program at its beginning wrote into it
color/<name>     a file with a profile; color/expected/<name>.png is its RGB in sRGB by littlecms, relative colorimetric; without a profile that makes sense,
                 its RGB as it is
"""
import io
import os
import struct
import subprocess
import zlib

import numpy as np
from PIL import Image, ImageCms

CONVERT = "/usr/bin/convert"
random = np.random.RandomState(5)


def picture(height, width, seed=0):
    """Smooth shapes with some noise, different in each channel and without any symmetry."""
    y, x = np.mgrid[0:height, 0:width].astype(float)
    y, x = y / height, x / width
    red = 255 * x * (1 - 0.5 * y)
    green = 255 * (0.5 + 0.5 * np.sin(9 * x + 5 * y + seed))
    blue = 255 * (((x - 0.3) ** 2 + (y - 0.6) ** 2) < 0.06)
    noise = np.random.RandomState(seed).randint(-12, 13, (height, width, 3))
    return np.clip(np.stack([red, green, blue], 2) + noise, 0, 255).astype(np.uint8)


def run(*command):
    subprocess.run(command, check=True)


def with_chunks(path, *chunks, at=33):
    """Puts chunks into a PNG, by default after its header."""
    data = open(path, "rb").read()
    added = b"".join(struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks)
    open(path, "wb").write(data[:at] + added + data[at:])


rgb = Image.fromarray(picture(22, 30))
large = Image.fromarray(picture(40, 70, seed=3))
grey = rgb.convert("L")
rgba = rgb.convert("RGBA")
rgba.putalpha(Image.fromarray(np.tile(np.linspace(0, 255, 30), (22, 1)).astype(np.uint8)))


def formats():
    os.makedirs("formats/expected", exist_ok=True)
    os.chdir("formats")
    rgb.save("rgb.png")
    large.save("large.png")
    rgb.save("lzw.tif", compression="tiff_lzw")
    rgb.save("deflate.tif", compression="tiff_adobe_deflate")
    rgb.save("packbits.tif", compression="packbits")
    large.save("jpeg.tif", compression="jpeg", quality=90)
    grey.save("grey.tif")
    grey.convert("1").save("fax4.tif", compression="group4")
    rgb.quantize(16).save("palette.tif")
    rgba.save("alpha.tif")
    rgb.convert("CMYK").save("cmyk.tif")
    rgb.convert("YCbCr").save("refused-ycbcr.tif")
    Image.fromarray(picture(22, 30)[:, :, 0].astype(np.float32)).save("refused-float.tif")
    rgb.save("pages.tif", save_all=True, append_images=[large])
    run(CONVERT, "large.png", "-define", "tiff:tile-geometry=32x32", "-compress", "lzw", "-define", "tiff:predictor=2", "tiled.tif")
    run(CONVERT, "large.png", "-define", "tiff:tile-geometry=32x16", "-compress", "jpeg", "-quality", "90", "tiled-jpeg.tif")
    run(CONVERT, "rgb.png", "-depth", "16", "-compress", "zip", "-interlace", "plane", "-endian", "msb", "planes16.tif")
    run(CONVERT, "rgb.png", "-colorspace", "gray", "-depth", "16", "grey16.tif")
    run(CONVERT, "rgb.png", "-colorspace", "gray", "-define", "quantum:polarity=min-is-white", "white-is-zero.tif")
    run(CONVERT, "rgb.png", "-colorspace", "gray", "-depth", "4", "grey4.tif")
    run(CONVERT, "rgb.png", "-alpha", "set", "-channel", "A", "-evaluate", "set", "50%", "+channel", "-define", "tiff:alpha=associated", "multiplied.tif")
    run("tiffcp", "-8", "lzw.tif", "refused-bigtiff.tif")
    rgb.save("still.gif")
    rgb.save("moving.gif", save_all=True, append_images=[rgb.transpose(Image.FLIP_LEFT_RIGHT)])
    run(CONVERT, "rgb.png", "color.ppm")
    run(CONVERT, "rgb.png", "-compress", "none", "color-text.ppm")
    run(CONVERT, "rgb.png", "-depth", "16", "color16.ppm")
    run(CONVERT, "rgb.png", "-colorspace", "gray", "grey.pgm")
    run(CONVERT, "rgb.png", "-colorspace", "gray", "-compress", "none", "grey-text.pgm")
    run(CONVERT, "rgb.png", "-monochrome", "bits.pbm")
    run(CONVERT, "rgb.png", "-monochrome", "-compress", "none", "bits-text.pbm")
    os.remove("rgb.png")
    os.remove("large.png")
    for name in sorted(os.listdir(".")):
        if name == "expected" or name.startswith("refused"):
            continue
        with Image.open(name) as image:
            # Pillow clips 16-bit grey to 255 instead of scaling it; the high byte is what the picture shows.
            deep = image.mode.startswith("I")
            (Image.fromarray((np.asarray(image) >> 8).astype(np.uint8)) if deep else image).convert("RGB").save(f"expected/{name}.png")
    os.chdir("..")


def stored(orientation):
    """The upright picture as a file of that orientation stores it."""
    upright = np.asarray(rgb)
    quarter = {5: upright.transpose(1, 0, 2), 6: np.rot90(upright), 7: upright[::-1, ::-1].transpose(1, 0, 2), 8: np.rot90(upright, -1)}
    return Image.fromarray(quarter.get(orientation, {1: upright, 2: upright[:, ::-1], 3: upright[::-1, ::-1], 4: upright[::-1]}.get(orientation)))


def turned():
    os.makedirs("turned", exist_ok=True)
    os.chdir("turned")
    rgb.save("upright.png")
    for orientation in range(2, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        stored(orientation).save(f"pillow-{orientation}.png", exif=exif)
        stored(orientation).save(f"pillow-{orientation}.webp", exif=exif, lossless=True)
        stored(orientation).save(f"pillow-{orientation}.tif", exif=exif, compression="tiff_lzw")
    for name in ("exiftool-6.png", "exiftool-7.webp", "exiftool-8.tif"):
        stored(int(name[9])).save(name, **({"lossless": True} if name.endswith("webp") else {}))
        run("exiftool", "-q", "-overwrite_original", "-n", f"-Orientation={name[9]}", name)
    stored(5).save("plain.png")
    run(CONVERT, "plain.png", "-orient", "LeftTop", "-compress", "zip", "imagemagick-5.tif")
    # ImageMagick puts the chunk after the pixels; its older versions wrote text, which is made here as they laid it out.
    exif = Image.Exif()
    exif[0x0112] = 5
    stored(5).save("plain.jpg", exif=exif)
    run(CONVERT, "plain.png", "-profile", "plain.jpg[0]", "-strip", "imagemagick-5.png")
    body = exif.tobytes()
    with_chunks("imagemagick-5.png", (b"eXIf", body[6:]), at=os.path.getsize("imagemagick-5.png") - 12)
    lines = "\n".join(body.hex()[i:i + 72] for i in range(0, 2 * len(body), 72))
    text = f"\nexif\n{len(body):8d}\n{lines}\n".encode()
    stored(5).save("text-5.png")
    with_chunks("text-5.png", (b"tEXt", b"Raw profile type exif\0" + text))
    stored(5).save("compressed-text-5.png")
    with_chunks("compressed-text-5.png", (b"zTXt", b"Raw profile type APP1\0\0" + zlib.compress(text)))
    os.remove("plain.png")
    os.remove("plain.jpg")
    os.chdir("..")


def fixed(*values):
    return struct.pack(f">{len(values)}i", *[round(65536 * value) for value in values])


def profile(space, tags, version=0x02400000, pcs=b"XYZ "):
    """An ICC profile: a header of 128 bytes, a table of tags, and what they say."""
    tags = {b"desc": b"desc" + bytes(4) + struct.pack(">I", 5) + b"test\0" + bytes(78), b"cprt": b"text" + bytes(4) + b"none\0",
            b"wtpt": b"XYZ " + bytes(4) + fixed(0.9642, 1, 0.8249), **tags}
    at, table, bodies = 132 + 12 * len(tags), b"", b""
    for name, body in tags.items():
        body += bytes(-len(body) % 4)
        table += name + struct.pack(">II", at + len(bodies), len(body))
        bodies += body
    size = at + len(bodies)
    header = struct.pack(">I4sI4s4s4s", size, bytes(4), version, b"mntr" if space != b"CMYK" else b"prtr", space, pcs) + bytes(12) + b"acsp"
    header += bytes(28) + fixed(0.9642, 1, 0.8249)
    return header + bytes(128 - len(header)) + struct.pack(">I", len(tags)) + table + bodies


def matrix(primaries, curve, version=0x02400000):
    """Red, green and blue in XYZ under D50, and one curve for all."""
    tags = {name: b"XYZ " + bytes(4) + fixed(*xyz) for name, xyz in zip((b"rXYZ", b"gXYZ", b"bXYZ"), primaries)}
    return profile(b"RGB ", {**tags, b"rTRC": curve, b"gTRC": curve, b"bTRC": curve}, version)


def gamma(value):
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(256 * value))


def ink(lab_of):
    """A table of five steps for each ink, to Lab."""
    steps = np.stack(np.meshgrid(*[np.arange(5) / 4] * 4, indexing="ij"), -1).reshape(-1, 4)
    table = np.clip(np.round([[255 / 100 * l, a + 128, b + 128] for l, a, b in map(lab_of, steps)]), 0, 255).astype(np.uint8)
    straight = bytes(range(256))
    lut = b"mft1" + bytes(4) + bytes([4, 3, 5, 0]) + fixed(1, 0, 0, 0, 1, 0, 0, 0, 1) + 4 * straight + table.tobytes() + 3 * straight
    return profile(b"CMYK", {b"A2B0": lut}, pcs=b"Lab ")


ADOBE = matrix([(0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457)], gamma(2.19921875))
SRGB_CURVE = b"para" + bytes(4) + struct.pack(">HH", 3, 0) + fixed(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
P3 = matrix([(0.51512, 0.2412, -0.00105), (0.29198, 0.69225, 0.04189), (0.1571, 0.06657, 0.78407)], SRGB_CURVE, 0x04000000)
TABLE = matrix([(0.7977, 0.288, 0), (0.1352, 0.7119, 0), (0.0313, 0.0001, 0.8249)],
               b"curv" + bytes(4) + struct.pack(">I", 64) + (65535 * (np.arange(64) / 63) ** 1.8).astype(">u2").tobytes())
GREY = profile(b"GRAY", {b"kTRC": gamma(1.8)})
INK = ink(lambda inks: (100 - 30 * inks[0] - 35 * inks[1] - 8 * inks[2] - 90 * inks[3] + 0.2 * 90 * inks[3] * max(inks[:3]),
                        (40 * inks[1] - 25 * inks[0]) * (1 - inks[3]), (40 * inks[2] - 25 * inks[0]) * (1 - inks[3])))
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def color():
    os.makedirs("color/expected", exist_ok=True)
    os.chdir("color")
    smooth = large.resize((30, 22), Image.BILINEAR)
    for name, icc in (("adobe", ADOBE), ("p3", P3), ("table", TABLE), ("srgb", SRGB)):
        smooth.save(f"{name}.jpg", quality=92, subsampling=0, icc_profile=icc)
        smooth.save(f"{name}.png", icc_profile=icc)
        smooth.save(f"{name}.webp", lossless=True, icc_profile=icc)
        smooth.save(f"{name}.tif", compression="tiff_lzw", icc_profile=icc)
    for end in ("jpg", "png", "tif"):
        smooth.convert("L").save(f"grey.{end}", icc_profile=GREY)
    inks = np.clip(random.randint(0, 256, (6, 8, 4)), 0, 255).astype(np.uint8)
    inks[:, :, 3] //= 2
    Image.fromarray(inks, "CMYK").resize((40, 30), Image.BILINEAR).save("ink.jpg", quality=98, subsampling=0, icc_profile=INK)
    for end in ("jpg", "png", "tif"):
        smooth.save(f"plain-damaged.{end}", icc_profile=ADOBE[:200] + bytes(random.randint(0, 256, 300).astype(np.uint8)))
        smooth.save(f"plain-for-ink.{end}", icc_profile=INK)
    smooth.save("plain-gamma.png")
    with_chunks("plain-gamma.png", (b"gAMA", struct.pack(">I", 100000)), (b"cHRM", struct.pack(">8I", 31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000)))
    for name in sorted(os.listdir(".")):
        if name == "expected":
            continue
        with Image.open(name) as image:
            icc = image.info.get("icc_profile")
            if name.startswith(("plain", "srgb")):
                image = image.convert("RGB")
            else:
                image = ImageCms.profileToProfile(image, ImageCms.ImageCmsProfile(io.BytesIO(icc)), ImageCms.createProfile("sRGB"), renderingIntent=1, outputMode="RGB")
            image.info = {}
            image.save(f"expected/{name}.png")
    os.chdir("..")


formats()
turned()
color()
