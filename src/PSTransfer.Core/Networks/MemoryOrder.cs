using TorchSharp;

namespace PSTransfer.Core.Networks;

internal static class MemoryOrder
{
    /// <summary>
    /// The same N×C×H×W with a pixel's channels side by side in memory (PyTorch's channels_last), which is how fast convolutions want them; layers
    /// keep that order. The caller owns it.
    /// </summary>
    public static torch.Tensor ChannelsLast(this torch.Tensor x)
    {
        using var view = x.permute(0, 2, 3, 1);
        using var moved = view.contiguous();
        return moved.permute(0, 3, 1, 2);
    }
}
