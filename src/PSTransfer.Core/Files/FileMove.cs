namespace PSTransfer.Core.Files;

/// <summary>
/// Gives a finished file its final name. Windows refuses that while another program has one of the two files open: a virus scanner, an
/// indexer, a backup, a reader in another process. Most programs close the file within moments, so the move is tried again for about five
/// seconds.
/// </summary>
internal sealed class FileMove
{
    private const int AccessDenied = unchecked((int)0x80070005);     // ERROR_ACCESS_DENIED: also for an open target file
    internal const int SharingViolation = unchecked((int)0x80070020); // ERROR_SHARING_VIOLATION

    private static readonly FileMove _system = new();
    private static readonly AsyncLocal<FileMove?> _current = new();
    private static readonly int[] _waits = [25, 50, 100, 200, 400, 800, 800, 800, 800, 800];

    /// <summary>The mover in use; a test may set another one for its own calls.</summary>
    public static FileMove Current
    {
        get => _current.Value ?? _system;
        set => _current.Value = value;
    }

    /// <summary>The largest number of attempts.</summary>
    public static int MostTries => _waits.Length + 1;

    /// <summary>Whether this system refuses to replace open files.</summary>
    public bool KeepsOpenFiles { get; init; } = OperatingSystem.IsWindows();

    /// <summary>Makes one attempt. The arguments are source, target, and whether an existing target is replaced.</summary>
    public Action<string, string, bool> Try { get; init; } = File.Move;

    /// <summary>Whether another program has a file open.</summary>
    public Func<string, bool> IsOpen { get; init; } = IsOpenElsewhere;

    /// <summary>Waits between two attempts.</summary>
    public Action<TimeSpan> Wait { get; init; } = Thread.Sleep;

    /// <summary>Moves a file.</summary>
    /// <exception cref="HeldFileException">Another program had the file open at every attempt.</exception>
    /// <exception cref="IOException">The errors of File.Move, which may also be an UnauthorizedAccessException.</exception>
    public void Move(string from, string to, bool overwrite)
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                Try(from, to, overwrite);
                return;
            }
            catch (Exception error) when (MayBeHeld(error, to))
            {
                if (tries == _waits.Length)
                {
                    throw error.HResult == SharingViolation || IsOpen(to) ? new HeldFileException(error) : error;
                }
            }

            Wait(TimeSpan.FromMilliseconds(_waits[tries]));
        }
    }

    /// <summary>
    /// Whether the error may come from an open file. Permissions deny access with the same error. Without waiting, only the read-only
    /// attribute can be told apart from an open file.
    /// </summary>
    private bool MayBeHeld(Exception error, string to) => KeepsOpenFiles
        && (error.HResult == SharingViolation || (error.HResult == AccessDenied && !IsReadOnly(to)));

    private static bool IsReadOnly(string path) => new FileInfo(path) is { Exists: true, IsReadOnly: true };

    private static bool IsOpenElsewhere(string path)
    {
        try
        {
            File.OpenHandle(path, share: FileShare.None).Dispose();
            return false;
        }
        catch (IOException error)
        {
            return error.HResult == SharingViolation;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }
}

/// <summary>The error for a file that another program has open, so that Windows won't replace it.</summary>
internal sealed class HeldFileException(Exception inner) : IOException("another program has the file open", inner);
