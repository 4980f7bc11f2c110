using System.Globalization;
using TorchSharp;

namespace PSTransfer.Core.Native;

/// <summary>A processor that torch can compute on.</summary>
/// <param name="Name">The name that Parse accepts, such as cpu or cuda:0.</param>
/// <param name="Type">CPU or CUDA.</param>
/// <param name="Available">Whether this libtorch can use it here.</param>
/// <param name="Threads">The number of threads that torch uses for one operation; null for GPUs.</param>
/// <param name="MemoryBytes">The memory in bytes that this process may use (a container's limit counts). Null for GPUs, whose memory
/// TorchSharp doesn't report.</param>
public sealed record ComputeDevice(string Name, string Type, bool Available, int? Threads, long? MemoryBytes)
{
    /// <summary>The processor's own name, if the system reports it easily.</summary>
    public string? Hardware { get; init; }

    /// <summary>Lists the CPU, then every GPU. Without a GPU, the list has a row for CUDA that isn't available.</summary>
    /// <exception cref="PSTransferException">NotAvailable: libtorch can't be loaded.</exception>
    public static IReadOnlyList<ComputeDevice> List()
    {
        LibTorch.EnsureLoaded();
        var cpu = new ComputeDevice("cpu", "CPU", true, torch.get_num_threads(), GC.GetGCMemoryInfo().TotalAvailableMemoryBytes)
        {
            Hardware = ProcessorName(),
        };
        int gpus = GpuCount();
        return gpus == 0
            ? [cpu, new("cuda", "CUDA", false, null, null)]
            : [cpu, .. Enumerable.Range(0, gpus).Select(i => new ComputeDevice($"cuda:{i}", "CUDA", true, null, null))];
    }

    /// <summary>Turns cpu, cuda (the first GPU) or cuda:N, in upper or lower case, into torch's device.</summary>
    /// <exception cref="PSTransferException">InvalidArgument: the name isn't one of these. NotAvailable: this machine has no such GPU, or
    /// no libtorch.</exception>
    public static torch.Device Parse(string name)
    {
        string lower = name.Trim().ToLowerInvariant();
        if (lower == "cpu")
        {
            LibTorch.EnsureLoaded();
            return torch.CPU;
        }
        int index = 0;
        if (lower != "cuda" && !(lower.StartsWith("cuda:", StringComparison.Ordinal)
            && int.TryParse(lower.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out index)))
            throw new PSTransferException(
                FaultKind.InvalidArgument,
                $"There is no device called '{name}': use cpu, cuda, or cuda:N for the GPU with number N.",
                name);
        LibTorch.EnsureLoaded();
        int gpus = GpuCount();
        if (gpus == 0)
            throw new PSTransferException(
                FaultKind.NotAvailable,
                $"Device '{name}' isn't available: the libtorch in {LibTorch.Folder} finds no CUDA GPU; "
                + $"use cpu, or let {LibTorch.FolderVariable} name a CUDA build of libtorch {LibTorch.Version}.", name);
        if (index >= gpus)
            throw new PSTransferException(
                FaultKind.NotAvailable, $"Device '{name}' isn't available: the GPUs here are cuda:0 to cuda:{gpus - 1}.", name);
        return new torch.Device(DeviceType.CUDA, index);
    }

    private static int GpuCount() => torch.cuda.is_available() ? torch.cuda.device_count() : 0;

    private static string? ProcessorName() =>
        OperatingSystem.IsLinux()
            ? File.ReadLines("/proc/cpuinfo")
                .FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?
                .Split(':', 2)[1]
                .Trim()
            : Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER");
}
