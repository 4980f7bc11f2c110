using System.Globalization;
using PSTransfer.Core.Downloads;
using PSTransfer.Core.Files;

namespace PSTransfer.Core.Weights.Published;

/// <summary>A file of weights as its publisher describes it.</summary>
public sealed record PublishedWeights : IPublishedFile
{
    private const long Mebibyte = 1 << 20;
    private const long MostBytes = 2L << 30;

    /// <summary>What New-Backbone -Weights calls it: imagenet.</summary>
    public required string Name { get; init; }

    /// <summary>Where the publisher has it.</summary>
    public required Uri Address { get; init; }

    /// <summary>What the publisher's program says of its content; null where it says nothing and only the length can be checked.</summary>
    public PublishedHash? Hash { get; init; }

    /// <summary>Its exact length, bytes; null where it is known less exactly, or not.</summary>
    public long? Bytes { get; init; }

    /// <summary>Its length in MiB as the publisher rounds it, null where <see cref="Bytes"/> says it, or nobody.</summary>
    public double? Mebibytes { get; init; }

    /// <summary>Its name in the cache folder: the publisher's.</summary>
    public string FileName => Path.GetFileName(Address.AbsolutePath);

    /// <summary>The fewest bytes that it can have: give or take one MiB where the length is a rounded one, since the hash settles the rest.</summary>
    public long LeastLength => Bytes ?? (Mebibytes is { } size ? (long)(size * Mebibyte) - Mebibyte : 1);

    /// <summary>The most bytes that it can have; of a file whose length nobody says, 2 GiB.</summary>
    public long MostLength => Bytes ?? (Mebibytes is { } size ? (long)(size * Mebibyte) + Mebibyte : MostBytes);

    /// <summary>Hash and length, for people.</summary>
    public string Expected => $"{Hash?.ToString() ?? "no published hash"}, {Size}";

    /// <summary>What is wrong with a file that should be this one; null for nothing.</summary>
    /// <param name="content">The whole file, seekable.</param>
    /// <param name="token">Stops it.</param>
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
            return FileSignature.IsHdf5(start) ? null : $"it is no HDF5 file{looks}"; // all that can be said of a file without a hash
        }

        content.Position = 0;
        var digits = PublishedHash.Of(Hash.Kind, content, token);
        return Hash.Matches(digits) ? null : $"its hash is {digits}{looks}";
    }

    bool IPublishedFile.IsPinned => false; // torchvision gives the first digits of a hash, Keras at best an MD5

    string? IPublishedFile.FindFault(Stream content, CancellationToken token) => FindFault(content, token);

    private string Size => this switch
    {
        { Bytes: { } bytes } => string.Create(CultureInfo.InvariantCulture, $"{bytes:N0} bytes"),
        { Mebibytes: { } size } => string.Create(CultureInfo.InvariantCulture, $"{size} MiB"),
        _ => "length not published",
    };
}
