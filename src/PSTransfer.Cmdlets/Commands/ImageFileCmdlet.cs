using System.Management.Automation;
using PSTransfer.Core.Models;

namespace PSTransfer.Commands;

/// <summary>Takes image files from the pipeline, runs them through a model in batches, and keeps their order.</summary>
public abstract class ImageFileCmdlet : TransferCmdlet
{
    private readonly List<string> _paths = [];
    private readonly List<byte[]> _images = [];

    /// <summary>The model.</summary>
    [Parameter(Mandatory = true)]
    public TransferModel Model { get; set; } = null!;

    /// <summary>Image files, wildcards allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Path", ValueFromPipeline = true)]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>Image files, taken literally.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "LiteralPath", ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "FullName")]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>Images run at once.</summary>
    [Parameter]
    [ValidateRange(1, 4096)]
    public int BatchSize { get; set; } = 32;

    /// <inheritdoc/>
    protected sealed override void Execute()
    {
        var literal = ParameterSetName == "LiteralPath";
        var predictor = new Predictor(Model.Network);
        foreach (var path in (literal ? LiteralPath : Path).SelectMany(path => Resolve(path, literal)))
        {
            Token.ThrowIfCancellationRequested();
            ForOne(() =>
            {
                _images.Add(predictor.Read(path));
                _paths.Add(path);
            });
            if (_paths.Count == BatchSize)
            {
                Finish();
            }
        }
    }

    /// <inheritdoc/>
    protected sealed override void Finish()
    {
        if (_paths.Count > 0)
        {
            WriteObject(Run(_paths, _images), enumerateCollection: true);
            _paths.Clear();
            _images.Clear();
        }
    }

    /// <summary>The files of a path; one that isn't there is an error, and the others go on.</summary>
    private List<string> Resolve(string path, bool literal)
    {
        List<string> found = [];
        ForOne(() => found.AddRange(ResolveSources(path, literal)));
        return found;
    }

    /// <summary>The outputs for a batch of files and their pixels, one each, in order.</summary>
    private protected abstract IEnumerable<object> Run(IReadOnlyList<string> paths, IReadOnlyList<byte[]> images);
}
