using System.Management.Automation;
using PSTransfer.Core;

namespace PSTransfer.Binding;

/// <summary>Turns typed or piped paths into full paths of the file system, or says why it can't.</summary>
internal sealed class FilePaths(PSCmdlet cmdlet)
{
    private const string Advice = "Check the path; -LiteralPath takes names with [ ] as they are.";

    /// <summary>Marks a path that is taken literally. No path can contain this character.</summary>
    private const char Literal = '\0';

    private PathIntrinsics Paths => cmdlet.SessionState.Path;

    /// <summary>Makes a value of -Path that is taken literally, whatever characters the path has.</summary>
    public static string Literally(string path) => Literal + path;

    /// <summary>The full path of a file, whether or not it exists.</summary>
    /// <exception cref="PSTransferException">NotFound (there is no such drive), or InvalidArgument.</exception>
    public string Target(string path) => Explained(path, () =>
    {
        var full = Paths.GetUnresolvedProviderPathFromPSPath(path, out var provider, out _);
        return FileSystemOnly(full, provider, path);
    });

    /// <summary>The files and folders that a path stands for: at least one, with wildcards any number.</summary>
    /// <exception cref="PSTransferException">NotFound or InvalidArgument.</exception>
    public IReadOnlyList<string> Sources(string path, bool literal)
    {
        if (literal || path is [Literal, ..])
        {
            return [Target(path.TrimStart(Literal))];
        }

        var found = Explained<IReadOnlyList<string>>(
            path,
            () => FileSystemOnly(Paths.GetResolvedProviderPathFromPSPath(path, out var provider), provider, path),
            full => [full]);
        return found.Count > 0
            ? found
            : throw new PSTransferException(FaultKind.NotFound, $"'{Target(path)}' matches nothing. {Advice}", path);
    }

    private static T FileSystemOnly<T>(T found, ProviderInfo provider, string path) =>
        provider.Name.Equals("FileSystem", StringComparison.OrdinalIgnoreCase)
        ? found
        : throw new PSTransferException(
            FaultKind.InvalidArgument, $"'{path}' is in {provider.Name}, not in the file system: name a file or folder.", path);

    private string Explained(string path, Func<string> resolve) => Explained(path, resolve, full => full);

    /// <summary>
    /// Lets PowerShell resolve a path. An exception becomes an error about this path, and the paths after it are still processed.
    /// </summary>
    private T Explained<T>(string path, Func<T> resolve, Func<string, T> ofFile)
    {
        if (string.IsNullOrWhiteSpace(path))
        {
            throw new PSTransferException(FaultKind.InvalidArgument, "The path is empty: name a file or folder.", path);
        }

        try
        {
            return resolve();
        }
        catch (ItemNotFoundException exception)
        {
            throw new PSTransferException(FaultKind.NotFound, $"'{Target(path)}' doesn't exist. {Advice}", path, exception);
        }
        catch (Exception exception) when (exception is System.Management.Automation.DriveNotFoundException or ProviderNotFoundException)
        {
            // Outside Windows, a colon may be part of a file's name.
            var full = Path.Combine(Paths.CurrentFileSystemLocation.ProviderPath, path);
            return Path.Exists(full)
                ? ofFile(full)
                : throw new PSTransferException(FaultKind.NotFound, $"'{path}' {NoDrive(path)}", path, exception);
        }
        catch (Exception exception) when (exception
            is RuntimeException or ArgumentException or NotSupportedException or IOException or UnauthorizedAccessException)
        {
            throw new PSTransferException(
                FaultKind.InvalidArgument, $"'{path}' can't be used as a path: {exception.Message}", path, exception);
        }
    }

    private static string NoDrive(string path) => path.Contains("://", StringComparison.Ordinal)
        ? "is a web address; expected a file or folder. Download it first."
        : $"names the drive or provider '{path[..path.IndexOf(':', StringComparison.Ordinal)]}', which doesn't exist here. "
            + "Check the path; Get-PSDrive lists the drives.";
}
