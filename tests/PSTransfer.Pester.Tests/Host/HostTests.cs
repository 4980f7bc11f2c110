namespace PSTransfer.Pester.Tests.Host;

/// <summary>That the host is PowerShell with the clone's module in it.</summary>
public sealed class HostTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("host-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("'fine'", 0)]
    [InlineData("exit 3", 3)]
    [InlineData("throw 'bad'", 1)]
    [InlineData("if (", 1)]
    public void The_exit_code_of_a_script_is_its_own(string text, int code) => Assert.Equal(code, HostProcess.Run(Script(text)).ExitCode);

    [Fact]
    public void A_script_gets_its_arguments_and_all_commands_of_PowerShell()
    {
        var script = Script(
            "param($Name, [switch] $Flag) \"$Name $Flag $PSScriptRoot\"; 1..3 | Measure-Object -Sum | ForEach-Object Sum; (Get-Command "
            + "Get-Backbone).Source");

        var (_, output, error) = HostProcess.Run(script, "-Name", "it's", "-Flag");

        Assert.Equal($"it's True {_folder}\n6\nPSTransfer\n", output.ReplaceLineEndings("\n"));
        Assert.Empty(error);
    }

    [Fact]
    public void The_module_is_loaded_from_the_clone() =>
        Assert.Equal(Repository.Root, HostProcess.Run("-Command", "(Get-Module PSTransfer).ModuleBase").Output.Trim());

    [Fact]
    public async Task Ctrl_C_at_a_terminal_ends_training_and_the_prompt_goes_on()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "No pseudo terminal: this test takes one from util-linux's script.");
        using var terminal = new Terminal();
        await terminal.AwaitPrompt();
        await terminal.Type($". '{Script($$"""
            $shoes = Import-ImageDataset '{{Repository.Root}}/assets/fashion-shoes/train-images-idx3-ubyte.gz' -SamplesPerClass 32
            $model = New-Backbone resnet20 -InputShape 28 -Weights fashion | Add-ClassifierHead 2
            $null = $model | Invoke-FineTune -Dataset $shoes -Epochs 1000000 -Verbose
            """)}'\r");
        await terminal.Await("Epoch 2:");

        await terminal.Type("\u0003");
        await terminal.AwaitPrompt();
        await terminal.Type("\"epochs kept: $($model.History.Count -ge 1), $(40 + 2)\"\r");
        await terminal.Await("epochs kept: True, 42");
        await terminal.AwaitPrompt();
        await terminal.Type("exit 7\r");

        Assert.Equal(7, await terminal.ExitCode());
    }

    private string Script(string text)
    {
        var path = Path.Combine(_folder, "script.ps1");
        File.WriteAllText(path, text);
        return path;
    }
}
