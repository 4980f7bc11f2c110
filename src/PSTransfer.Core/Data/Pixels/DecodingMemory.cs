namespace PSTransfer.Core.Data.Pixels;

/// <summary>
/// Limits the memory for large pictures while they are decoded and resized. Pictures are read on as many threads as there are cores. A
/// large picture waits until there is room for it; small ones don't count.
/// </summary>
internal sealed class DecodingMemory : IDisposable
{
    /// <summary>The most bytes that one picture may take.</summary>
    public const long Most = 896L << 20;

    private const long Small = 32L << 20;
    private static readonly object _room = new();
    private static long _left = Most;
    private long _taken;

    /// <summary>
    /// Takes the bytes that decoding a picture needs. A thread may hold one share at a time, or it could wait for itself.
    /// </summary>
    /// <exception cref="PSTransferException">The picture needs more than one picture may take; the message says how much.</exception>
    public DecodingMemory(double bytes, string path, int height, int width, string why = "")
    {
        if (bytes > Most)
        {
            throw new PSTransferException(
                FaultKind.InvalidData,
                $"{path}: its {width}×{height} pixels would take {bytes / (1 << 20):0} MiB to decode{why}; "
                + $"at most {Most >> 20} MiB are used. "
                + "Make it smaller or save it as a baseline JPEG, as by 'magick in -resize 4000x4000 out.jpg'.",
                path);
        }

        if (bytes <= Small)
        {
            return;
        }

        lock (_room)
        {
            while (_left < bytes)
            {
                Monitor.Wait(_room);
            }

            _taken = (long)bytes;
            _left -= _taken;
        }
    }

    public void Dispose()
    {
        if (_taken == 0)
        {
            return;
        }

        lock (_room)
        {
            _left += _taken;
            _taken = 0;
            Monitor.PulseAll(_room);
        }
    }
}
