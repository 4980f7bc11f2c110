using TorchSharp;
using static TorchSharp.torch;

namespace PSTransfer.Core.Networks;

internal static class PreprocessingExtensions
{
    public static readonly float[] TorchMean = [0.485f, 0.456f, 0.406f];
    public static readonly float[] TorchDeviation = [0.229f, 0.224f, 0.225f];
    public static readonly float[] CaffeMean = [103.939f, 116.779f, 123.68f];

    /// <summary>
    /// Applies the mode to N×3×H×W pixels (0 to 255, RGB), or to one channel if the mode treats all alike. The caller owns the result.
    /// </summary>
    public static Tensor Apply(this Preprocessing mode, Tensor pixels)
    {
        switch (mode)
        {
            case Preprocessing.Rescale:
                using (var white = 255f.ToScalar())
                {
                    return pixels.div(white);
                }

            case Preprocessing.Tf:
                using (var half = 127.5f.ToScalar())
                using (var one = 1f.ToScalar())
                using (var scaled = pixels.div(half))
                {
                    return scaled.sub(one);
                }

            case Preprocessing.Torch:
                using (var white = 255f.ToScalar())
                using (var scaled = pixels.div(white))
                using (var mean = PerChannel(TorchMean, pixels.device))
                using (var centred = scaled.sub(mean))
                using (var deviation = PerChannel(TorchDeviation, pixels.device))
                {
                    return centred.div(deviation);
                }

            case Preprocessing.Caffe:
                using (var bgr = pixels.flip(1))
                using (var mean = PerChannel(CaffeMean, pixels.device))
                {
                    return bgr.sub(mean);
                }

            default:
                return pixels.alias();
        }
    }

    private static Tensor PerChannel(float[] values, Device device)
    {
        // TorchSharp doesn't keep a tensor or a scalar alive during a native call; one without a variable may be collected meanwhile.
        using var flat = tensor(values, device: device);
        return flat.reshape(1, values.Length, 1, 1);
    }
}
