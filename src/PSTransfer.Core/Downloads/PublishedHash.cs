using System.Security.Cryptography;

namespace PSTransfer.Core.Downloads;

/// <summary>The kinds of hash by which publishers identify a file's content.</summary>
public enum PublishedHashKind
{
    /// <summary>The first digits of the file's SHA-256, as PyTorch's file names have them.</summary>
    Sha256Start,

    /// <summary>The file's MD5, as Keras Applications lists it.</summary>
    Md5,

    /// <summary>The file's SHA-512, as NuGet gives it for packages.</summary>
    Sha512,
}

/// <summary>A hash that a publisher gives for a file.</summary>
/// <param name="Kind">The kind of hash.</param>
/// <param name="Hex">The hash's digits, lower case; for <see cref="PublishedHashKind.Sha256Start"/> only the first ones.</param>
public sealed record PublishedHash(PublishedHashKind Kind, string Hex)
{
    private const int BufferSize = 1 << 20;

    /// <summary>All digits of a file's hash, lower case.</summary>
    /// <param name="kind">The kind of hash.</param>
    /// <param name="content">The content, read from its current position to its end.</param>
    /// <param name="token">Stops the computation.</param>
    public static string Of(PublishedHashKind kind, Stream content, CancellationToken token)
    {
        using var hash = IncrementalHash.CreateHash(kind switch
        {
            PublishedHashKind.Md5 => HashAlgorithmName.MD5,
            PublishedHashKind.Sha512 => HashAlgorithmName.SHA512,
            _ => HashAlgorithmName.SHA256,
        });
        var buffer = new byte[BufferSize];
        for (int read; (read = content.Read(buffer)) > 0;)
        {
            token.ThrowIfCancellationRequested();
            hash.AppendData(buffer, 0, read);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Whether all digits of a hash agree with the published ones.</summary>
    public bool Matches(string digits) => digits.StartsWith(Hex, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => Kind switch
    {
        PublishedHashKind.Md5 => $"MD5 {Hex}",
        PublishedHashKind.Sha512 => $"SHA-512 {Hex}",
        _ => $"SHA-256 {Hex}...",
    };
}
