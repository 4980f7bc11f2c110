using PSTransfer.Core.Downloads;
using PSTransfer.Core.Files;

namespace PSTransfer.Core.Weights.Published;

/// <summary>A publisher's weight file that has been saved on this machine.</summary>
/// <param name="Backbone">The backbone to which the weights belong.</param>
/// <param name="Weights">The weights' name for New-Backbone -Weights.</param>
/// <param name="Path">The path of the file.</param>
/// <param name="Bytes">The length in bytes.</param>
/// <param name="Hash">All digits of the file's SHA-256, in the form of Get-FileHash, to be compared after the file has been copied.</param>
public sealed record SavedWeights(string Backbone, string Weights, string Path, long Bytes, string Hash)
{
    /// <summary>Describes a file that was downloaded.</summary>
    /// <exception cref="PSTransferException">InvalidData: the file can't be read.</exception>
    public static SavedWeights Of(string backbone, PublishedWeights weights, string path, CancellationToken token)
    {
        try
        {
            using var content = RegularFile.OpenStream(path);
            var hash = PublishedHash.Of(PublishedHashKind.Sha256Start, content, token).ToUpperInvariant();
            return new SavedWeights(backbone, weights.Name, path, content.Length, hash);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new PSTransferException(
                FaultKind.InvalidData,
                $"{path}: the file was saved, but can't be read ({exception.Message.TrimEnd('.')}).",
                path,
                exception);
        }
    }
}
