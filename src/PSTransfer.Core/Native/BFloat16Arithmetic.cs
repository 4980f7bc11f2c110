using System.Runtime.Intrinsics.X86;
using PSTransfer.Core.Text;
using TorchSharp;

namespace PSTransfer.Core.Native;

/// <summary>
/// Knows which processors multiply bfloat16 numbers faster than float32. Other processors emulate bfloat16, which is several times slower.
/// </summary>
internal static class BFloat16Arithmetic
{
    /// <summary>
    /// Whether this machine's CPU has bfloat16 arithmetic: AVX-512 BF16 or AMX BF16 (CPUID leaf 7; oneDNN makes the same test).
    /// </summary>
    public static bool OnCpu { get; } = Avx512BW.VL.IsSupported && (HasAvx512BFloat16 || HasAmxBFloat16);

    private static bool HasAvx512BFloat16 => (X86Base.CpuId(7, 1).Eax & (1 << 5)) != 0;

    private static bool HasAmxBFloat16 => (X86Base.CpuId(7, 0).Edx & (1 << 22)) != 0;

    /// <summary>
    /// Refuses a CPU without bfloat16 arithmetic. GPUs aren't checked: TorchSharp doesn't report their abilities, and libtorch reports a
    /// lack itself.
    /// </summary>
    /// <exception cref="PSTransferException">NotAvailable.</exception>
    public static void Require(torch.Device device)
    {
        if (device.type == DeviceType.CPU && !OnCpu)
        {
            throw PSTransferException.About(
                "Precision",
                "BFloat16: this processor has no bfloat16 arithmetic (AVX-512 BF16 or AMX) and would be slower with it. "
                + $"Use {Option.Name("Precision")} Float32.",
                FaultKind.NotAvailable);
        }
    }
}
