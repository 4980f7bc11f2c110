using System.Management.Automation;
using PSTransfer.Binding;

namespace PSTransfer.Commands;

/// <summary>The base of cmdlets that read files, with the parameters -Path and -LiteralPath.</summary>
public abstract class PathCmdlet : TransferCmdlet
{
    /// <summary>The file or folder, with wildcards allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Path", ValueFromPipeline = true)]
    [PathText]
    [SupportsWildcards]
    public virtual string Path { get; set; } = string.Empty;

    /// <summary>The file or folder, taken literally.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "LiteralPath", ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "FullName")]
    public string LiteralPath { get; set; } = string.Empty;

    /// <summary>Reads one file or folder, given by its full path.</summary>
    protected abstract void Import(string path);

    /// <summary>Takes an object from the pipeline if the cmdlet has a parameter for it; otherwise false.</summary>
    protected virtual bool TakeObject() => false;

    /// <inheritdoc/>
    protected sealed override void Execute()
    {
        if (TakeObject())
        {
            return;
        }

        var literal = ParameterSetName == "LiteralPath";
        var path = literal ? LiteralPath : Path;
        var found = RequireSources(path, literal);
        if (found is [var only])
        {
            Import(only);
            return;
        }

        foreach (var one in found)
        {
            ForOne(() => Import(one));
        }
    }
}
