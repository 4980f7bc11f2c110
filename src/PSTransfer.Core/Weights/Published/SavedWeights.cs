using PSTransfer.Core.Downloads;
using PSTransfer.Core.Files;

namespace PSTransfer.Core.Weights.Published;

/// <summary>A publisher's file on this machine.</summary>
/// <param name="Backbone">What it is for.</param>
/// <param name="Weights">What New-Backbone -Weights calls it.</param>
/// <param name="Path">Where it is.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Hash">All digits of its SHA-256, as Get-FileHash gives it, to be compared where the file is carried to.</param>
public sealed record SavedWeights(string Backbone, string Weights, string Path, long Bytes, string Hash)
{
    /// <summary>Looks at a file that was fetched.</summary>
    /// <exception cref="PSTransferException">InvalidData: it can't be read.</exception>
    public static SavedWeights Of(string backbone, PublishedWeights weights, string path, CancellationToken token)
    {
        try
        {
            using var content = RegularFile.OpenStream(path);
            return new SavedWeights(backbone, weights.Name, path, content.Length, PublishedHash.Of(PublishedHashKind.Sha256Start, content, token).ToUpperInvariant());
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new PSTransferException(FaultKind.InvalidData, $"{path}: the file was saved, but can't be read ({exception.Message.TrimEnd('.')}).", path, exception);
        }
    }
}
