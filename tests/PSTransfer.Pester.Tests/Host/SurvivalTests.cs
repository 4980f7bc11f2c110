using System.Text.RegularExpressions;
using PSTransfer.KillAndResume;

namespace PSTransfer.Pester.Tests.Host;

/// <summary>
/// A fine-tuning run in a process of its own that is killed, interrupted, or finds no room for its checkpoint. tests/KillAndResume does the
/// first at length.
/// </summary>
public sealed class SurvivalTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("survival [1] ä-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_run_that_was_killed_twice_ends_as_one_that_never_was()
    {
        var whole = HostProcess.Run(Script("whole", epochs: 4));
        Assert.Equal((0, string.Empty), (whole.ExitCode, whole.Error));
        for (var epochs = 1; epochs <= 2; epochs++)
        {
            using var process = HostProcess.Start(Script("killed", epochs: 4));
            _ = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            WaitForEpoch(process, epochs);
            process.Kill();
            process.WaitForExit();
            Assert.NotEqual(0, process.ExitCode);
        }

        Assert.Equal(0, HostProcess.Run(Script("killed", epochs: 4)).ExitCode);

        Assert.True(RunFile.AreEqual(Checkpoint("whole"), Checkpoint("killed")));
        Assert.Equal(
            ["1", "2", "3", "4"],
            File.ReadLines(Path.Combine(_folder, "killed.jsonl")).Select(line => line.Split("\"epoch\":")[1].Split(',')[0]));
    }

    [Fact]
    public void Interrupting_a_run_leaves_a_checkpoint_that_resumes()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no way to send Ctrl+C to one other process.");
        Assert.SkipWhen(IgnoresInterrupts(), "SIGINT is ignored in this process and its children, as in a shell's background jobs.");
        using var process = HostProcess.Start(Script("stopped", epochs: 1000000));
        _ = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        WaitForEpoch(process, 1);

        using var kill = Process.Start("/bin/sh", ["-c", $"kill -INT {process.Id}"]);
        kill.WaitForExit();
        if (!process.WaitForExit(TimeSpan.FromMinutes(1))) // its exit code is 0, as of any script that is interrupted in pwsh
        {
            process.Kill();
            Assert.Fail("The run went on after SIGINT.");
        }

        Assert.Empty(Directory.GetFiles(_folder, "*.tmp"));
        var done = File.ReadLines(Path.Combine(_folder, "stopped.jsonl")).Count();
        Assert.Equal(0, HostProcess.Run(Script("stopped", epochs: done + 1)).ExitCode);
        Assert.Equal(0, HostProcess.Run(Script("whole", epochs: done + 1)).ExitCode);
        Assert.True(RunFile.AreEqual(Checkpoint("whole"), Checkpoint("stopped")));
    }

    /// <summary>
    /// A limit on a file's size stands for a full disk: the system refuses the same write, and no right is needed to set it.
    /// </summary>
    [Fact]
    public async Task A_checkpoint_without_room_ends_the_run_and_leaves_the_earlier_one()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no limit on the size of a process's files.");
        Assert.Equal(0, HostProcess.Run(Script("full", epochs: 1)).ExitCode);
        var before = await File.ReadAllBytesAsync(Checkpoint("full"), TestContext.Current.CancellationToken);

        // In blocks of 512 or 1024 bytes by shell; a checkpoint has over a megabyte.
        var (exitCode, output, error) = await RunWithLimit(500, Script("full", epochs: 3));

        Assert.Equal(1, exitCode);
        Assert.Contains($"{Checkpoint("full")} can't be written: the file would be larger", error, StringComparison.Ordinal);
        Assert.Contains("weights after epoch 2", error, StringComparison.Ordinal);
        Assert.Contains("epochs in memory: 2", output, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(Checkpoint("full"), TestContext.Current.CancellationToken));
        Assert.Empty(Directory.GetFiles(_folder, "*.tmp"));
    }

    [Fact]
    public async Task Events_without_room_refuse_the_run_and_leave_no_file()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no limit on the size of a process's files.");
        var events = Path.Combine(_folder, "events");
        var (exitCode, output, error) = await RunWithLimit(0, Script("events", epochs: 1, $"-TensorBoardPath '{events}'"));

        Assert.Equal(1, exitCode);
        Assert.Contains($"{events} can't be written: the file would be larger", error, StringComparison.Ordinal);
        Assert.Contains("epochs in memory: 0", output, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(events));
    }

    private static bool IgnoresInterrupts()
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        const int Interrupt = 2;
        var ignored = File.ReadLines("/proc/self/status").First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal))[7..].Trim();
        return (Convert.ToUInt64(ignored, 16) & (1UL << (Interrupt - 1))) != 0;
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunWithLimit(int blocks, string script)
    {
        // The signal is ignored, or it would end the process; the runtime's double mapping of code, a file of 2 GB to the system, is off.
        using var process =
            Process.Start(new ProcessStartInfo(
                "/bin/sh",
                ["-c", $"trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"", "sh", "dotnet", HostProcess.Assembly, "-NoProfile", script])
            {
                RedirectStandardError = true,
                RedirectStandardOutput = true,
                Environment = { ["DOTNET_EnableWriteXorExecute"] = "0", ["NO_COLOR"] = "1" },
            })!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var shown = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, Regex.Replace(shown, @"\s*\n\s*\|?\s*", " ")); // unwrapped
    }

    private static void WaitForEpoch(Process process, int epochs)
    {
        for (var seen = 0; seen < epochs;)
        {
            var line = process.StandardOutput.ReadLine()
                ?? throw new InvalidOperationException("The run ended before it could be stopped.");
            seen += line.Contains("Epoch ", StringComparison.Ordinal) ? 1 : 0;
        }
    }

    private string Checkpoint(string name) => Path.Combine(_folder, $"{name}.ckpt");

    private string Script(string name, int epochs) =>
        Script(name, epochs, $"-CheckpointPath '{Checkpoint(name)}' -Resume -LogPath '{Path.Combine(_folder, $"{name}.jsonl")}'");

    private string Script(string name, int epochs, string files)
    {
        var path = Path.Combine(_folder, $"{name}.ps1");
        File.WriteAllText(path, $$"""
            $ErrorActionPreference = 'Stop'
            $shoes = Import-ImageDataset '{{Repository.Root}}/assets/fashion-shoes/train-images-idx3-ubyte.gz' -SamplesPerClass 32
            $model = New-Backbone resnet20 -InputShape 28 -Weights fashion | Add-ClassifierHead 2 -Dropout 0.3 | Set-FreezeMode Inference
            try {
                $null = $model | Invoke-FineTune -Dataset $shoes -ValidationDataset $shoes -Epochs {{epochs}} -Optimizer Adam -WeightAverage 0.9 -RestoreBest -Augmentation Flip `
                    {{files}} -Verbose
            }
            finally {
                "epochs in memory: $($model.History.Count)"
            }
            """);
        return path;
    }
}
