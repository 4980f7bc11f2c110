using System.ComponentModel;

namespace PSTransfer.Bench;

/// <summary>Runs the sides of a comparison as processes.</summary>
internal static class Peer
{
    /// <summary>The path of Debian's Python, even if another python3 comes first in PATH.</summary>
    public static string Python { get; } = Environment.GetEnvironmentVariable("PSTRANSFER_BENCH_PYTHON") ?? "/usr/bin/python3";

    /// <summary>The reason why there is no comparison with PyTorch; null if there is one.</summary>
    public static string? PyTorchMissing { get; } = HasPyTorch()
        ? null
        : $"{Python} has no PyTorch and torchvision (apt-get install python3-torch python3-torchvision)";

    /// <summary>The path of ONNX Runtime's side. It is a program of its own, so that other users need no ONNX Runtime.</summary>
    public static string Onnx { get; } = Path.Combine(Repository.Root, "bench/OnnxPeer/bin/Release/net10.0/OnnxPeer.dll");

    /// <summary>The reason why there is no comparison with ONNX Runtime; null if there is one.</summary>
    public static string? OnnxMissing { get; } = PyTorchMissing
        ?? (File.Exists(Onnx) ? null : "bench/OnnxPeer isn't built (dotnet build bench/OnnxPeer -c Release)");

    /// <summary>The path of a script in bench/peers.</summary>
    public static string Script(string name) => Path.Combine(AppContext.BaseDirectory, "peers", name);

    /// <summary>Runs a process that prints how long its work took.</summary>
    public static double Time(string program, params string[] arguments) =>
        double.Parse(Output(program, arguments), CultureInfo.InvariantCulture);

    /// <summary>Runs a process that prints one line of JSON.</summary>
    public static T Result<T>(string program, params string[] arguments) => JsonSerializer.Deserialize<T>(Output(program, arguments))!;

    /// <summary>Runs a process and returns what it printed.</summary>
    public static string Output(string program, params string[] arguments)
    {
        using var child = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        return child.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {child.ExitCode}.");
    }

    private static bool HasPyTorch()
    {
        try
        {
            using var child = Process.Start(
                new ProcessStartInfo(Python, ["-c", "import torch, torchvision"]) { RedirectStandardError = true })!;
            child.StandardError.ReadToEnd();
            child.WaitForExit();
            return child.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
