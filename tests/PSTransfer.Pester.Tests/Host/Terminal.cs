using System.Text;

namespace PSTransfer.Pester.Tests.Host;

/// <summary>
/// The host at a pseudo terminal, made by util-linux's script: what is typed goes to its keyboard, what it shows is read.
/// </summary>
/// <remarks>
/// script starts the shell that SHELL names. The shell gets Ctrl+C too, and one that waits for the host then ends with 130,
/// whatever the host's exit code was. So the shell is always sh, and exec puts the host in its place.
/// </remarks>
internal sealed class Terminal : IDisposable
{
    private const string WhereIsTheCursor = "\u001b[6n", AtTheTopLeft = "\u001b[1;1R";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly Process _process = Process.Start(new ProcessStartInfo(
        "script", ["--quiet", "--flush", "--return", "--command", $"exec dotnet '{HostProcess.Assembly}' -NoProfile", "/dev/null"])
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        Environment = { ["NO_COLOR"] = "1", ["TERM"] = "xterm", ["SHELL"] = "/bin/sh" },
    })!;

    /// <summary>Reads until this is shown.</summary>
    public async Task Await(string text)
    {
        var seen = await Read(seen => EndsWith(seen, text));
        if (!EndsWith(seen, text))
        {
            throw new InvalidOperationException($"The terminal ended without '{text}':\n{seen}");
        }
    }

    /// <summary>Reads until the prompt waits for keys, which it does once it knows where the cursor is.</summary>
    public Task AwaitPrompt() => Await($"> {WhereIsTheCursor}");

    public async Task Type(string keys)
    {
        await _process.StandardInput.WriteAsync(keys);
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>Reads to the end.</summary>
    public async Task<int> ExitCode()
    {
        await Read(_ => false);
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    /// <summary>Reads what is shown, and answers, as any terminal does, where the cursor is: PowerShell waits for that.</summary>
    private async Task<StringBuilder> Read(Func<StringBuilder, bool> isEnough)
    {
        using var limit = new CancellationTokenSource(Patience);
        var seen = new StringBuilder();
        var next = new char[1];
        try
        {
            while (!isEnough(seen)
                && await _process.StandardOutput.ReadAsync(next, CancellationToken.None).AsTask().WaitAsync(limit.Token) > 0)
            {
                seen.Append(next);
                if (EndsWith(seen, WhereIsTheCursor))
                {
                    await Type(AtTheTopLeft);
                }
            }

            return seen;
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"The terminal hasn't shown what was awaited:\n{seen}");
        }
    }

    private static bool EndsWith(StringBuilder seen, string text) =>
        seen.Length >= text.Length && seen.ToString(seen.Length - text.Length, text.Length) == text;
}
