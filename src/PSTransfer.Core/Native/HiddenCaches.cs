using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text;

namespace PSTransfer.Core.Native;

/// <summary>
/// Makes convolutions correct on virtual machines that hide their cache sizes. Some do on AMD processors (CPUID leaf 0x8000001D answers
/// zeros; lscpu lists no caches). oneDNN 3.7.1 inside libtorch 2.10 then assumes three caches of size zero and cuts convolutions into
/// blocks that don't fit. Some results are wrong or NaN, forward and backward, without a message. If oneDNN finds no caches at all, it
/// assumes usual sizes and is right, so this class makes it find none.
/// </summary>
internal static class HiddenCaches
{
    private const int Leaf = unchecked((int)0x8000001D);
    private const int ChunkBytes = 4 << 20;

    /// <summary>
    /// The largest distances in bytes: from the instruction that stores the number of caches to the leaf's number, and from there to CPUID.
    /// </summary>
    private const int MostBefore = 64, MostAfter = 64;

    /// <summary>The instruction mov dword [rdi + n], 3 stores the number of caches. One byte between the two parts is n.</summary>
    private static readonly byte[] _store = [0xC7, 0x47], _three = [3, 0, 0, 0], _leaf = [0x1D, 0x00, 0x00, 0x80], _cpuid = [0x0F, 0xA2];

    /// <summary>Whether this machine hides its caches from oneDNN.</summary>
    public static bool AreHidden { get; } = X86Base.IsSupported
        && IsAmd()
        && X86Base.CpuId(int.MinValue, 0).Eax >= Leaf
        && (X86Base.CpuId(Leaf, 0).Eax & 0x1F) == 0;

    /// <summary>
    /// Makes libtorch's convolutions correct on such a machine; does nothing on others. Call it after libtorch is loaded and before its
    /// first convolution.
    /// </summary>
    /// <param name="library">The handle of libtorch_cpu.</param>
    public static void Mend(nint library)
    {
        // On Linux, a process can write its own code through a file. If that is forbidden, or the code differs, convolutions run without
        // oneDNN: slower, but correct.
        if (!AreHidden)
        {
            return;
        }

        if (!(OperatingSystem.IsLinux() && TellOfNoCaches()) && !SwitchOff(library, "setUserEnabledMkldnn"))
        {
            throw new PSTransferException(
                FaultKind.NotAvailable,
                "This virtual machine hides the sizes of its processor's caches, and libtorch computes wrong convolutions without them. "
                + "Have its host pass CPUID leaf 0x8000001D on, or use another machine.",
                "libtorch");
        }

        // NNPACK doesn't run without cache sizes either, and reports that on the console at each attempt.
        SwitchOff(library, "setUserEnabledNNPACK");
    }

    /// <summary>The place in the code where the number of caches (3) is stored before the leaf is read; -1 if there is none.</summary>
    internal static int Find(ReadOnlySpan<byte> code)
    {
        for (int at = 0, next; (next = code[at..].IndexOf(_leaf)) >= 0; at += next + 1)
        {
            var leaf = at + next;
            var after = code[leaf..];
            if (after[..Math.Min(MostAfter, after.Length)].IndexOf(_cpuid) < 0)
            {
                continue;
            }

            var first = Math.Max(0, leaf - MostBefore);
            var store = code[first..leaf].LastIndexOf(_store);
            var value = first + store + _store.Length + 1;
            if (store >= 0 && value + _three.Length <= leaf && code.Slice(value, _three.Length).SequenceEqual(_three))
            {
                return value;
            }
        }

        return -1;
    }

    private static bool TellOfNoCaches()
    {
        try
        {
            using var memory = new FileStream("/proc/self/mem", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
            var chunk = new byte[ChunkBytes + MostBefore + MostAfter];
            foreach (var (start, end) in CodeOfLibTorch())
            {
                for (var at = start; at < end; at += ChunkBytes)
                {
                    memory.Position = at;
                    var length = memory.ReadAtLeast(chunk.AsSpan(0, (int)Math.Min(chunk.Length, end - at)), 1);
                    if (Find(chunk.AsSpan(0, length)) is >= 0 and var place)
                    {
                        memory.Position = at + place;
                        memory.WriteByte(0);
                        return true;
                    }
                }
            }

            return false;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static IEnumerable<(long Start, long End)> CodeOfLibTorch()
    {
        var lines = File.ReadLines("/proc/self/maps").Where(line =>
            line.Contains("r-xp", StringComparison.Ordinal) && line.Contains("libtorch_cpu", StringComparison.Ordinal));
        foreach (var line in lines)
        {
            var range = line[..line.IndexOf(' ', StringComparison.Ordinal)].Split('-');
            yield return (Address(range[0]), Address(range[1]));
        }
    }

    private static long Address(string text) => long.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    /// <summary>
    /// The symbol of at::globalContext() in a system's library: in Microsoft's naming, or in that of all other compilers.
    /// </summary>
    internal static string ContextName(string system) =>
        system == "win" ? "?globalContext@at@@YAAEAVContext@1@XZ" : "_ZN2at13globalContextEv";

    /// <summary>The symbol of a function of at::Context that takes a bool, in the same naming.</summary>
    internal static string SwitchName(string function, string system) =>
        system == "win" ? $"?{function}@Context@at@@QEAAX_N@Z" : $"_ZN2at7Context{function.Length}{function}Eb";

    /// <summary>Calls at::globalContext().setUserEnabled...(false).</summary>
    /// <returns>Whether libtorch has the function by this name.</returns>
    private static bool SwitchOff(nint library, string function)
    {
        if (!NativeLibrary.TryGetExport(library, ContextName(Platform.Current.System), out var context)
            || !NativeLibrary.TryGetExport(library, SwitchName(function, Platform.Current.System), out var enable))
        {
            return false;
        }

        Marshal.GetDelegateForFunctionPointer<SetEnabled>(enable)(Marshal.GetDelegateForFunctionPointer<GlobalContext>(context)(), false);
        return true;
    }

    private static bool IsAmd()
    {
        var (_, b, c, d) = X86Base.CpuId(0, 0);
        Span<byte> name = stackalloc byte[12];
        BinaryPrimitives.WriteInt32LittleEndian(name, b);
        BinaryPrimitives.WriteInt32LittleEndian(name[4..], d);
        BinaryPrimitives.WriteInt32LittleEndian(name[8..], c);
        return Encoding.ASCII.GetString(name) is "AuthenticAMD" or "HygonGenuine";
    }

    private delegate nint GlobalContext();

    private delegate void SetEnabled(nint context, [MarshalAs(UnmanagedType.I1)] bool enabled);
}
