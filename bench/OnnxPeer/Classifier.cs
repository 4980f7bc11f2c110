using Microsoft.ML.OnnxRuntime;

namespace OnnxPeer;

/// <summary>Runs a network in ONNX Runtime with its default settings, on all cores.</summary>
internal sealed class Classifier(string path) : IDisposable
{
    public const int BatchSize = 32;

    private readonly InferenceSession _session = new(path, new SessionOptions { IntraOpNumThreads = Environment.ProcessorCount });

    /// <summary>Computes the class probabilities of each image.</summary>
    /// <param name="images">N×3×224×224 numbers.</param>
    /// <param name="count">The number of images, N.</param>
    public List<float[]> Classify(float[] images, int count)
    {
        using var input = OrtValue.CreateTensorValueFromMemory(images, [count, 3, Photograph.Side, Photograph.Side]);
        using var run = new RunOptions();
        using var outputs = _session.Run(run, ["images"], [input], ["logits"]);
        return [
            .. outputs[0].GetTensorDataAsSpan<float>()
                .ToArray()
                .Chunk(outputs[0].GetTensorDataAsSpan<float>().Length / count)
                .Select(Softmax)];
    }

    public void Dispose() => _session.Dispose();

    private static float[] Softmax(float[] logits)
    {
        var highest = logits.Max();
        var powers = logits.Select(logit => MathF.Exp(logit - highest)).ToArray();
        var sum = powers.Sum();
        return [.. powers.Select(power => power / sum)];
    }
}
