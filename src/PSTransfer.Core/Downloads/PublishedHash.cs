using System.Security.Cryptography;

namespace PSTransfer.Core.Downloads;

/// <summary>How a publisher names the content of a file.</summary>
public enum PublishedHashKind
{
    /// <summary>The first digits of its SHA-256, as PyTorch's file names carry them.</summary>
    Sha256Start,

    /// <summary>Its MD5, as Keras Applications lists them.</summary>
    Md5,

    /// <summary>Its SHA-512, as NuGet gives it for packages.</summary>
    Sha512,
}

/// <summary>The hash that a publisher gives of a file.</summary>
/// <param name="Kind">Which hash.</param>
/// <param name="Hex">Its digits, lower case; fewer than the hash has for <see cref="PublishedHashKind.Sha256Start"/>.</param>
public sealed record PublishedHash(PublishedHashKind Kind, string Hex)
{
    private const int BufferSize = 1 << 20;

    /// <summary>All digits of a file's hash of a kind, lower case.</summary>
    /// <param name="kind">Which hash.</param>
    /// <param name="content">Read from where it stands to its end.</param>
    /// <param name="token">Stops it.</param>
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

    /// <summary>Whether all digits of a hash agree with those that are published.</summary>
    public bool Matches(string digits) => digits.StartsWith(Hex, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => Kind switch
    {
        PublishedHashKind.Md5 => $"MD5 {Hex}",
        PublishedHashKind.Sha512 => $"SHA-512 {Hex}",
        _ => $"SHA-256 {Hex}...",
    };
}
