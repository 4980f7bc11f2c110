using System.Buffers.Binary;

namespace PSTransfer.Core.Native.Installing;

/// <summary>
/// Checks by its headers alone whether a file is a complete library for a platform. The formats are ELF and PE, for Linux and Windows.
/// </summary>
internal static class NativeImage
{
    private const ushort ElfX64 = 62, PeX64 = 0x8664, PeArm64 = 0xaa64;
    private const int HeaderBytes = 1 << 16;

    /// <summary>Says what is wrong with a library; null if nothing is.</summary>
    public static string? FindFault(Stream file, Platform platform)
    {
        var start = new byte[Math.Min(HeaderBytes, file.Length)];
        file.Position = 0;
        file.ReadExactly(start);
        try
        {
            var (kind, end) = platform.System == "win" ? Pe(start, platform) : Elf(start, platform);
            return kind ?? (file.Length < end
                ? $"it is cut off: by its header it has at least {end:N0} bytes, but found {file.Length:N0}"
                : null);
        }
        catch (ArgumentOutOfRangeException)
        {
            return "it is cut off";
        }
    }

    /// <summary>Whether the code of a torch_cpu for x64 declares a version.</summary>
    public static bool SaysVersion(Stream file, Version version)
    {
        // mov rax, version; ret: this is the whole of aoti_torch_abi_version(). The version is in the highest bytes.
        byte[] wanted = [0x48, 0xb8, 0, 0, 0, 0, 0, (byte)version.Build, (byte)version.Minor, (byte)version.Major, 0xc3];
        var buffer = new byte[1 << 20];
        var kept = 0;
        file.Position = 0;
        for (int read; (read = file.Read(buffer.AsSpan(kept))) > 0;)
        {
            var filled = kept + read;
            if (buffer.AsSpan(0, filled).IndexOf(wanted) >= 0)
            {
                return true;
            }

            kept = Math.Min(wanted.Length - 1, filled);
            buffer.AsSpan(filled - kept, kept).CopyTo(buffer);
        }

        return false;
    }

    /// <summary>Reads the end of an ELF file from its section headers, which lie behind all that is loaded.</summary>
    private static (string? Fault, long End) Elf(ReadOnlySpan<byte> file, Platform platform)
    {
        if (file.Length < 64 || !file[..4].SequenceEqual("\u007fELF"u8))
        {
            return ("it is no library of Linux", 0);
        }

        return BinaryPrimitives.ReadUInt16LittleEndian(file[18..]) != ElfX64
            ? ($"it is no library for {platform}", 0)
            : (null, BinaryPrimitives.ReadInt64LittleEndian(file[40..])
                + ((long)BinaryPrimitives.ReadUInt16LittleEndian(file[58..]) * BinaryPrimitives.ReadUInt16LittleEndian(file[60..])));
    }

    private static (string? Fault, long End) Pe(ReadOnlySpan<byte> file, Platform platform)
    {
        if (file.Length < 64 || file[0] != 'M' || file[1] != 'Z')
        {
            return ("it is no library of Windows", 0);
        }

        var header = file[BinaryPrimitives.ReadInt32LittleEndian(file[60..])..];
        if (BinaryPrimitives.ReadUInt16LittleEndian(header[4..]) != (platform.Architecture == "arm64" ? PeArm64 : PeX64))
        {
            return ($"it is no library for {platform}", 0);
        }

        var sections = header[(24 + BinaryPrimitives.ReadUInt16LittleEndian(header[20..]))..];
        long end = 0;
        for (var i = 0; i < BinaryPrimitives.ReadUInt16LittleEndian(header[6..]); i++)
        {
            var section = sections[(40 * i)..];
            var size = BinaryPrimitives.ReadUInt32LittleEndian(section[16..]);
            var place = BinaryPrimitives.ReadUInt32LittleEndian(section[20..]);
            end = Math.Max(end, (long)size + place);
        }

        return (null, end);
    }
}
