#:package Microsoft.ML.OnnxRuntime@1.31.1
#:package SkiaSharp@4.155.0
#:package SkiaSharp.NativeAssets.Linux.NoDependencies@4.155.0
#:property PublishAot=false
#:property ManagePackageVersionsCentrally=false
// Names the class of pictures with ONNX Runtime alone: dotnet run predict-onnx.cs MODEL.onnx PICTURE...
// The model comes from Export-TransferModel. Pictures are stretched to its size; those that have the size stay as they are.
using System.Globalization;
using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using SkiaSharp;

using var session = new InferenceSession(args[0]);
var (channels, height, width) = session.InputMetadata["pixels"].Dimensions switch { var d => (d[1], d[2], d[3]) };
#pragma warning disable IL2026, IL3050
var classes = JsonSerializer.Deserialize<string[]>(session.ModelMetadata.CustomMetadataMap["classes"])!;
foreach (var path in args[1..])
{
    using var picture = SKBitmap.Decode(path) ?? throw new InvalidDataException($"{path} isn't a picture.");
    using var sized = picture.Width == width && picture.Height == height
        ? picture.Copy(SKColorType.Rgba8888)
        : picture.Resize(new SKImageInfo(width, height, SKColorType.Rgba8888), new SKSamplingOptions(SKFilterMode.Linear));
    var pixels = new DenseTensor<float>([1, channels, height, width]);
    for (var (row, bytes) = (0, sized.Bytes); row < height; row++)
    {
        for (var column = 0; column < width; column++)
        {
            for (var channel = 0; channel < channels; channel++)
            {
                pixels[0, channel, row, column] = bytes[(4 * ((row * width) + column)) + channel];
            }
        }
    }

    using var results = session.Run([NamedOnnxValue.CreateFromTensor("pixels", pixels)], ["probabilities"]);
    var probabilities = results[0].AsEnumerable<float>().ToArray();
    var best = Array.IndexOf(probabilities, probabilities.Max());
    var probability = probabilities[best].ToString("0.000000", CultureInfo.InvariantCulture);
    Console.WriteLine($"{Path.GetFileName(path)}\t{classes[best]}\t{probability}");
}
