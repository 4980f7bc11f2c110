using System.Text.Json.Nodes;

namespace PSTransfer.Core.Tests.Models;

/// <summary>
/// A resnet20, the smallest backbone that a file can name, with something unusual in every field; and its file taken apart.
/// </summary>
internal static class SmallModelFile
{
    public static TransferNetwork Network()
    {
        var network = TransferNetwork.Create(BackboneCatalogue.Find("resnet20"), new ImageShape(12, 9, 3), seed: 5);
        network.SetHead(new Head { ClassCount = 3, Pooling = Pooling.Flatten, HiddenUnits = [7, 5], Dropout = 0.25 }, seed: 6);
        network.Name = "näme [1]";
        network.SetPixels(network.Pixels with { Preprocessing = Preprocessing.Tf, Resize = ResizeRule.Pad }, areFixed: true);
        network.Classes = ["cat", "Hund", "魚"];
        network.History = [
            new EpochRecord(1, 7, 0.1, 0.2, 0.3, 0.4, 1e-3, 2.5), new EpochRecord(2, 7, 1.0 / 3, 0.2, null, null, 1e-300, 0)
        ];
        network.Reference = new Reference(
            "PSTransfer 0.1.0, plan9-x86",
            "12×9×3, Pad, Tf",
            null,
            [new ReferencePicture("魚/[1].png", "魚", "ab", 7, "cd", [0.25f, 1f / 3, float.Epsilon])]);
        new FreezePlan { Mode = FreezeMode.Legacy, First = 10 }.Apply(network);
        new FreezePlan { Mode = FreezeMode.Statistics, LayerPatterns = ["layer3*"] }.Apply(network);
        var norm = network.BatchNorms.First();
        (norm.Momentum, norm.Estimator, norm.Epsilon) = (1.0 / 3, VarianceEstimator.KerasFused, 1e-3);
        return network;
    }

    /// <summary>The file's bytes with the model's description changed.</summary>
    public static byte[] WithDescription(byte[] file, Action<JsonObject> edit) => WithHeader(file, header =>
    {
        var metadata = header["__metadata__"]!.AsObject();
        var description = JsonNode.Parse((string)metadata["pstransfer"]!)!.AsObject();
        edit(description);
        metadata["pstransfer"] = description.ToJsonString();
    });

    /// <summary>The file's bytes with the description replaced by any text.</summary>
    public static byte[] WithDescription(byte[] file, string text) =>
        WithHeader(file, header => header["__metadata__"]!["pstransfer"] = text);

    public static string Description(byte[] file) => (string)Header(file)["__metadata__"]!["pstransfer"]!;

    /// <summary>The file's bytes with the header changed and its length put right.</summary>
    public static byte[] WithHeader(byte[] file, Action<JsonObject> edit)
    {
        var header = Header(file);
        edit(header);
        var text = Encoding.UTF8.GetBytes(header.ToJsonString());
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, text.Length);
        return [.. length, .. text, .. file.AsSpan(HeaderEnd(file))];
    }

    /// <summary>Where the tensors' data begin.</summary>
    public static int HeaderEnd(byte[] file) => 8 + (int)BinaryPrimitives.ReadInt64LittleEndian(file);

    private static JsonObject Header(byte[] file) => JsonNode.Parse(file.AsSpan(8, HeaderEnd(file) - 8))!.AsObject();
}
