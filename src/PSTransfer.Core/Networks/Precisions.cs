using TorchSharp;

namespace PSTransfer.Core.Networks;

internal static class Precisions
{
    /// <summary>
    /// Returns a tensor in the type of a pass. A converted tensor belongs to the current dispose scope; without a conversion the tensor
    /// itself is returned.
    /// </summary>
    public static torch.Tensor In(this torch.Tensor tensor, Precision precision) =>
        tensor.Like(precision == Precision.BFloat16 ? torch.bfloat16 : torch.float32);

    /// <summary>Returns a layer's weight in the type of the maps that the layer works on, under the ownership rule of <c>In</c>.</summary>
    public static torch.Tensor Like(this torch.Tensor weight, torch.Tensor map) => weight.Like(map.dtype);

    private static torch.Tensor Like(this torch.Tensor tensor, torch.ScalarType type) => tensor.dtype == type ? tensor : tensor.to(type);
}
