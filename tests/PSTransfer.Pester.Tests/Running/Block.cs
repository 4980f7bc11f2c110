using System.Management.Automation;

namespace PSTransfer.Pester.Tests.Running;

/// <summary>A Describe or Context (one per row of its -ForEach), or the file itself, as discovery found it.</summary>
public sealed class Block(Block? parent, string name)
{
    public Block? Parent { get; } = parent;

    public string Name { get; } = name;

    /// <summary>Whether it has a row of -ForEach, which may be null.</summary>
    public bool HasData { get; set; }

    public object? Data { get; set; }

    public bool Skip { get; set; }

    public IReadOnlyList<string> Tags { get; set; } = [];

    /// <summary>Blocks and tests in the order of the file.</summary>
    public IList<object> Children { get; } = [];

    public IList<ScriptBlock> BeforeAll { get; } = [];

    public IList<ScriptBlock> BeforeEach { get; } = [];

    public IList<ScriptBlock> AfterEach { get; } = [];

    public IList<ScriptBlock> AfterAll { get; } = [];

    public IEnumerable<PesterTest> Tests => Children.SelectMany(c => c is Block block ? block.Tests : [(PesterTest)c]);

    /// <summary>The block and those around it, the outermost first.</summary>
    public IEnumerable<Block> Path => Parent is null ? [this] : Parent.Path.Append(this);

    /// <summary>A setup or teardown of the block failed: so have all its tests.</summary>
    public void Fail(string step, ErrorRecord error)
    {
        foreach (var test in Tests.Where(t => t.Outcome != Outcome.Skipped))
        {
            test.Fail(error, $"{step} of '{Name}' failed: ");
        }
    }
}
