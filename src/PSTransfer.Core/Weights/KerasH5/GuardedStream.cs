namespace PSTransfer.Core.Weights.KerasH5;

/// <summary>
/// A file whose reading comes to an end whatever its bytes say. HDF5's structures point at each other by address, so a damaged one may
/// lead in a circle; the parser follows it by reading, and here reading has a limit, in count, in bytes and in depth of the stack.
/// </summary>
internal sealed class GuardedStream(Stream file) : Stream
{
    // Listing ResNet50's 318 tensors takes 65,000 reads; thirty times that is reached within seconds.
    private const long MaxReads = 2_000_000;
    private readonly long _maxBytes = (6 * file.Length) + (1 << 26);
    private long _reads;

    /// <summary>How many bytes were read so far.</summary>
    public long BytesRead { get; private set; }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => true;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => file.Length;

    /// <inheritdoc/>
    public override long Position
    {
        get => file.Position;
        set => file.Position = value;
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        // A circle in the recursion would end the process: nobody can catch a stack overflow, but this one can be caught.
        System.Runtime.CompilerServices.RuntimeHelpers.EnsureSufficientExecutionStack();
        if (++_reads > MaxReads || BytesRead > _maxBytes)
        {
            throw new InvalidDataException("its structures point at each other in a circle");
        }

        var count = file.Read(buffer);
        BytesRead += count;
        return count;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => file.Seek(offset, origin);

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            file.Dispose();
        }

        base.Dispose(disposing);
    }
}
