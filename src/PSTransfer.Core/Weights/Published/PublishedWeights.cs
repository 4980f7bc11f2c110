using System.Globalization;
using PSTransfer.Core.Downloads;
using PSTransfer.Core.Files;

namespace PSTransfer.Core.Weights.Published;

/// <summary>A weight file as its publisher describes it.</summary>
public sealed record PublishedWeights : IPublishedFile
{
    private const long Mebibyte = 1 << 20;
    private const long MostBytes = 2L << 30;

    /// <summary>The name for New-Backbone -Weights, such as imagenet.</summary>
    public required string Name { get; init; }

    /// <summary>The publisher's address of the file.</summary>
    public required Uri Address { get; init; }

    /// <summary>The hash in the publisher's program; null if it has none, so that only the length can be checked.</summary>
    public PublishedHash? Hash { get; init; }

    /// <summary>The exact length in bytes; null if it is known less exactly or not at all.</summary>
    public long? Bytes { get; init; }

    /// <summary>
    /// The length in MiB as the publisher rounds it; null if <see cref="Bytes"/> is known or the publisher gives no size.
    /// </summary>
    public double? Mebibytes { get; init; }

    /// <summary>The file's name in the cache folder, which is the publisher's.</summary>
    public string FileName => Path.GetFileName(Address.AbsolutePath);

    /// <summary>The smallest possible length in bytes. For a rounded length it is one MiB less, since the hash settles the rest.</summary>
    public long LeastLength => Bytes ?? (Mebibytes is { } size ? (long)(size * Mebibyte) - Mebibyte : 1);

    /// <summary>The largest possible length in bytes: 2 GiB if the length is unknown.</summary>
    public long MostLength => Bytes ?? (Mebibytes is { } size ? (long)(size * Mebibyte) + Mebibyte : MostBytes);

    /// <summary>Hash and length in words, for the user.</summary>
    public string Expected => $"{Hash?.ToString() ?? "no published hash"}, {Size}";

    /// <summary>Says what is wrong with a file that should be this one; null if nothing is.</summary>
    /// <param name="content">The whole file, seekable.</param>
    /// <param name="token">Stops the check.</param>
    internal string? FindFault(Stream content, CancellationToken token)
    {
        Span<byte> start = stackalloc byte[FileSignature.Length];
        content.Position = 0;
        start = start[..content.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        var looks = FileSignature.Describe(start) is { } kind ? $"; by its first bytes it is {kind}" : string.Empty;
        if (content.Length < LeastLength || content.Length > MostLength)
        {
            return string.Create(CultureInfo.InvariantCulture, $"it has {content.Length:N0} bytes{looks}");
        }

        if (Hash is null)
        {
            return FileSignature.IsHdf5(start) ? null : $"it is not an HDF5 file{looks}"; // the only check for a file without a hash
        }

        content.Position = 0;
        var digits = PublishedHash.Of(Hash.Kind, content, token);
        return Hash.Matches(digits) ? null : $"its hash is {digits}{looks}";
    }

    bool IPublishedFile.IsPinned => false; // torchvision gives a hash's first digits, Keras an MD5 at best

    string? IPublishedFile.FindFault(Stream content, CancellationToken token) => FindFault(content, token);

    private string Size => this switch
    {
        { Bytes: { } bytes } => string.Create(CultureInfo.InvariantCulture, $"{bytes:N0} bytes"),
        { Mebibytes: { } size } => string.Create(CultureInfo.InvariantCulture, $"{size} MiB"),
        _ => "length not published",
    };
}
