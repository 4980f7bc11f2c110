using System.Security.Cryptography;
using System.Text;
using PSTransfer.Core.Data.Sets;

namespace PSTransfer.Core.Experiments;

/// <summary>The images of a run.</summary>
/// <param name="Training">To train on.</param>
/// <param name="Validation">To validate on; null for none.</param>
internal sealed record ExperimentImages(LabeledImages Training, LabeledImages? Validation)
{
    /// <summary>Imports what a run's settings name.</summary>
    /// <exception cref="PSTransferException">The training images can't be had; for the validation images <paramref name="validationFault"/> is asked.</exception>
    public static ExperimentImages Import(DataSettings data, Func<PSTransferException, Exception> validationFault, CancellationToken token)
    {
        var all = data.Import(token);
        if (data.Split is { } split)
        {
            var (training, validation) = all.Split(split.Validation, split.Seed);
            return new ExperimentImages(training, validation);
        }

        try
        {
            return new ExperimentImages(all, data.Validation is not { } own ? null : own == DataSettings.Same ? all : own.Import(token));
        }
        catch (PSTransferException fault)
        {
            throw validationFault(fault);
        }
    }

    /// <summary>SHA-256 over classes, labels and the images' content, as hexadecimal digits.</summary>
    /// <param name="report">Told what is read, and how much of it is done, 0 to 1.</param>
    /// <param name="token">Checked at each image.</param>
    public string Hash(Action<string, double> report, CancellationToken token)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var images in new[] { Training, Validation }.OfType<LabeledImages>())
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{string.Join('\n', images.Classes)}\n{string.Join(',', Enumerable.Range(0, images.Count).Select(images.LabelOf))}\n"));
            images.AddContent(hash, report, token);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
