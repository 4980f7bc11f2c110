using System.Runtime.Intrinsics.X86;
using System.Text;

namespace PSTransfer.HiddenCaches;

/// <summary>
/// A copy of libtorch that is told of no caches: it asks CPUID leaf 0x80000FF0, which answers zeros, in place of AMD's 0x8000001D.
/// </summary>
internal static class HiddenCaches
{
    private static readonly byte[] CacheLeaf = [0x1d, 0x00, 0x00, 0x80], EmptyLeaf = [0xf0, 0x0f, 0x00, 0x80], Cpuid = [0x0f, 0xa2];

    /// <summary>Puts the edited libtorch_cpu.so and links to the other libraries into an empty folder.</summary>
    /// <returns>Null, or why this machine can't tell anything; the folder is empty then.</returns>
    public static string? Prepare(string libtorch, string folder)
    {
        if (!OperatingSystem.IsLinux()) return "the edit is made for libtorch on Linux";
        byte[] library = File.ReadAllBytes(Path.Combine(libtorch, "libtorch_cpu.so"));
        int place = FindLeaf(library);
        if (Vendor() is var vendor && vendor is not ("AuthenticAMD" or "HygonGenuine"))
            return $"this processor is {vendor}; only on AMD's does oneDNN ask CPUID leaf 0x8000001D";

        EmptyLeaf.CopyTo(library, place);
        foreach (string file in Directory.EnumerateFiles(libtorch, "*.so*")
            .Where(file => !file.EndsWith("libtorch_cpu.so", StringComparison.Ordinal)))
            File.CreateSymbolicLink(Path.Combine(folder, Path.GetFileName(file)), file);
        File.WriteAllBytes(Path.Combine(folder, "libtorch_cpu.so"), library);
        return null;
    }

    /// <summary>The one place where the leaf's number is followed by a CPUID instruction within 64 bytes.</summary>
    private static int FindLeaf(byte[] library)
    {
        int found = -1;
        for (int at = 0, next; (next = library.AsSpan(at).IndexOf(CacheLeaf)) >= 0; at += next + 1)
        {
            int place = at + next, after = place + CacheLeaf.Length;
            if (library.AsSpan(after, Math.Min(64, library.Length - after)).IndexOf(Cpuid) < 0) continue;
            if (found
                >= 0) throw new InvalidDataException(
                    $"libtorch_cpu.so asks CPUID leaf 0x8000001D in two places, at {found} and {place}; one was expected.");
            found = place;
        }
        return found >= 0
            ? found
            : throw new InvalidDataException("libtorch_cpu.so asks CPUID leaf 0x8000001D nowhere; once was expected.");
    }

    private static string Vendor()
    {
        if (!X86Base.IsSupported) return "not an x86 one";
        var (_, b, c, d) = X86Base.CpuId(0, 0);
        return Encoding.ASCII.GetString([.. BitConverter.GetBytes(b), .. BitConverter.GetBytes(d), .. BitConverter.GetBytes(c)]);
    }
}
