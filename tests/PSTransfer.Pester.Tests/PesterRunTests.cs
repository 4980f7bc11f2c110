namespace PSTransfer.Pester.Tests;

/// <summary>That what fails in Pester fails here, with its reason, wherever in a file it fails.</summary>
public sealed class PesterRunTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pester-run-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Each_test_ends_as_in_Pester_and_its_title_has_the_values_of_its_row()
    {
        var file = Run("""
            Describe 'd' {
                It 'passes' { 1 | Should -Be 1 }
                It 'fails' { 1 | Should -Be 2 }
                It 'is skipped' -Skip { 1 | Should -Be 2 }
                It 'has a reason' { Set-ItResult -Skipped -Because 'there is no moon' }
                It 'has <Name> and <_.Name>' -ForEach @{ Name = 'n' } { 1 | Should -Be 1 }
                Context 'around' { BeforeAll { throw 'before' }; It 'never runs' { 1 | Should -Be 1 } }
            }
            """);

        Assert.Empty(file.Fault);
        Assert.Equal(
            ["d › passes Passed", "d › fails Failed", "d › is skipped Skipped", "d › has a reason Skipped", "d › has n and n Passed", "d › around › never runs Failed"
            ],
            file.Tests.Select(test => $"{test.Title} {test.Result}"));
        Assert.Contains("Expected 2, but got 1.", file.Tests[1].Message, StringComparison.Ordinal);
        Assert.Contains("case.Tests.ps1:3", file.Tests[1].Message, StringComparison.Ordinal);
        Assert.Contains("there is no moon", file.Tests[3].Message, StringComparison.Ordinal);
        Assert.Contains("before", file.Tests[5].Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Describe 'd' { AfterAll { throw 'too late' }; It 'passes' { 1 | Should -Be 1 } }", "too late")]
    [InlineData("Describe 'd' { throw 'too early' }", "too early")]
    [InlineData("Describe 'd' {", "Missing closing '}'")]
    public void What_fails_outside_of_tests_fails_the_file(string text, string message) =>
        Assert.Contains(message, Run(text).Fault, StringComparison.Ordinal);

    private PesterFile Run(string text)
    {
        var path = Path.Combine(_folder, "case.Tests.ps1");
        File.WriteAllText(path, text);
        using var run = new PesterRun(path);
        return run.Wait("case.Tests.ps1");
    }
}
