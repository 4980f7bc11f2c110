using System.Management.Automation;
using PSTransfer.Core.Models;

namespace PSTransfer.Commands;

/// <summary>Takes image files from the pipeline, runs them through a model in batches, and keeps their order.</summary>
public abstract class ImageFileCmdlet : TransferCmdlet
{
    private readonly List<string> _paths = [];
    private Predictor? _predictor;
    private Task<IReadOnlyList<ReadImage>>? _reading;

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
    protected override void Dispose(bool disposing)
    {
        _predictor?.Dispose();
        base.Dispose(disposing);
    }

    /// <inheritdoc/>
    protected sealed override void Execute()
    {
        var literal = ParameterSetName == "LiteralPath";
        foreach (var path in (literal ? LiteralPath : Path).SelectMany(path => Resolve(path, literal)))
        {
            Token.ThrowIfCancellationRequested();
            _paths.Add(path);
            if (_paths.Count == BatchSize)
            {
                Advance();
            }
        }
    }

    /// <inheritdoc/>
    protected sealed override void Finish()
    {
        Advance();
        Advance();
    }

    /// <summary>Has the files that have come decoded while the batch before them runs.</summary>
    private void Advance()
    {
        _predictor ??= new Predictor(Model.Network);
        var ready = _reading;
        _reading = _paths.Count == 0 ? null : _predictor.ReadAsync([.. _paths], Token);
        _paths.Clear();
        if (ready is null)
        {
            return;
        }

        var images = ready.GetAwaiter().GetResult();
        foreach (var image in images.Where(image => image.Fault is not null))
        {
            WriteError(Errors.From(image.Fault!)!);
        }

        if (images.Where(image => image.Fault is null).ToList() is { Count: > 0 } readable)
        {
            WriteObject(Run(_predictor, readable), enumerateCollection: true);
        }
    }

    /// <summary>The files of a path; one that isn't there is an error, and the others go on.</summary>
    private List<string> Resolve(string path, bool literal)
    {
        List<string> found = [];
        ForOne(() => found.AddRange(RequireSources(path, literal)));
        return found;
    }

    /// <summary>The outputs for a batch of images, one each, in order.</summary>
    private protected abstract IEnumerable<object> Run(Predictor predictor, IReadOnlyList<ReadImage> images);
}
