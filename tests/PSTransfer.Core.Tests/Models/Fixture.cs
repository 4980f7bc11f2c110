using static TorchSharp.torch;

namespace PSTransfer.Core.Tests.Models;

/// <summary>Numbers of another program; tests/Fixtures/README.md says which and what they mean.</summary>
internal static class Fixture
{
    private static readonly Lazy<JsonElement> FreezeFile = new(() => Read("freeze/freeze.json"));
    private static readonly Lazy<JsonElement> KerasFile = new(() => Read("freeze-keras/keras.json"));

    public static JsonElement Freeze => FreezeFile.Value;

    public static JsonElement Keras => KerasFile.Value;

    public static JsonElement Read(string path)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Fixtures", path)));
        return document.RootElement.Clone();
    }

    public static float[] Floats(this JsonElement numbers) => [.. numbers.EnumerateArray().Select(number => number.GetSingle())];

    /// <summary>A tensor from {shape, data}.</summary>
    public static Tensor ToTensor(this JsonElement entry)
    {
        using var flat = tensor(entry.GetProperty("data").Floats());
        return flat.reshape([.. entry.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())]);
    }

    public static Tensor ToLabels(this JsonElement numbers) =>
        tensor(numbers.EnumerateArray().Select(number => number.GetInt64()).ToArray());

    public static FreezeMode Mode(this JsonElement @case) => Enum.Parse<FreezeMode>(@case.GetProperty("mode").GetString()!);

    public static TrainingOptions Options(this JsonElement @case) => new()
    {
        Optimizer = Enum.Parse<OptimizerKind>(@case.GetProperty("optimizer").GetString()!),
        LearningRate = @case.GetProperty("learningRate").GetDouble(),
        Momentum = @case.GetProperty("momentum").GetDouble(),
        Nesterov = @case.GetProperty("nesterov").GetBoolean(),
        WeightDecay = @case.GetProperty("weightDecay").GetDouble(),
    };

    /// <summary>A case's name in a test list: its mode and all that its optimiser was told.</summary>
    public static string Title(this JsonElement @case)
    {
        var o = @case.Options();
        return $"{@case.Mode()}, {o.Optimizer}{(o.Momentum > 0 ? " with momentum" : "")}{(o.Nesterov ? " of Nesterov" : "")}{(o.WeightDecay > 0 ? " and decay" : "")}";
    }
}
