namespace PSTransfer.Core.Tests.Networks.Layers;

/// <summary>The garbage collector at work all the time, beside a test: it must find nothing that libtorch still reads.</summary>
internal sealed class BusyCollector : IDisposable
{
    private readonly CancellationTokenSource _done = new();
    private readonly Thread _thread;

    public BusyCollector()
    {
        _thread = new Thread(() =>
        {
            while (!_done.IsCancellationRequested)
            {
                GC.Collect(0);
            }
        });
        _thread.Start();
    }

    public void Dispose()
    {
        _done.Cancel();
        _thread.Join();
        _done.Dispose();
    }
}
