using System.Text.RegularExpressions;
using PSTransfer.Core.Backbones;
using PSTransfer.Core.Data.Augmenting;
using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Diagnosis.LearningPhases;
using PSTransfer.Core.Experiments.Yaml;
using PSTransfer.Core.Models;
using PSTransfer.Core.Training;

namespace PSTransfer.Core.Experiments.Keys;

/// <summary>
/// The keys of experiments: for each its values, its place in the settings and its purpose. The keys of a section are the parameters of a
/// cmdlet in camelCase, and a test compares them. Reading, writing, the template and the JSON Schema all follow these tables.
/// </summary>
internal static partial class ExperimentKeys
{
    private static readonly Key<ImageDatasetOptions>[] Import =
    [
        new Key<ImageDatasetOptions, DatasetFormat>("format", Kinds.Choice<DatasetFormat>(), o => o.Format, (o, v) => o with { Format = v },
            "How the images lie on disk."),
        new Key<ImageDatasetOptions, IReadOnlyList<string>>("class", Kinds.Texts, o => o.Classes, (o, v) => o with { Classes = v },
            "Classes by name or number, in the order of labels; all without it."),
        new Key<ImageDatasetOptions, int>("samplesPerClass", Kinds.WholeFrom(1),
            o => o.SamplesPerClass, (o, v) => o with { SamplesPerClass = v },
            "How many images of each class; all without it."),
        new Key<ImageDatasetOptions, IReadOnlyList<int>>("imageSize", new ListKind<int>(Kinds.WholeFrom(1)),
            o => o.ImageSize, (o, v) => o with { ImageSize = v },
            "One side, or height and width; the model's without it."),
        new Key<ImageDatasetOptions, ResizeRule>("resize", Kinds.Choice<ResizeRule>(), o => o.Resize, (o, v) => o with { Resize = v },
            "How images of another size are brought to it; the model's rule without it."),
        new Key<ImageDatasetOptions, int>("channels", Kinds.Whole, o => o.Channels, (o, v) => o with { Channels = v },
            "3 for colour, 1 for grey."),
        new Key<ImageDatasetOptions, bool>("first", Kinds.Switch, o => o.First, (o, v) => o with { First = v },
            "The first images in file order rather than a seeded draw."),
        new Key<ImageDatasetOptions, int>("seed", Kinds.Whole, o => o.Seed, (o, v) => o with { Seed = v },
            "Seed of the draw of samplesPerClass."),
        new Key<ImageDatasetOptions, bool>("skipInvalid", Kinds.Switch, o => o.SkipInvalid, (o, v) => o with { SkipInvalid = v },
            "Leave broken images out with a warning."),
        new Key<ImageDatasetOptions, bool>("validate", Kinds.Switch, o => o.CheckImages, (o, v) => o with { CheckImages = v },
            "Decode every image of a folder or table before the run; one error names all that can't be read."),
        new Key<ImageDatasetOptions, string>("basePath", Kinds.FilePath, o => o.BasePath, (o, v) => o with { BasePath = v },
            "Where the paths in a table count from; its own folder without it."),
    ];

    private static readonly Key<DataSettings>[] Images =
    [
        new DataPathKey(
            "path",
            "A folder with one subfolder of images per class, or a file or folder of CIFAR or IDX; beside table its column with the "
            + "image files.")
        {
            RequiredWithout = "table",
        },
        new Key<DataSettings, string>("table", Kinds.FilePath, d => d.Table, (d, v) => d with { Table = v },
            "A table of image files and labels (CSV), in the place of a folder."),
        new Key<DataSettings, string>("label", Kinds.Text,
            d => d.Options.LabelProperty, (d, v) => d with { Options = d.Options with { LabelProperty = v } },
            "The table's column with the labels.") { Parameter = "LabelProperty" },
        .. Import.Select(key => new PartKey<DataSettings, ImageDatasetOptions>(key, d => d.Options, (d, o) => d with { Options = o })),
    ];

    /// <summary>The keys of Split-ImageDataset.</summary>
    public static Section<SplitSettings> Split { get; } = new(
        new(),
        [
            new Key<SplitSettings, double>("validation", Kinds.Above(0, below: 1), s => s.Validation, (s, v) => s with { Validation = v },
                "The share of images to validate on, above 0 and below 1.") { IsRequired = true },
            new Key<SplitSettings, int>("seed", Kinds.Whole, s => s.Seed, (s, v) => s with { Seed = v }, "Seed of the split."),
        ],
        split => split.Validate());

    /// <summary>The keys of Import-ImageDataset, for validation images.</summary>
    public static Section<DataSettings> Validation { get; } = new(new(), Images, data => data.Validate());

    /// <summary>The keys of Import-ImageDataset, and two keys for the source of validation images.</summary>
    public static Section<DataSettings> Data { get; } = new(
        new(),
        [
            .. Images,
            new Key<DataSettings, SplitSettings>("split", Split, d => d.Split, (d, v) => d with { Split = v },
                "Keep a share of these images for validation."),
            new Key<DataSettings, DataSettings>("validation", new WordOrKind<DataSettings>("same", DataSettings.Same, Validation),
                d => d.Validation, (d, v) => d with { Validation = v },
                "Validation images of their own, with data's keys; or same: the training images again."),
        ],
        data => data.Validate());

    /// <summary>The keys of New-Backbone.</summary>
    public static Section<BackboneOptions> Backbone { get; } = new(
        new() { Name = string.Empty },
        [
            new Key<BackboneOptions, string>("name", new TextKind(BackboneCatalogue.All.Select(spec => spec.Name)),
                b => b.Name, (b, v) => b with { Name = v },
                "Which network; Get-Backbone lists them.") { IsRequired = true },
            new Key<BackboneOptions, string>("weights",
                new PathKind([.. BackboneCatalogue.All.SelectMany(spec => spec.Weights).Distinct()]),
                b => b.Weights, (b, v) => b with { Weights = v },
                "A name that the backbone knows, downloaded once if its publisher has it, or a file; random weights without it."),
            new Key<BackboneOptions, WeightFormat>("format", Kinds.Choice<WeightFormat>(), b => b.Format, (b, v) => b with { Format = v },
                "The format of a weight file whose first bytes say something else."),
            new Key<BackboneOptions, string>("weightSet", new TextKind(), b => b.WeightSet, (b, v) => b with { WeightSet = v },
                "Which set of weights, where a file has several: what stands before its names, as state_dict_ema."),
            new Key<BackboneOptions, IReadOnlyList<int>>("inputShape", Kinds.Wholes, b => b.InputShape, (b, v) => b with { InputShape = v },
                "Height, width and channels; height and width; or one side."),
            new Key<BackboneOptions, string>("device", new TextKind("cpu", "cuda"), b => b.Device, (b, v) => b with { Device = v },
                "Where it computes."),
            new Key<BackboneOptions, int>("seed", Kinds.Whole, b => b.Seed, (b, v) => b with { Seed = v }, "Seed of random weights."),
        ],
        backbone => backbone.Validate());

    /// <summary>The keys of Add-ClassifierHead.</summary>
    public static Section<HeadSettings> Head { get; } = new(
        new(),
        [
            new Key<HeadSettings, int>("classCount", Kinds.WholeFrom(1),
                h => h.Head.ClassCount, (h, v) => h with { Head = h.Head with { ClassCount = v } },
                "Logits: one per class, or 1 for two classes.") { IsRequired = true },
            new Key<HeadSettings, Pooling>("pooling", Kinds.Choice<Pooling>(),
                h => h.Head.Pooling, (h, v) => h with { Head = h.Head with { Pooling = v } },
                "How the backbone's maps become a vector."),
            new Key<HeadSettings, IReadOnlyList<int>>("hiddenUnits", new ListKind<int>(Kinds.WholeFrom(1)),
                h => h.Head.HiddenUnits, (h, v) => h with { Head = h.Head with { HiddenUnits = v } },
                "Sizes of hidden layers with ReLU."),
            new Key<HeadSettings, double>("dropout", Kinds.From(0, below: 1),
                h => h.Head.Dropout, (h, v) => h with { Head = h.Head with { Dropout = v } },
                "Rate of the dropout before the logits."),
            new Key<HeadSettings, int>("seed", Kinds.Whole, h => h.Seed, (h, v) => h with { Seed = v }, "Seed of the head's weights."),
        ],
        head => head.Head.Validate());

    /// <summary>The keys of Set-FreezeMode.</summary>
    public static Section<FreezeSettings> Freeze { get; } = new(
        new(),
        [
            new Key<FreezeSettings, FreezeMode>("mode", Kinds.Choice<FreezeMode>(), f => f.Mode, (f, v) => f with { Mode = v },
                "What frozen means."),
            new Key<FreezeSettings, string>("framework", new NameKind(FrameworkEra.All.Select(era => era.Name)),
                f => f.Framework, (f, v) => f with { Framework = v },
                "The framework whose frozen it shall be, in the place of mode."),
            new Key<FreezeSettings, IReadOnlyList<string>>("layer", Kinds.Texts, f => f.Layer, (f, v) => f with { Layer = v },
                "Layers by name, wildcards allowed; the whole backbone without it."),
            new Key<FreezeSettings, int>("first", Kinds.WholeFrom(1), f => f.First, (f, v) => f with { First = v },
                "The first n layers, in the place of layer."),
        ],
        freeze => freeze.Validate());

    /// <summary>The keys of a stage of a run, as in Invoke-FineTune -Stage.</summary>
    public static Section<TrainingStage> Stage { get; } = new(
        new(), [.. TrainingSettings.Stage.Select(KeyOf)], stage => stage.Validate(PSTransferException.Require));

    /// <summary>The keys of Invoke-FineTune.</summary>
    public static Section<TrainingOptions> Train { get; } = new(new(), [.. TrainingSettings.All.Select(KeyOf)]);

    /// <summary>The keys of Test-LearningPhase.</summary>
    public static Section<LearningPhaseOptions> LearningPhaseTest { get; } = new(
        new(),
        [
            new Key<LearningPhaseOptions, int>("batchSize", Kinds.WholeFrom(1), t => t.BatchSize, (t, v) => t with { BatchSize = v },
                "Images in a batch."),
            new Key<LearningPhaseOptions, int>("steps", Kinds.WholeFrom(1), t => t.Steps, (t, v) => t with { Steps = v },
                "Batches per phase; all images without it."),
            new Key<LearningPhaseOptions, int>("shuffles", Kinds.WholeFrom(1), t => t.Shuffles, (t, v) => t with { Shuffles = v },
                "Orders of the images over which the training phase is averaged."),
            new Key<LearningPhaseOptions, int>("seed", Kinds.Whole, t => t.Seed, (t, v) => t with { Seed = v },
                "Seed of the shuffles, of dropout and of the intervals."),
            new Key<LearningPhaseOptions, double>("tolerance", Kinds.From(0), t => t.Tolerance, (t, v) => t with { Tolerance = v },
                "The accuracy gap up to which phases agree."),
            new Key<LearningPhaseOptions, bool>("sensitivity", Kinds.Switch, t => t.Sensitivity, (t, v) => t with { Sensitivity = v },
                "Run the training phase at batch sizes from 4 to 64 besides."),
        ],
        test => test.Validate());

    /// <summary>The keys of Measure-TransferModel, the learning-phase test, and the file for the model.</summary>
    public static Section<EvaluateSettings> Evaluate { get; } = new(
        new(),
        [
            new Key<EvaluateSettings, LearningPhase>("phase", Kinds.Choice<LearningPhase>(), e => e.Phase, (e, v) => e with { Phase = v },
                "The learning phase that is measured in."),
            new Key<EvaluateSettings, int>("batchSize", Kinds.WholeFrom(1), e => e.BatchSize, (e, v) => e with { BatchSize = v },
                "Images in a batch."),
            new Key<EvaluateSettings, int>("seed", Kinds.Whole, e => e.Seed, (e, v) => e with { Seed = v },
                "Seed of the shuffle and of dropout."),
            new Key<EvaluateSettings, int>("top", Kinds.WholeFrom(1), e => e.Top, (e, v) => e with { Top = v },
                "Classes that may be named for TopAccuracy."),
            new Key<EvaluateSettings, LearningPhaseOptions?>("learningPhase", new SwitchedKind<LearningPhaseOptions>(LearningPhaseTest),
                e => e.LearningPhase, (e, v) => e with { LearningPhase = v },
                "Test whether the learning phases agree: true, or Test-LearningPhase's settings."),
            new Key<EvaluateSettings, string>("save", Kinds.FilePath, e => e.Save, (e, v) => e with { Save = v },
                "A file for the trained model; {run} in it stands for the run."),
        ],
        evaluate => evaluate.Validate());

    /// <summary>The keys of the whole file.</summary>
    public static Section<ExperimentSettings> Root { get; } = new(
        new(),
        [
            new Key<ExperimentSettings, string>("name", Kinds.Text, e => e.Name, (e, v) => e with { Name = v },
                "What the experiment is called; the file's name without it."),
            new Key<ExperimentSettings, int>("seed", Kinds.Whole, e => e.Seed, (e, v) => e with { Seed = v },
                $"For all seeds below that aren't given; {Defaults.Seed} without it."),
            new Key<ExperimentSettings, DataSettings>("data", Data, e => e.Data, (e, v) => e with { Data = v },
                "Images, as Import-ImageDataset and Split-ImageDataset take them.") { IsRequired = true },
            new Key<ExperimentSettings, BackboneOptions>("backbone", Backbone, e => e.Backbone, (e, v) => e with { Backbone = v },
                "The pretrained network, as New-Backbone takes it.") { IsRequired = true },
            new Key<ExperimentSettings, HeadSettings>("head", Head, e => e.Head, (e, v) => e with { Head = v },
                "The classifier on top, as Add-ClassifierHead takes it.") { IsRequired = true },
            new Key<ExperimentSettings, FreezeSettings>("freeze", Freeze, e => e.Freeze, (e, v) => e with { Freeze = v },
                "What is frozen and how, as Set-FreezeMode takes it; nothing without it."),
            new Key<ExperimentSettings, TrainingOptions>("train", Train, e => e.Train, (e, v) => e with { Train = v },
                "The run, as Invoke-FineTune takes it."),
            new Key<ExperimentSettings, EvaluateSettings>("evaluate", Evaluate, e => e.Evaluate, (e, v) => e with { Evaluate = v },
                "What is measured afterwards, as Measure-TransferModel and Test-LearningPhase take it."),
            new Key<ExperimentSettings, string>("output", Kinds.FilePath, e => e.Output, (e, v) => e with { Output = v },
                "A folder for each run's settings and figures; runs that are in it aren't run again."),
            new Key<ExperimentSettings, bool>("matrix", new MatrixKind(), _ => null, (e, _) => e,
                "Keys with lists of values: each combination is a run."),
        ]);

    /// <summary>Every key with its path. A section stands before its keys.</summary>
    public static IReadOnlyList<(string Path, IKey Key)> All { get; } = [.. Below(string.Empty, Root.Keys)];

    /// <summary>
    /// The path of a parameter's key. The section of <paramref name="near"/> goes first, then the section around it. Elsewhere a key
    /// counts only if it is the only one; those of data.validation repeat data's. Null for no such key.
    /// </summary>
    /// <param name="parameter">The parameter's name, without the dash.</param>
    /// <param name="near">The path of a section, or of a key in it.</param>
    public static string? PathOf(string parameter, string near)
    {
        near = Unnumbered(near);
        parameter = parameter == "PathProperty" ? "Path" : parameter;
        if (parameter is "ValidationDataset" or "Dataset")
        {
            return parameter == "Dataset" ? "data" : "data.validation";
        }

        var found = All.Where(one => one.Key.Parameter == parameter).Select(one => one.Path).ToList();
        return found.FirstOrDefault(path => Parent(path) == near)
            ?? found.FirstOrDefault(path => Parent(path) == Parent(near))
            ?? (found.Where(path => Parent(path) != "data.validation").ToList() is [var only] ? only : null);

        static string Parent(string path) => path.LastIndexOf('.') is > 0 and var dot ? path[..dot] : string.Empty;
    }

    /// <summary>A path without the numbers of items: train.stages.epochs for train.stages[2].epochs.</summary>
    public static string Unnumbered(string path) => Item().Replace(path, string.Empty);

    /// <summary>Advice for a key of former versions; null for any other key.</summary>
    public static string? Renamed(string path) => path is "train.phase" or "train.phases"
        ? "A part of a run is a stage: write 'stages'."
        : null;

    /// <summary>The number of an item in a path, as in train.stages[2].epochs.</summary>
    [GeneratedRegex(@"\[\d+\]")]
    private static partial Regex Item();

    /// <summary>The key of a setting.</summary>
    private static Key<TOptions> KeyOf<TOptions>(Setting<TOptions> setting)
        where TOptions : class
    {
        return setting switch
        {
            Setting<TOptions, int> => With(Kinds.WholeIn(setting.Range)),
            Setting<TOptions, double> => With(Kinds.NumberIn(setting.Range)),
            Setting<TOptions, bool> => With(Kinds.Switch),
            Setting<TOptions, string> => With(new PathKind([.. setting.Words])),
            Setting<TOptions, IReadOnlyList<string>> => With(new ListKind<string>(new TextKind(setting.Words))),
            Setting<TOptions, IReadOnlyDictionary<string, double>> => With(
                setting.Words is [var word]
                    ? new WordOrKind<IReadOnlyDictionary<string, double>>(word, TrainingSettings.Balanced, Kinds.NumberTable)
                    : Kinds.NumberTable),
            Setting<TOptions, IReadOnlyList<TrainingStage>> => With(new ListKind<TrainingStage>(Stage), "stages"),
            Setting<TOptions, FreezeMode> => With(Kinds.Choice<FreezeMode>()),
            Setting<TOptions, OptimizerKind> => With(Kinds.Choice<OptimizerKind>()),
            Setting<TOptions, ScheduleKind> => With(Kinds.Choice<ScheduleKind>()),
            Setting<TOptions, Precision> => With(Kinds.Choice<Precision>()),
            Setting<TOptions, LossKind> => With(Kinds.Choice<LossKind>()),
            _ => throw new NotSupportedException($"{setting.Name} is of a type that no key has yet."),
        };

        Key<TOptions, TValue> With<TValue>(ValueKind<TValue> kind, string? name = null) => new(
            name ?? char.ToLowerInvariant(setting.Name[0]) + setting.Name[1..],
            kind,
            setting.Get,
            ((Setting<TOptions, TValue>)setting).Set,
            setting.Help)
        {
            Parameter = setting.Name,
        };
    }

    private static IEnumerable<(string Path, IKey Key)> Below(string path, IReadOnlyList<IKey> keys) => keys.SelectMany(key =>
    {
        var own = path.Length == 0 ? key.Name : $"{path}.{key.Name}";
        return Below(own, key.Keys).Prepend((own, key));
    });
}
