using PSTransfer.Core.Models;

namespace PSTransfer.Core.Reports;

/// <summary>What a model is, without its weights.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Backbone">The backbone's name.</param>
/// <param name="InputShape">Height, width, channels.</param>
/// <param name="Head">What is on top.</param>
/// <param name="FreezeMode">The backbone's mode, or Mixed.</param>
/// <param name="BatchNormCount">BatchNorm layers.</param>
/// <param name="TotalParameters">Numbers in all layers.</param>
/// <param name="TrainableParameters">Numbers that receive gradients.</param>
/// <param name="Device">Where it runs.</param>
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
    /// <summary>Of a model with a head.</summary>
    internal static ModelSummary Of(TransferNetwork network) => new(
        network.Name,
        network.Spec.Name,
        [network.InputShape.Height, network.InputShape.Width, network.InputShape.Channels],
        network.Head!,
        network.FreezeMode?.ToString() ?? "Mixed",
        network.BatchNorms.Count(),
        network.TotalParameters,
        network.TrainableParameters,
        network.DeviceName);
}

/// <summary>Versions that figures depend on.</summary>
public sealed record Versions(string PSTransfer, string LibTorch, string DotNet, string System)
{
    /// <summary>This process's.</summary>
    internal static Versions Here { get; } = new(
        typeof(Versions).Assembly.GetName().Version!.ToString(3),
        Native.LibTorch.Version,
        Environment.Version.ToString(),
        global::System.Runtime.InteropServices.RuntimeInformation.OSDescription);
}
