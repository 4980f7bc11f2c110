using TorchSharp;

namespace PSTransfer.Core.Networks;

internal static class MemoryOrder
{
    /// <summary>
    /// Returns the same N×C×H×W tensor with a pixel's channels side by side in memory (PyTorch's channels_last). Convolutions are fast
    /// in this order, and layers keep it. The caller owns the result.
    /// </summary>
    public static torch.Tensor ChannelsLast(this torch.Tensor x)
    {
        using var view = x.permute(0, 2, 3, 1);
        using var moved = view.contiguous();
        return moved.permute(0, 3, 1, 2);
    }
}
