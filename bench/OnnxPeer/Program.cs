using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using OnnxPeer;

switch (args)
{
    case ["version"]:
        Console.WriteLine(OrtEnv.Instance().GetVersionString());
        return 0;
    case ["predict", var folder]: // prints the seconds from files to classes, the network being loaded
        {
            using var classifier = new Classifier(Path.Combine(folder, "network.onnx"));
            var began = Stopwatch.GetTimestamp();
            var files = Directory.EnumerateFiles(
                Path.Combine(folder, "photos"), "*.jpg", SearchOption.AllDirectories).Order(StringComparer.Ordinal);
            var classes = files.Chunk(Classifier.BatchSize)
                .SelectMany(batch => classifier.Classify(Photograph.ReadAll(batch), batch.Length))
                .Select(p => p.IndexOf(p.Max()))
                .ToList();
            Console.WriteLine(Stopwatch.GetElapsedTime(began).TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture));
            return classes.Count > 0 ? 0 : 1;
        }

    case ["check", var folder]: // prints the probabilities of pixels that the bench read
        {
            using var classifier = new Classifier(Path.Combine(folder, "network.onnx"));
            var pixels = File.ReadAllBytes(Path.Combine(folder, "pixels.bin"));
            var count = pixels.Length / Photograph.Bytes;
            var input = new float[pixels.Length];
            for (var i = 0; i < count; i++)
            {
                Photograph.Normalize(
                    pixels.AsSpan(i * Photograph.Bytes, Photograph.Bytes),
                    channels: 3,
                    input.AsSpan(i * Photograph.Bytes, Photograph.Bytes));
            }

            Console.WriteLine(JsonSerializer.Serialize(classifier.Classify(input, count)));
            return 0;
        }

    default:
        Console.Error.WriteLine("usage: predict FOLDER | check FOLDER | version");
        return 2;
}
