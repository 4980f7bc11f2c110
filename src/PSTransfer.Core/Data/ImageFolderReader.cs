namespace PSTransfer.Core.Data;

/// <summary>
/// Reads a folder with one subfolder per class, sorted by name (ordinally, whatever the culture). Images in nested folders belong to the class;
/// names that begin with a dot are left alone, as are files of other types.
/// </summary>
internal static class ImageFolderReader
{
    private const int ReasonsShown = 5;
    private static readonly string[] UnreadableImages = [".gif", ".tif", ".tiff", ".heic", ".avif", ".jp2"];

    public static LabeledImages Read(string path, ImageDatasetOptions options, CancellationToken token)
    {
        if (File.Exists(path))
        {
            throw new PSTransferException(FaultKind.InvalidArgument, $"{path}: expected a folder with one subfolder per class, found a file.", path);
        }

        var folders = Subfolders(path);
        if (folders.Length == 0)
        {
            var images = Directory.EnumerateFiles(path).Count(ImageDecoder.IsImageName);
            throw new PSTransferException(
                FaultKind.NotFound,
                $"{path}: expected one subfolder per class (as in {Path.GetFileName(path)}/cat/1.jpg and {Path.GetFileName(path)}/dog/2.jpg), found no subfolder and {images} images.",
                path);
        }

        string[] names = [.. folders.Select(folder => Path.GetFileName(folder))];
        var wanted = ClassChoice.Resolve(names, options.Classes, path);
        PathList files = [];
        var counts = new int[wanted.Length];
        List<string> skipped = [];
        PathList ignored = [];
        for (var label = 0; label < wanted.Length; label++)
        {
            var number = wanted[label];
            PathList images = [];
            Collect(folders[number], images, ignored, token);
            if (options.SkipInvalid)
            {
                images = [.. images.Where(image => !IsBroken(image, skipped, token))];
            }

            if (images.Count == 0)
            {
                throw new PSTransferException(
                    FaultKind.NotFound,
                    $"{folders[number]}: class '{names[number]}' has no image that can be read: expected JPEG, PNG, BMP or WebP files, found {(skipped.Count > 0 ? $"only broken ones ({skipped[0]})" : "none")}. Add images, or choose classes with -Class.",
                    folders[number]);
            }

            var taken = SampleChoice.Take(images, names[number], number, options, path);
            foreach (var image in taken)
            {
                files.Add(image);
                YoungGarbage.Limit();
            }

            counts[label] = taken.Count;
        }

        return LabeledImages.FromFiles(path, [.. wanted.Select(number => names[number])], files, Labels(counts), options, skipped.Count, Warnings(path, files.Count, skipped, ignored));
    }

    private static int[] Labels(int[] counts)
    {
        var labels = new int[counts.Sum()];
        var first = 0;
        foreach (var (label, count) in counts.Index())
        {
            labels.AsSpan(first, count).Fill(label);
            first += count;
        }

        return labels;
    }

    private static string[] Subfolders(string path) =>
        [.. Directory.GetDirectories(path).Where(folder => !Path.GetFileName(folder).StartsWith('.')).Order(StringComparer.Ordinal)];

    private static void Collect(string folder, PathList images, PathList ignored, CancellationToken token)
    {
        token.ThrowIfCancellationRequested();
        foreach (var file in Directory.EnumerateFiles(folder).Where(file => !Path.GetFileName(file.AsSpan()).StartsWith('.')))
        {
            if (ImageDecoder.IsImageName(file))
            {
                images.Add(file);
            }
            else if (UnreadableImages.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase))
            {
                ignored.Add(file);
            }

            YoungGarbage.Limit();
        }

        images.SortLastFolder();
        ignored.SortLastFolder();
        foreach (var subfolder in Subfolders(folder))
        {
            if (Directory.ResolveLinkTarget(subfolder, returnFinalTarget: true) is { } link
                && (folder + Path.DirectorySeparatorChar).StartsWith(link.FullName + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            {
                throw new PSTransferException(FaultKind.InvalidData, $"{subfolder}: this link leads back to a folder that holds it; remove it.", subfolder);
            }

            Collect(subfolder, images, ignored, token);
        }
    }

    private static bool IsBroken(string image, List<string> reasons, CancellationToken token)
    {
        token.ThrowIfCancellationRequested();
        try
        {
            ImageDecoder.Decode(image).Dispose();
            return false;
        }
        catch (PSTransferException broken)
        {
            reasons.Add(broken.Message);
            return true;
        }
    }

    private static string[] Warnings(string path, int taken, List<string> skipped, PathList ignored)
    {
        List<string> warnings = [];
        if (skipped.Count > 0)
        {
            var more = skipped.Count > ReasonsShown ? $" (and {skipped.Count - ReasonsShown} more)" : "";
            warnings.Add($"{path}: {skipped.Count} broken images were skipped, {taken} were taken. {string.Join(" ", skipped.Take(ReasonsShown))}{more}");
        }

        if (ignored.Count > 0)
        {
            warnings.Add($"{path}: {ignored.Count} images of types that can't be read were left out (JPEG, PNG, BMP and WebP can), the first of them {ignored[0]}.");
        }

        return [.. warnings];
    }
}
