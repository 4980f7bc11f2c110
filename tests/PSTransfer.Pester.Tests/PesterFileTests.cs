using PSTransfer.Pester.Tests.Running;
using Xunit;

namespace PSTransfer.Pester.Tests;

/// <summary>That the runner reports failures as failures; what passes is in tests/Pester/Runner.Tests.ps1.</summary>
public sealed class PesterFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("runner-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("1 | Should -Be 2", "Expected 2, but found 1.")]
    [InlineData("'a' | Should -BeExactly 'A' -Because 'case counts'", "Expected exactly 'A', because case counts, but found 'a'.")]
    [InlineData("$null | Should -Be 0", "Expected 0, but found $null.")]
    [InlineData("1, 2 | Should -Be 2, 1", "Expected @(2, 1), but found @(1, 2).")]
    [InlineData("1 | Should -Not -Be 1", "Expected not 1, but found 1.")]
    [InlineData("$false | Should -BeTrue", "Expected $true, but found $false.")]
    [InlineData("1 | Should -BeFalse", "Expected $false, but found 1.")]
    [InlineData("'x' | Should -BeNullOrEmpty", "Expected $null or empty, but found 'x'.")]
    [InlineData("1 | Should -BeGreaterThan 1", "Expected a value greater than 1, but found 1.")]
    [InlineData("1 | Should -BeLessThan 1", "Expected a value less than 1, but found 1.")]
    [InlineData("0.5 | Should -BeGreaterOrEqual 1", "Expected a value of at least 1, but found 0.5.")]
    [InlineData("2 | Should -BeLessOrEqual 1", "Expected a value of at most 1, but found 2.")]
    [InlineData("1 | Should -BeOfType [string]", "Expected a value of type [string], but found 1 of type [int].")]
    [InlineData("'a' | Should -BeLike 'b*'", "Expected a value like 'b*', but found 'a'.")]
    [InlineData("3 | Should -BeIn 1, 2", "Expected one of @(1, 2), but found 3.")]
    [InlineData("1, 5 | Should -BeLessThan 3", "Expected a value less than 3, but found 5.")]
    [InlineData("'a' | Should -Match '^b'", "Expected a match of the regular expression '^b', but found 'a'.")]
    [InlineData("1, 2 | Should -Contain 3", "Expected a collection that contains 3, but found @(1, 2).")]
    [InlineData("1, 2 | Should -HaveCount 3", "Expected a collection of 3, but found 2: @(1, 2).")]
    [InlineData("'/no/such/file' | Should -Exist", "Expected an existing path, but found '/no/such/file'.")]
    [InlineData("{ 1 } | Should -Throw", "Expected an error, but found no error.")]
    [InlineData("{ throw 'x' } | Should -Throw 'y*'", "Expected an error with a message like 'y*', but found [System.Management.Automation.RuntimeException] x: x.")]
    [InlineData("{ throw 'x' } | Should -Throw -ErrorId 'y'", "Expected an error with the id 'y', but found [System.Management.Automation.RuntimeException] x: x.")]
    [InlineData("{ throw 'x' } | Should -Not -Throw", "Expected not an error, but found [System.Management.Automation.RuntimeException] x: x.")]
    public void A_false_assertion_fails_with_what_was_expected_and_found(string assertion, string message)
    {
        var test = RunOne($"Describe 'd' {{\n It 'i' {{\n  {assertion}\n }}\n}}");

        Assert.Equal((Outcome.Failed, message, 3), (test.Outcome, test.Message, test.FailedLine));
    }

    [Theory]
    [InlineData("1 | Should -BeEquivalentTo 1", "A parameter cannot be found that matches parameter name 'BeEquivalentTo'")]
    [InlineData("1 | Should -Be 1 'why'", "A positional parameter cannot be found that accepts argument 'why'")]
    [InlineData("1 | Should 1", "Should needs one operator, found 0")]
    [InlineData("1 | Should -Be -BeIn 1", "Should needs one operator, found 2")]
    [InlineData("1 | Should -Be", "Should -Be needs an expected value")]
    [InlineData("1 | Should -BeTrue 1", "Should -BeTrue takes no expected value")]
    [InlineData("1 | Should -Be 1 -PassThru", "-PassThru belong to Should -Throw")]
    [InlineData("1 | Should -Throw", "Should -Throw needs a script block")]
    [InlineData("1 | Should -BeOfType no.such.type", "There is no type no.such.type")]
    [InlineData("Mock Get-Thing { }", "The term 'Mock' is not recognized")]
    [InlineData("It 'x' { }", "It can't be used while tests run")]
    [InlineData("$x = 1", "No assertion ran")]
    [InlineData("if ($false) { 1 | Should -Be 1 }", "No assertion ran")]
    [InlineData("throw [ArgumentException]::new('broken'); 1 | Should -Be 1", "ArgumentException: broken")]
    public void What_the_runner_does_not_know_or_can_not_judge_fails(string body, string message)
    {
        var test = RunOne($"Describe 'd' {{ It 'i' {{ {body} }} }}");

        Assert.Equal(Outcome.Failed, test.Outcome);
        Assert.Contains(message, test.Message);
    }

    [Fact]
    public void The_test_after_a_failed_one_runs()
    {
        var tests = Run("Describe 'd' { It 'a' { 1 | Should -Be 2 }\n It 'b' { 1 | Should -Be 1 } }").Tests;

        Assert.Equal([Outcome.Failed, Outcome.Passed], tests.Select(t => t.Outcome));
    }

    [Fact]
    public void A_failed_BeforeAll_fails_all_tests_of_its_block_and_no_other()
    {
        var tests = Run("""
            Describe 'bad' { BeforeAll { throw 'no setup' }
                It 'a' { 1 | Should -Be 1 }
                Context 'inner' { It 'b' { 1 | Should -Be 1 } } }
            Describe 'good' { It 'c' { 1 | Should -Be 1 } }
            """).Tests;

        Assert.Equal([Outcome.Failed, Outcome.Failed, Outcome.Passed], tests.Select(t => t.Outcome));
        Assert.StartsWith("BeforeAll of 'bad' failed: RuntimeException: no setup", tests[0].Message);
        Assert.Equal(1, tests[1].FailedLine);
    }

    [Theory]
    [InlineData("BeforeEach { throw 'broken' }", "broken")]
    [InlineData("AfterEach { throw 'broken' }", "AfterEach failed: ")]
    [InlineData("AfterAll { throw 'broken' }", "AfterAll of 'd' failed: ")]
    public void A_failed_setup_or_teardown_fails_the_test(string step, string message)
    {
        var test = RunOne($"Describe 'd' {{ {step}\n It 'i' {{ 1 | Should -Be 1 }} }}");

        Assert.Equal(Outcome.Failed, test.Outcome);
        Assert.Contains(message, test.Message);
    }

    [Fact]
    public void Setup_and_teardown_run_in_the_order_of_Pester()
    {
        var log = Path.Combine(_folder, "log.txt");
        Run($$"""
            BeforeAll { function Add-Log($Word) { [IO.File]::AppendAllText('{{log}}', "$Word ") }; Add-Log file }
            Describe 'd' {
                BeforeAll { Add-Log all }; BeforeEach { Add-Log each }; AfterEach { Add-Log after }; AfterAll { Add-Log end }
                It 'a' { Add-Log a; 1 | Should -Be 1 }
                Context 'c' { BeforeEach { Add-Log inner }; AfterEach { Add-Log undo }; It 'b' { Add-Log b; 1 | Should -Be 1 } }
            }
            AfterAll { Add-Log done }
            """);

        Assert.Equal("file all each a after each inner b undo after end done ", File.ReadAllText(log));
    }

    [Fact]
    public void A_file_runs_once_however_often_it_is_asked_for()
    {
        var log = Path.Combine(_folder, "log.txt");
        var file = Run($"Describe 'd' {{ It 'i' {{ [IO.File]::AppendAllText('{log}', 'x'); 1 | Should -Be 1 }} }}");
        file.Run();

        Assert.Equal("x", File.ReadAllText(log));
    }

    [Theory]
    [InlineData("Describe 'd' {", "Missing closing '}'")]
    [InlineData("Describe 'd' { It 'i' -Foo { } }", "parameter name 'Foo'")]
    [InlineData("Describe 'd' { It 'i' -ForEach @() { 1 | Should -Be 1 } }", "-ForEach of 'i' is empty")]
    [InlineData("Describe 'd'\n{ }", "Describe has no script block")]
    [InlineData("throw 'at the top'", "at the top")]
    [InlineData("1 | Should -Be 2; Describe 'd' { It 'i' { 1 | Should -Be 1 } }", "Expected 2, but found 1.")]
    [InlineData("InModuleScope x { }", "InModuleScope")]
    [InlineData("$x = 1", "The file has no test.")]
    public void A_file_that_can_not_be_discovered_is_a_fault(string text, string fault)
    {
        Assert.Contains(fault, Discover(text).Fault);
    }

    [Theory]
    [InlineData("It '<Name> of <Size.Height>' -ForEach @{ Name = 'x'; Size = @{ Height = 3 } } { }", "x of 3")]
    [InlineData("It 'is <_>' -ForEach 0.5 { }", "is 0.5")]
    [InlineData("Context 'in <A>' -ForEach @{ A = 1 } { It 'has <A> and <B>' -ForEach @{ B = $null } { } }", "in 1 › has 1 and $null")]
    [InlineData("It 'keeps <unknown>' { }", "keeps <unknown>")]
    public void Titles_are_filled_in_from_rows(string test, string title)
    {
        Assert.Equal("d › " + title, Discover($"Describe 'd' {{ {test} }}").Tests.Single().Title);
    }

    [Fact]
    public void Variables_of_discovery_reach_the_run_only_as_rows()
    {
        var tests = Run("""
            $names = 'a', 'b'
            Describe 'd' {
                $local = 'x'
                It '<_>' -ForEach $names { "$_ [$local] [$names]" | Should -Be "$_ [] []" }
            }
            """).Tests;

        Assert.Equal([("d › a", Outcome.Passed), ("d › b", Outcome.Passed)], tests.Select(t => (t.Title, t.Outcome)));
    }

    [Fact]
    public void A_break_in_a_test_leaves_no_test_unreported()
    {
        var tests = Run("Describe 'd' { It 'a' { break }\n It 'b' { 1 | Should -Be 1 } }").Tests;

        Assert.DoesNotContain(tests, t => t.Outcome is Outcome.Passed or Outcome.Skipped);
    }

    [Fact]
    public void The_drive_is_gone_after_the_run()
    {
        var path = Path.Combine(_folder, "path.txt");
        Run($"Describe 'd' {{ It 'i' {{ [IO.File]::WriteAllText('{path}', $TestDrive); $TestDrive | Should -Exist }} }}");

        Assert.False(Directory.Exists(File.ReadAllText(path)));
    }

    private PesterFile Discover(string text)
    {
        var path = Path.Combine(_folder, "Inline.Tests.ps1");
        File.WriteAllText(path, text);
        return PesterFile.Discover(path, Repository.Module);
    }

    private PesterFile Run(string text)
    {
        var file = Discover(text);
        Assert.Null(file.Fault);
        file.Run();
        return file;
    }

    private PesterTest RunOne(string text) => Run(text).Tests.Single();
}
