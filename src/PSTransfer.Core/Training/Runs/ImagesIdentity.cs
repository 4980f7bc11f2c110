using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Training.Runs;

/// <summary>By what a set of images is known again.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Count">Its images.</param>
/// <param name="Fingerprint">Of images, labels and order: <see cref="LabeledImages.Fingerprint"/>.</param>
internal sealed record ImagesIdentity(string Name, int Count, string Fingerprint)
{
    /// <summary>A set's.</summary>
    public static ImagesIdentity Of(LabeledImages images) => new(images.Name, images.Count, images.Fingerprint());

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"'{Printable.Text(Name)}', {Count} images");
}
