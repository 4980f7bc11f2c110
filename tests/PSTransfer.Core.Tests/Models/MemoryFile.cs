namespace PSTransfer.Core.Tests.Models;

/// <summary>A weight file that is nowhere: names and shapes for the matching of names.</summary>
internal sealed class MemoryFile(WeightConvention convention, params IReadOnlyList<StoredTensor> tensors) : IWeightFile
{
    public WeightConvention Convention => convention;

    public IReadOnlyList<StoredTensor> Tensors => tensors;

    public IReadOnlyCollection<string>? Layers { get; init; }

    public void Read(StoredTensor tensor, Span<float> destination) => throw new NotSupportedException();

    public void Dispose()
    {
    }
}
