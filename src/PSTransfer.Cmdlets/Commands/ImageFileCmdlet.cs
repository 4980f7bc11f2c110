using System.Management.Automation;
using PSTransfer.Binding;
using PSTransfer.Core;
using PSTransfer.Core.Evaluation;

namespace PSTransfer.Commands;

/// <summary>Takes image files from the pipeline, runs them through a model in batches, and keeps their order.</summary>
public abstract class ImageFileCmdlet : TransferCmdlet
{
    private List<Item> _waiting = [];
    private List<Item> _items = [];
    private Predictor? _predictor;
    private Task<IReadOnlyList<ReadImage>>? _reading;

    /// <summary>The model.</summary>
    [Parameter(Mandatory = true)]
    public TransferModel Model { get; set; } = null!;

    /// <summary>The image files, with wildcards allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Path", ValueFromPipeline = true)]
    [AllowEmptyString]
    [AllowNull]
    [PathText]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>The image files, taken literally.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "LiteralPath", ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "FullName")]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>How many images run at once.</summary>
    [Parameter]
    [ValidateRange(1, 4096)]
    public int BatchSize { get; set; } = Defaults.BatchSize;

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
        foreach (var item in (literal ? LiteralPath : Path ?? [string.Empty]).SelectMany(path => Resolve(path, literal)))
        {
            Token.ThrowIfCancellationRequested();
            _waiting.Add(item);
            if (_waiting.Count == BatchSize)
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

    /// <summary>Decodes the files that have come while the batch before them runs.</summary>
    private void Advance()
    {
        _predictor ??= new Predictor(Model.Network);
        var (items, ready) = (_items, _reading);
        string[] files = [.. _waiting.Where(item => item.Fault is null).Select(item => item.Path)];
        _reading = files.Length == 0 ? null : _predictor.ReadAsync(files, Token);
        (_items, _waiting) = (_waiting, []);

        var images = ready?.GetAwaiter().GetResult() ?? [];
        List<ReadImage> readable = [.. images.Where(image => image.Fault is null)];
        Write(items, images, readable.Count == 0 ? [] : Run(_predictor, readable));
    }

    /// <summary>
    /// Writes outputs and errors in the order of the inputs, so that an error that ends the pipeline loses no earlier output.
    /// </summary>
    private void Write(IEnumerable<Item> items, IReadOnlyList<ReadImage> images, IEnumerable<object> outputs)
    {
        using var image = images.GetEnumerator();
        using var output = outputs.GetEnumerator();
        foreach (var item in items)
        {
            var fault = item.Fault;
            if (fault is null)
            {
                image.MoveNext();
                fault = image.Current.Fault;
            }

            if (fault is not null)
            {
                WriteError(Errors.From(fault)!);
            }
            else
            {
                output.MoveNext();
                WriteObject(output.Current);
            }
        }
    }

    /// <summary>Finds the files of a path. A path that isn't found gives an error in its place, and the other paths go on.</summary>
    private IEnumerable<Item> Resolve(string path, bool literal)
    {
        try
        {
            return RequireSources(path, literal).Select(file => new Item(file, null));
        }
        catch (PSTransferException fault)
        {
            return [new Item(path, fault)];
        }
    }

    /// <summary>Computes the outputs for a batch of images, one each, in order.</summary>
    private protected abstract IEnumerable<object> Run(Predictor predictor, IReadOnlyList<ReadImage> images);

    private sealed record Item(string Path, Exception? Fault);
}
