"""What the macOS libraries of the packages say about each other: names, needs, paths, in text. The home folder of whoever built them is
/builder here.

    python load_commands.py ~/.nuget/packages/libtorch-cpu-osx-arm64/2.10.0 ~/.nuget/packages/torchsharp/0.107.0 > load-commands.txt
"""

import pathlib
import re
import struct
import sys

FAT, ONE = 0xCAFEBABE, 0xFEEDFACF
ARM64 = 0x0100000C
LOAD, WEAK, ID, RPATH, VERSION = 0xC, 0x80000018, 0xD, 0x8000001C, 0x32


def commands(image):
    if struct.unpack_from(">I", image)[0] == FAT:
        for i in range(struct.unpack_from(">I", image, 4)[0]):
            processor, _, offset, size, _ = struct.unpack_from(">5I", image, 8 + 20 * i)
            if processor == ARM64:
                image = image[offset:offset + size]
                break
    magic, _, _, _, count, _, _, _ = struct.unpack_from("<8I", image)
    assert magic == ONE
    place = 32
    for _ in range(count):
        command, size = struct.unpack_from("<2I", image, place)
        body = image[place:place + size]
        text = lambda: body[struct.unpack_from("<I", body, 8)[0]:].split(b"\0")[0].decode()
        if command in (LOAD, WEAK):
            yield "needs", text()
        elif command == ID:
            yield "name", text()
        elif command == RPATH:
            yield "rpath", re.sub(r"^/Users/[^/]+", "/builder", text())
        elif command == VERSION:
            least = struct.unpack_from("<I", body, 12)[0]
            yield "macos", f"{least >> 16}.{(least >> 8) & 255}"
        place += size


for package in map(pathlib.Path, sys.argv[1:]):
    print(f"# {package.parent.name} {package.name}")
    for file in sorted(package.glob("runtimes/osx-arm64/native/*.dylib")):
        print(file.name)
        for kind, value in sorted(commands(file.read_bytes())):
            print(f"  {kind} {value}")
