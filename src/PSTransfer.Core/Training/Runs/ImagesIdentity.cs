using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Training.Runs;

/// <summary>Identifies a set of images, so that a resumed run can refuse a different one.</summary>
/// <param name="Name">The name of the set.</param>
/// <param name="Count">The number of images.</param>
/// <param name="Fingerprint">The fingerprint of images, labels and order: <see cref="LabeledImages.Fingerprint"/>.</param>
internal sealed record ImagesIdentity(string Name, int Count, string Fingerprint)
{
    /// <summary>The identity of a set.</summary>
    public static ImagesIdentity Of(LabeledImages images) => new(images.Name, images.Count, images.Fingerprint());

    /// <inheritdoc/>
    public override string ToString() => $"'{Printable.Text(Name)}', {Count} images";
}
