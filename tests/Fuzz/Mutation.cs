namespace PSTransfer.Fuzz;

/// <summary>Damages a valid file, in the ways of broken disks, cut downloads and people who mean harm.</summary>
internal static class Mutation
{
    // Counts, lengths and offsets at the borders of what fits, of either sign.
    private static readonly long[] Borders =
        [
            0, 1, -1, 127, 255, 256, 32767, 65535, 65536, int.MaxValue, int.MinValue, uint.MaxValue, 1L << 32, (1L << 40) + 1,
            long.MaxValue, long.MinValue, long.MaxValue / 4
        ];

    // What begins and ends things in JSON and in pickles.
    private static readonly byte[] Marks =
    [
        .. "0123456789{}[]\",:.()aeubBCGhIJjKlMNpqQrRstTVX"u8, 0x80, 0x81, 0x85, 0x86, 0x87, 0x88, 0x8A, 0x8B, 0x8C, 0x93, 0x94
    ];

    private static readonly byte[][] Fragments = [.. new[]
    {
        "{", "}", "[", "]", "{}", "[]", ",", ":", "\"", "\\", "\\ud800", "\\u0000", "-", "e9", "1e400", ".5", "null", "true", " ", "\0",
        "\u00e9", "../", "..\\", "/", "//", "C:", "%2e%2e/", "file:///etc/",
        "9223372036854775807", "18446744073709551616", "4294967295", "99999999999999999999999", "\"__metadata__\":{},",
        "\"dtype\":\"F64\",", "\"dtype\":\"string\",", "\"quantization\":{\"dtype\":\"uint8\"},",
        "cos\nsystem\n", "(S'x'\ntR", "}q\0(", "]q\0(", "h\0",
    }.Select(Encoding.UTF8.GetBytes)];

    /// <summary>A copy with one to four changes; may be of another length, and empty.</summary>
    /// <param name="valid">A valid file.</param>
    /// <param name="random">Decides everything.</param>
    public static byte[] Of(byte[] valid, Random random)
    {
        var bytes = new List<byte>(valid);
        for (var change = random.Next(1, 5); change > 0 && bytes.Count > 0; change--)
        {
            Change(bytes, random);
        }

        return [.. bytes];
    }

    private static void Change(List<byte> bytes, Random random)
    {
        // What leads to all the rest stands at a file's start or end.
        var at = random.Next(4) switch
        {
            0 => random.Next(Math.Min(bytes.Count, 1 << 14)),
            1 => bytes.Count - 1 - random.Next(Math.Min(bytes.Count, 1 << 12)),
            _ => random.Next(bytes.Count),
        };
        var length = Math.Min(random.Next(1, random.Next(2) == 0 ? 9 : 200), bytes.Count - at);
        switch (random.Next(12))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2:
                bytes[at] = Marks[random.Next(Marks.Length)];
                break;
            case 3:
                bytes.RemoveRange(at, length);
                break;
            case 4:
                bytes.InsertRange(random.Next(bytes.Count), bytes.GetRange(at, length));
                break;
            case 5:
                Overwrite(bytes, random.Next(bytes.Count), bytes.GetRange(at, length));
                break;
            case 6:
                Overwrite(bytes, at, Enumerable.Repeat((byte)(random.Next(3) * 255 / 2), length));
                break;
            case 7:
                bytes.InsertRange(at, Fragments[random.Next(Fragments.Length)]);
                break;
            case 8 or 9:
                // Binary formats align their numbers, and an address in the file may lead in a circle.
                var number = random.Next(3) == 0 ? random.Next(bytes.Count) & ~7L : Borders[random.Next(Borders.Length)];
                Overwrite(bytes, random.Next(2) == 0 ? at & ~7 : at, Number(number, random));
                break;
            case 10:
                Overwrite(bytes, at, Number(bytes[at] + (random.Next(2) * 2) - 1, random));
                break;
            default:
                // Rarely, as the shorter file leaves nothing else to find.
                bytes.RemoveRange(at, random.Next(4) == 0 ? bytes.Count - at : 1);
                break;
        }
    }

    private static byte[] Number(long value, Random random)
    {
        var bytes = new byte[8];
        var width = 1 << random.Next(4);
        if (random.Next(4) == 0)
        {
            BinaryPrimitives.WriteInt64BigEndian(bytes, value);
            return bytes[^width..];
        }

        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return bytes[..width];
    }

    private static void Overwrite(List<byte> bytes, int at, IEnumerable<byte> values)
    {
        foreach (var value in values)
        {
            if (at < bytes.Count)
            {
                bytes[at++] = value;
            }
        }
    }
}
