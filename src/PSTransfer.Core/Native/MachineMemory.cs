namespace PSTransfer.Core.Native;

/// <summary>How much memory there is, a container's limit included.</summary>
internal static class MachineMemory
{
    /// <summary>Refuses what can't fit, before anything is allocated.</summary>
    /// <param name="bytes">What it needs at least.</param>
    /// <param name="parameter">The parameter that asks for it, without the dash.</param>
    /// <param name="what">What needs the memory.</param>
    /// <exception cref="PSTransferException">InvalidArgument.</exception>
    public static void Require(double bytes, string parameter, string what)
    {
        double available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        PSTransferException.Require(
            available <= 0 || bytes <= available,
            parameter,
            $"is too large: {what} takes at least {Gibibytes(bytes)}, and this machine has {Gibibytes(available)}");
    }

    private static string Gibibytes(double bytes) => $"{bytes / (1L << 30):N1} GiB";
}
