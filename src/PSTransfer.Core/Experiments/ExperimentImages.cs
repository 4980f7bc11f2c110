using System.Security.Cryptography;
using System.Text;
using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Experiments.Keys;

namespace PSTransfer.Core.Experiments;

/// <summary>The images of a run.</summary>
/// <param name="Training">The images to train on.</param>
/// <param name="Validation">The images to validate on; null for none.</param>
internal sealed record ExperimentImages(LabeledImages Training, LabeledImages? Validation)
{
    /// <summary>Imports the images that a run's settings name.</summary>
    /// <param name="data">The settings.</param>
    /// <param name="faultOf">Makes the exception for a fault in a section.</param>
    /// <param name="token">Cancels the import.</param>
    public static ExperimentImages Import(
        DataSettings data, Func<string, PSTransferException, Exception> faultOf, CancellationToken token)
    {
        var all = In("data", () => data.Import(token));
        if (data.Split is { } split)
        {
            var (training, validation) = In("data.split", () => all.Split(split.Validation, split.Seed));
            return new ExperimentImages(training, validation);
        }

        return new ExperimentImages(all, data.Validation is not { } own ? null
            : own == DataSettings.Same ? all : In("data.validation", () => own.Import(token)));

        T In<T>(string section, Func<T> read)
        {
            using var keys = KeyNames.In(section);
            try
            {
                return read();
            }
            catch (PSTransferException fault)
            {
                throw faultOf(section, fault);
            }
        }
    }

    /// <summary>Computes SHA-256 over classes, labels and the images' content, as hexadecimal digits.</summary>
    /// <param name="report">Takes the name of what is read, and the share that is done, 0 to 1.</param>
    /// <param name="token">Checked at each image.</param>
    public string Hash(Action<string, double> report, CancellationToken token)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var images in new[] { Training, Validation }.OfType<LabeledImages>())
        {
            var labels = string.Join(',', Enumerable.Range(0, images.Count).Select(images.LabelOf));
            hash.AppendData(Encoding.UTF8.GetBytes($"{string.Join('\n', images.Classes)}\n{labels}\n"));
            images.AddContent(hash, report, token);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
