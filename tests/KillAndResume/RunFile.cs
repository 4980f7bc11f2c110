using System.Buffers.Binary;
using System.Text;
using System.Text.RegularExpressions;

namespace PSTransfer.KillAndResume;

/// <summary>
/// What a checkpoint or a model file says, times aside: its header with every "seconds" set to 0, and the bytes of all its tensors. Made
/// from the bytes themselves, by no reader of PSTransfer's.
/// </summary>
internal static partial class RunFile
{
    /// <summary>Whether two files say the same to the last bit.</summary>
    public static bool AreEqual(string path, string other)
    {
        var (header, tensors) = Read(path);
        var (otherHeader, otherTensors) = Read(other);
        return header == otherHeader && tensors.AsSpan().SequenceEqual(otherTensors);
    }

    private static (string Header, byte[] Tensors) Read(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var begin = 8 + (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        return (Seconds().Replace(Encoding.UTF8.GetString(bytes, 8, begin - 8), "$1 0").TrimEnd(), bytes[begin..]);
    }

    /// <summary>The header's metadata are JSON inside of a JSON string, so quotes come with a backslash or as an escaped code.</summary>
    [GeneratedRegex(@"(seconds(?:\\""|\\u0022):)[-+.0-9eE]+")]
    private static partial Regex Seconds();
}
