namespace PSTransfer.Core.Native;

/// <summary>Knows how much memory this process may use; a container's limit counts.</summary>
internal static class MachineMemory
{
    /// <summary>Refuses a request that can't fit into memory, before anything is allocated.</summary>
    /// <param name="bytes">The smallest number of bytes that the request needs.</param>
    /// <param name="parameter">The parameter that makes the request, without the dash.</param>
    /// <param name="what">The thing that needs the memory.</param>
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
