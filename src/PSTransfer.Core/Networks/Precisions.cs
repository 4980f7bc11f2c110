using TorchSharp;

namespace PSTransfer.Core.Networks;

internal static class Precisions
{
    /// <summary>A tensor in the type of a pass. Belongs to the current dispose scope where it had to be converted; is the tensor itself where not.</summary>
    public static torch.Tensor In(this torch.Tensor tensor, Precision precision) =>
        tensor.Like(precision == Precision.BFloat16 ? torch.bfloat16 : torch.float32);

    /// <summary>A layer's weight in the type of the maps that it works on, under the same rule of ownership.</summary>
    public static torch.Tensor Like(this torch.Tensor weight, torch.Tensor map) => weight.Like(map.dtype);

    private static torch.Tensor Like(this torch.Tensor tensor, torch.ScalarType type) => tensor.dtype == type ? tensor : tensor.to(type);
}
