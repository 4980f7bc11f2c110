namespace PSTransfer.Core.Tests.Data.Sets;

public class ImageDatasetOptionsTests
{
    public static TheoryData<ImageDatasetOptions, string> Wrong => new()
    {
        { new() { Channels = 2 }, "Channels" },
        { new() { SamplesPerClass = 0 }, "SamplesPerClass" },
        { new() { First = true }, "First" },
        { new() { ImageSize = [] }, "ImageSize" },
        { new() { ImageSize = [0] }, "ImageSize" },
        { new() { ImageSize = [32, 32, 3] }, "ImageSize" },
        { new() { ImageSize = [8193] }, "ImageSize" },
        { new() { Classes = [] }, "Class" },
    };

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public void AValueOutOfRangeNamesItsParameter(ImageDatasetOptions options, string parameter)
    {
        var error = DatasetFiles.Fails(Path.GetTempPath(), options);
        Assert.Equal((FaultKind.InvalidArgument, parameter), (error.Kind, error.Target));
        Assert.Contains($"-{parameter}", error.Message, StringComparison.Ordinal);
    }
}
