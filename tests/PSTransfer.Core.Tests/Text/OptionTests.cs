using PSTransfer.Core.Experiments.Keys;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Tests.Text;

/// <summary>Names of options at a prompt and within an experiment.</summary>
public sealed class OptionTests
{
    private static readonly Func<string>[] Messages =
    [
        () => Option.Name("LearningRate"),
        () => Option.Name("Class", of: "Import-ImageDataset"),
        () => Option.Name("Force"),
        () => Option.Name("Resize", of: "Import-TransferModel"),
        () => Option.Set("Epochs", 3),
        () => Option.Set("ClassCount", 2, of: "Add-ClassifierHead") + Option.AtPrompt(" -Force"),
        () => Option.Set("ImageSize", [8, 9]) + Option.AlsoSet("Channels", 1) + Option.AtPrompt(" (Import-ImageDataset)"),
        () => Option.SetFirst("Mode", FreezeMode.None, of: "Set-FreezeMode") + Option.Also("Layer", of: "Set-FreezeMode"),
    ];

    [Fact]
    public void APromptNamesParameters() => Assert.Equal(
        [
            "-LearningRate", "Import-ImageDataset -Class", "-Force", "Import-TransferModel -Resize", "-Epochs 3",
            "Add-ClassifierHead -ClassCount 2 -Force", "-ImageSize 8, 9 -Channels 1 (Import-ImageDataset)", "Set-FreezeMode None -Layer",
        ],
        Messages.Select(message => message()));

    [Fact]
    public void AnExperimentNamesKeysAndWhatHasNoKeyAsAPromptDoes()
    {
        using var keys = KeyNames.In("train");
        Assert.Equal(
            [
                "train.learningRate", "data.class", "-Force", "Import-TransferModel -Resize", "train.epochs: 3",
                "head.classCount: 2", "data.imageSize: [8, 9] and data.channels: 1", "freeze.mode: None and freeze.layer",
            ],
            Messages.Select(message => message()));
    }

    [Theory]
    [InlineData("data", "Seed", "data.seed")]
    [InlineData("data.validation", "SkipInvalid", "data.validation.skipInvalid")]
    [InlineData("train", "SkipInvalid", "data.skipInvalid")]
    [InlineData("train.stages[2]", "Epochs", "train.stages.epochs")]
    [InlineData("train.stages[2].first", "LearningRate", "train.stages.learningRate")]
    [InlineData("train.epochs", "Schedule", "train.schedule")]
    [InlineData("evaluate", "Output", "output")]
    [InlineData("head", "BatchSize", "-BatchSize")]
    public void TheSectionAtWorkGoesFirst(string section, string parameter, string name)
    {
        using var keys = KeyNames.In(section);
        Assert.Equal(name, Option.Name(parameter));
    }

    [Fact]
    public void TheVocabularyBeforeComesBack()
    {
        using (KeyNames.In("train"))
        {
            using (Option.Under("Stage"))
            {
                Assert.Equal("train.stages.layer", Option.Name("Layer"));
            }

            using (KeyNames.In("freeze"))
            {
                Assert.Equal("freeze.layer", Option.Name("Layer"));
            }

            Assert.Equal("train.epochs", Option.Name("Epochs"));
        }

        using (Option.Under("Stage"))
        {
            Assert.Equal("-Layer", Option.Name("Layer"));
        }
    }

    [Fact]
    public void AThreadThatAnExperimentStartsNamesKeys()
    {
        using var keys = KeyNames.In("train");
        var named = string.Empty;
        var thread = new Thread(() => named = Option.Name("Epochs"));
        thread.Start();
        thread.Join();
        Assert.Equal("train.epochs", named);
    }

    [Fact]
    public void AnErrorKeepsTheNameOfItsOwnTime()
    {
        PSTransferException fault;
        using (KeyNames.In("train"))
        {
            fault = Assert.Throws<PSTransferException>(() => PSTransferException.Require(false, "Epochs", "must be at least 1"));
        }

        Assert.Equal("train.epochs must be at least 1.", fault.Message);
        Assert.Equal("must be at least 1.", KeyNames.Below(fault, "train.epochs"));
        Assert.Equal(fault.Message, KeyNames.Below(fault, "train.stages"));
        var item = new PSTransferException(FaultKind.InvalidArgument, "Epochs is 0.") { Item = 2, Parameter = "Stage" };
        Assert.Equal("-Stage 2: Epochs is 0.", item.Message);
    }
}
