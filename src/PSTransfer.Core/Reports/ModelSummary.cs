using PSTransfer.Core.Models;

namespace PSTransfer.Core.Reports;

/// <summary>Describes a model without its weights.</summary>
/// <param name="Name">The model's name.</param>
/// <param name="Backbone">The backbone's name.</param>
/// <param name="InputShape">The images' height, width and channels.</param>
/// <param name="Head">The head on top of the backbone.</param>
/// <param name="FreezeMode">The backbone's freeze mode, or Mixed.</param>
/// <param name="BatchNormCount">The number of BatchNorm layers.</param>
/// <param name="TotalParameters">The numbers in all layers.</param>
/// <param name="TrainableParameters">The numbers that receive gradients.</param>
/// <param name="Device">The device on which the model runs.</param>
public sealed record ModelSummary(
    string Name,
    string Backbone,
    IReadOnlyList<int> InputShape,
    Head Head,
    string FreezeMode,
    int BatchNormCount,
    long TotalParameters,
    long TrainableParameters,
    string Device)
{
    /// <summary>Describes a model with a head.</summary>
    internal static ModelSummary Of(TransferNetwork network) => new(
        network.Name,
        network.Spec.Name,
        [network.InputShape.Height, network.InputShape.Width, network.InputShape.Channels],
        network.Head!,
        network.FreezeModeName,
        network.BatchNorms.Count(),
        network.TotalParameters,
        network.TrainableParameters,
        network.DeviceName);
}

/// <summary>The versions that figures depend on.</summary>
public sealed record Versions(string PSTransfer, string LibTorch, string DotNet, string System)
{
    /// <summary>The versions in this process.</summary>
    internal static Versions Here { get; } = new(
        typeof(Versions).Assembly.GetName().Version!.ToString(3),
        Native.LibTorch.Version,
        Environment.Version.ToString(),
        global::System.Runtime.InteropServices.RuntimeInformation.OSDescription);
}
