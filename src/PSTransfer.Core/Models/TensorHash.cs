using System.Security.Cryptography;
using TorchSharp;

namespace PSTransfer.Core.Models;

/// <summary>Hashes the values of a tensor on any device and in any memory layout.</summary>
internal static class TensorHash
{
    /// <summary>Adds a tensor's values, in the order of its dimensions.</summary>
    public static void AppendData(this IncrementalHash hash, torch.Tensor tensor)
    {
        using var plain = tensor.detach();
        using var host = plain.cpu();
        using var dense = host.contiguous();
        hash.AppendData(dense.bytes);
    }
}
