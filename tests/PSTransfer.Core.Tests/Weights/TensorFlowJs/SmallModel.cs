using PSTransfer.Core.Weights.TensorFlowJs;

namespace PSTransfer.Core.Tests.Weights.TensorFlowJs;

/// <summary>The models of tests/Fixtures/tensorflowjs/make.mjs, and models put together by hand.</summary>
internal static class SmallModel
{
    public static string Fixture(string name) => Path.Combine(AppContext.BaseDirectory, "Fixtures", "tensorflowjs", name);

    /// <summary>A copy that may be damaged; its model.json.</summary>
    public static string Copy(TempFolder folder, string name)
    {
        foreach (var file in Directory.GetFiles(Fixture(name)))
        {
            folder.File(Path.GetFileName(file), File.ReadAllBytes(file));
        }

        return folder.File("model.json");
    }

    /// <summary>A model.json without topology, and one shard called "weights.bin" where it has bytes.</summary>
    public static string Handmade(TempFolder folder, string weights, string paths = "\"weights.bin\"", params byte[] shard)
    {
        if (shard.Length > 0)
        {
            folder.File("weights.bin", shard);
        }

        return folder.File(
            "model.json", System.Text.Encoding.UTF8.GetBytes($$"""{"weightsManifest":[{"paths":[{{paths}}],"weights":[{{weights}}]}]}"""));
    }

    public static float[] Read(TensorFlowJsFile file, StoredTensor tensor)
    {
        var values = new float[tensor.Shape.Aggregate(1L, (product, size) => product * size)];
        file.Read(tensor, values);
        return values;
    }
}
