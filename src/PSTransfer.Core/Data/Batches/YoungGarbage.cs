namespace PSTransfer.Core.Data.Batches;

/// <summary>
/// Collects short-lived objects every MiB. A batch leaves some 100 KiB of them, wrappers of tensors above all, and .NET lets them grow
/// to the size of the processor's cache before it looks, up to a hundred MiB that a long run then holds without need
/// (<c>bench -- memory</c> measures it). A collection takes less than half a millisecond. Every 4 MiB they took half as long in all, but a
/// run of minutes came to hold several pieces of that size instead of one (<c>bench -- scale</c>). What outlived one collection goes with
/// the next: left to .NET it is another 4 MiB in such a run.
/// </summary>
internal static class YoungGarbage
{
    private const long Bound = 1 << 20;

    private static long _collectedAt;

    /// <summary>
    /// To be called between pieces of work, such as batches or files; collects when the process has allocated enough since it last did.
    /// </summary>
    public static void Limit()
    {
        var allocated = GC.GetTotalAllocatedBytes();
        var last = Interlocked.Read(ref _collectedAt);
        if (allocated - last > Bound && Interlocked.CompareExchange(ref _collectedAt, allocated, last) == last)
        {
            GC.Collect(generation: 1, GCCollectionMode.Forced, blocking: true);
        }
    }
}
