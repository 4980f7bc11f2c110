using System.Runtime.Intrinsics.X86;
using TorchSharp;

namespace PSTransfer.Core.Native;

/// <summary>Which processors multiply bfloat16 numbers faster than float32. Others emulate it, several times slower.</summary>
internal static class BFloat16Arithmetic
{
    /// <summary>Whether this machine's CPU is one: AVX-512 BF16 or AMX BF16 (CPUID leaf 7; what oneDNN looks for).</summary>
    public static bool OnCpu { get; } = Avx512BW.VL.IsSupported && (HasAvx512BFloat16 || HasAmxBFloat16);

    private static bool HasAvx512BFloat16 => (X86Base.CpuId(7, 1).Eax & (1 << 5)) != 0;

    private static bool HasAmxBFloat16 => (X86Base.CpuId(7, 0).Edx & (1 << 22)) != 0;

    /// <summary>Refuses a CPU that isn't. GPUs aren't asked: TorchSharp doesn't tell what they can do, and libtorch says so itself.</summary>
    /// <exception cref="PSTransferException">NotAvailable.</exception>
    public static void Require(torch.Device device)
    {
        if (device.type == DeviceType.CPU && !OnCpu)
        {
            throw new PSTransferException(
                FaultKind.NotAvailable, "-Precision BFloat16: this processor has no bfloat16 arithmetic (AVX-512 BF16 or AMX) and would be slower with it. Use -Precision Float32.", "Precision");
        }
    }
}
