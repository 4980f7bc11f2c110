using System.Management.Automation;
using PSTransfer.Binding;

namespace PSTransfer.Commands;

/// <summary>Reads what a path names: the parameters -Path and -LiteralPath of the cmdlets that read.</summary>
public abstract class PathCmdlet : TransferCmdlet
{
    /// <summary>File or folder, wildcards allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Path", ValueFromPipeline = true)]
    [PathText]
    [SupportsWildcards]
    public virtual string Path { get; set; } = string.Empty;

    /// <summary>File or folder, taken literally.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "LiteralPath", ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "FullName")]
    public string LiteralPath { get; set; } = string.Empty;

    /// <summary>Takes one file or folder, by its full path.</summary>
    protected abstract void Import(string path);

    /// <summary>Takes an object from the pipeline, where the cmdlet has a parameter for it; false where there is none.</summary>
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
