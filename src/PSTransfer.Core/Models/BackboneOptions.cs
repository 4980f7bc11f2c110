using PSTransfer.Core.Backbones;
using PSTransfer.Core.Models.Matching;
using PSTransfer.Core.Networks;
using PSTransfer.Core.Text;
using PSTransfer.Core.Weights.Published;
using static PSTransfer.Core.PSTransferException;

namespace PSTransfer.Core.Models;

/// <summary>The choice of a backbone and its weights.</summary>
public sealed record BackboneOptions
{
    /// <summary>The backbone's name in the catalogue.</summary>
    public required string Name { get; init; }

    /// <summary>The weights: a set that the backbone knows by name, or a path. Null for random weights.</summary>
    public string? Weights { get; init; }

    /// <summary>The format of a weight file. Default: decided by the file's first bytes.</summary>
    public WeightFormat Format { get; init; }

    /// <summary>
    /// The set of weights to take, if a file has several (state_dict_ema). Default: the only one, or the trained one beside its averages.
    /// </summary>
    public string? WeightSet { get; init; }

    /// <summary>
    /// The input shape: height, width and channels; height and width; or one side. Default: the backbone's own size in colour.
    /// </summary>
    public IReadOnlyList<int>? InputShape { get; init; }

    /// <summary>The device on which the backbone computes. Default: cpu.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>Seed of random weights. Default: 42.</summary>
    public int Seed { get; init; } = Defaults.Seed;

    /// <summary>The catalogue's backbone with the given name.</summary>
    /// <exception cref="PSTransferException">There is no backbone of that name.</exception>
    internal BackboneSpec Spec => BackboneCatalogue.Find(Name);

    /// <summary>The shape of the backbone's images.</summary>
    internal ImageShape Shape => ImageShape.Of(InputShape, new ImageShape(Spec.DefaultImageSize, Spec.DefaultImageSize, 3));

    /// <summary>Checks the name and the number of sizes.</summary>
    /// <exception cref="PSTransferException">The name is unknown, or the number of sizes is wrong.</exception>
    public void Validate()
    {
        _ = Spec;
        ImageShape.Require(InputShape, nameof(InputShape));
    }

    /// <summary>Finds the weight file; null for random weights.</summary>
    /// <param name="resolve">Makes a user's path a full one.</param>
    /// <param name="fetch">Downloads a publisher's file.</param>
    public string? Locate(Func<string, string> resolve, Func<PublishedWeights, string> fetch) =>
        Weights is null ? null : BackboneWeights.Locate(Spec, Weights, resolve, fetch);

    /// <summary>Builds the backbone and loads its weights.</summary>
    /// <param name="file">The file that <see cref="Locate"/> found.</param>
    /// <param name="tell">Called with a sentence about the loaded weights.</param>
    /// <param name="warn">Called with each warning.</param>
    public TransferNetwork Create(string? file, Action<string> tell, Action<string> warn)
    {
        Validate();
        var network = TransferNetwork.Create(Spec, Shape, file is null ? Seed : null);
        try
        {
            if (file is not null)
            {
                var report = BackboneWeights.Load(network, file, Format, WeightSet);
                tell(report.ToString());
                foreach (var warning in report.Warnings)
                {
                    warn($"{file}: {warning}");
                }

                if (report.NotFinite.Count > 0)
                {
                    warn(
                        $"{file}: {report.NotFinite.Count} tensors hold NaN or infinity, and so will everything computed with them: "
                        + $"{string.Join(", ", report.NotFinite)}. Get the file again, or from elsewhere.");
                }
            }

            network.MoveToDevice(Device);
            if (file is null)
            {
                warn(
                    $"{Spec.Name} has random weights: nothing is pretrained. "
                    + $"Give {Option.Name("Weights")} {(Spec.Weights.Count > 0 ? Spec.Weights[0] : "a file")} for transfer learning.");
            }

            return network;
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }
}
