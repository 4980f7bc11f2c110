namespace PSTransfer.Core.Files;

/// <summary>
/// Gives a finished file its place. Windows refuses that for as long as another program has one of the two files open: a virus scanner, an
/// indexer, a backup, a reader in another process. Most let go within moments, so there it is tried again for about five seconds.
/// </summary>
internal sealed class FileMove
{
    private const int AccessDenied = unchecked((int)0x80070005);     // ERROR_ACCESS_DENIED: also what an open file in the place gives
    internal const int SharingViolation = unchecked((int)0x80070020); // ERROR_SHARING_VIOLATION

    private static readonly FileMove _system = new();
    private static readonly AsyncLocal<FileMove?> _current = new();
    private static readonly int[] _waits = [25, 50, 100, 200, 400, 800, 800, 800, 800, 800];

    /// <summary>What moves files here; a test may set another for the calls that it makes.</summary>
    public static FileMove Current
    {
        get => _current.Value ?? _system;
        set => _current.Value = value;
    }

    /// <summary>How often it is tried at most.</summary>
    public static int MostTries => _waits.Length + 1;

    /// <summary>Whether this system keeps an open file in its place.</summary>
    public bool KeepsOpenFiles { get; init; } = OperatingSystem.IsWindows();

    /// <summary>One try: from, to, and whether a file there is replaced.</summary>
    public Action<string, string, bool> Try { get; init; } = File.Move;

    /// <summary>Whether another program has a file open.</summary>
    public Func<string, bool> IsOpen { get; init; } = IsOpenElsewhere;

    /// <summary>Waits between two tries.</summary>
    public Action<TimeSpan> Wait { get; init; } = Thread.Sleep;

    /// <summary>Moves a file.</summary>
    /// <exception cref="HeldFileException">Another program has kept it from that all the time.</exception>
    /// <exception cref="IOException">As File.Move throws it, and UnauthorizedAccessException.</exception>
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
    /// Access is denied by permissions too, of which only the file's own attribute can be told from an open file without waiting.
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

/// <summary>Another program has a file open, which Windows doesn't replace then.</summary>
internal sealed class HeldFileException(Exception inner) : IOException("another program has the file open", inner);
