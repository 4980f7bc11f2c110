using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace PSTransfer.Core.Tests.Data.Augmenting;

/// <summary>Each change with given parameters against torchvision's function.</summary>
public class AugmentationFixtureTests
{
    private const int Height = 6;
    private const int Width = 8;
    private const float Tolerance = 0.01f;

    private static readonly JsonElement[] Cases = [.. Fixture.Read("augmentation/augmentation.json").EnumerateArray()];

    public AugmentationFixtureTests() => LibTorch.EnsureLoaded();

    public static TheoryData<string> Names => [.. Cases.Select(NameOf).Distinct()];

    [Theory]
    [MemberData(nameof(Names))]
    public void PixelsAreTorchvisions(string name) =>
        Assert.All(Cases.Where(@case => NameOf(@case) == name), @case => Assert.InRange(Distance(@case, ArgumentsOf(@case)), 0, Tolerance));

    [Theory]
    [MemberData(nameof(Names))]
    public void AWrongParameterIsNoticed(string name)
    {
        foreach (var @case in Cases.Where(@case => NameOf(@case) == name && @case.GetProperty("image").GetInt32() == 0))
        {
            var right = ArgumentsOf(@case);
            for (var i = 0; i < right.Length; i++)
            {
                if (name == "ResizedCrop" && right[i] == (i < 2 ? 0 : 1))
                {
                    continue; // one less is outside
                }

                var wrong = right.ToArray();
                wrong[i] += name switch
                {
                    "ResizedCrop" => -1,
                    "Posterize" => -1,
                    "Solarize" => wrong[i] > 200 ? -20 : 20,
                    "Rotate" => 1,
                    "Hue" => 0.01,
                    _ => 0.05,
                };
                Assert.True(Distance(@case, wrong) > 50 * Tolerance, $"{name} {string.Join(", ", right)}, number {i}");
            }

            // A change without parameters is noticed when it isn't made.
            Assert.True(right.Length > 0 || Largest(Image(0), Expected(@case)) > 50 * Tolerance);
        }
    }

    private static string NameOf(JsonElement @case) => @case.GetProperty("name").GetString()!;

    private static double[] ArgumentsOf(JsonElement @case) =>
        [.. @case.GetProperty("arguments").EnumerateArray().Select(number => number.GetDouble())];

    private static float[] Expected(JsonElement @case) => @case.GetProperty("pixels").Floats();

    private static float Distance(JsonElement @case, double[] arguments) =>
        Largest(Changed(NameOf(@case), Image(@case.GetProperty("image").GetInt32()), arguments), Expected(@case));

    private static float Largest(float[] one, float[] other) => one.Zip(other, (a, b) => Math.Abs(a - b)).Max();

    private static float[] Changed(string name, float[] image, double[] a)
    {
        if (name is "Rotate" or "Place" or "ShearX" or "ShearY")
        {
            using var scope = NewDisposeScope();
            var map = name switch
            {
                "Rotate" => Warp.Placed(a[0], 1, 0, 0),
                "Place" => Warp.Placed(a[0], a[1], a[2], a[3]),
                "ShearX" => Warp.ShearedX(a[0], Height),
                _ => Warp.ShearedY(a[0], Width),
            };
            return MemoryMarshal.Cast<byte, float>(Warp.Apply(tensor(image).view(1, 3, Height, Width), [map]).bytes).ToArray();
        }

        if (name == "Equalize")
        {
            return Equalized(image);
        }

        var planes = new Planes(image, 3, Height, Width);
        switch (name)
        {
            case "ResizedCrop": new ResizedBox((int)a[0], (int)a[1], (int)a[2], (int)a[3]).CutFrom(planes); break;
            case "Brightness": Colour.Brightness(planes, a[0]); break;
            case "Contrast": Colour.Contrast(planes, a[0]); break;
            case "Saturation": Colour.Saturation(planes, a[0]); break;
            case "Hue": Colour.Hue(planes, a[0]); break;
            case "Sharpness": Tone.Sharpness(planes, a[0]); break;
            case "AutoContrast": Tone.AutoContrast(planes); break;
            case "Posterize": Tone.Posterize(planes, (int)a[0]); break;
            case "Solarize": Tone.Solarize(planes, a[0]); break;
            default: throw new InvalidOperationException(name);
        }

        return image;
    }

    /// <summary>Repeated 12 times down and 8 times across, as the script does; the upper left of what comes out.</summary>
    private static float[] Equalized(float[] image)
    {
        var large = new float[3 * 12 * Height * 8 * Width];
        int Small(int i) => (i / (96 * Height * Width) * Height * Width) + (i / (8 * Width) % Height * Width) + (i % Width);
        for (var i = 0; i < large.Length; i++)
        {
            large[i] = image[Small(i)];
        }

        Tone.Equalize(new Planes(large, 3, 12 * Height, 8 * Width));
        var result = new float[image.Length];
        for (var i = large.Length - 1; i >= 0; i--)
        {
            result[Small(i)] = large[i];
        }

        return result;
    }

    /// <summary>The script's images: 0 has all hues, 1 is dark and has few values.</summary>
    private static float[] Image(int number) =>
        [.. Enumerable.Range(0, 3 * Height * Width)
            .Select(i => number == 0 ? ((i * 89) + (i * i * 6)) % 256 : 40f + (i * 5 % 60) + (i / 48 * 10))];
}
