namespace PSTransfer.Pester.Tests;

/// <summary>examples/assert-model.Tests.ps1, as the pipeline that ships a model runs it.</summary>
public sealed class AssertModelTests : IDisposable
{
    private const string FileName = "assert-model.Tests.ps1";
    private const string Mode = "MODEL_FREEZE_MODE";

    public void Dispose() => Environment.SetEnvironmentVariable(Mode, null);

    [Fact]
    public void It_passes_for_a_sound_model() =>
        Assert.All(RunFor("Inference"), test => Assert.True(test.Result == "Passed", test.Message));

    [Fact]
    public void It_fails_for_a_trapped_model_with_the_cause_and_the_remedy()
    {
        var phases = RunFor("Legacy")[0];

        Assert.Equal("Failed", phases.Result);
        Assert.Contains("Set-FreezeMode Inference", phases.Message, StringComparison.Ordinal);
    }

    private static IReadOnlyList<PesterTest> RunFor(string mode)
    {
        Environment.SetEnvironmentVariable(Mode, mode);
        using var run = new PesterRun(Path.Combine(Repository.Root, "examples", FileName));
        var file = run.Wait(FileName);
        Assert.Empty(file.Fault);
        Assert.NotEmpty(file.Tests);
        return file.Tests;
    }
}
