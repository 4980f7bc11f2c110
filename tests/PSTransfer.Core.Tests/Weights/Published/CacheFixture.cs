using System.Security.Cryptography;
using PSTransfer.Core.Weights.Published;

namespace PSTransfer.Core.Tests.Weights.Published;

/// <summary>A cache in a folder of its own, that waits without waiting, and a file of 100,000 bytes to put into it.</summary>
internal sealed class CacheFixture : IDisposable
{
    private const int Length = 100_000;

    public CacheFixture()
    {
        Patience = new DownloadPatience { Clock = Clock, Looks = 3, Wait = (time, _) => Waited.Add(time) };
        Content = new byte[Length];
        new Random(1).NextBytes(Content);
    }

    public string Folder { get; } = Path.Combine(Directory.CreateTempSubdirectory("pstransfer").FullName, "cache");

    public byte[] Content { get; }

    public List<TimeSpan> Waited { get; } = [];

    public List<long> Reported { get; } = [];

    public TestClock Clock { get; } = new();

    public DownloadPatience Patience { get; init; }

    public string Target => Path.Combine(Folder, "weights-test.pth");

    public string Part => Target + ".part";

    public PublishedHash Hash => new(PublishedHashKind.Sha256Start, Convert.ToHexStringLower(SHA256.HashData(Content))[..8]);

    /// <summary>The file as somebody on the server's address publishes it.</summary>
    public PublishedWeights At(Uri server) =>
        new() { Name = "test", Address = new Uri(server, "models/weights-test.pth"), Hash = Hash, Bytes = Length };

    public string Fetch(LoopbackServer server, bool force = false) => Fetch(At(server.Address), force);

    public string Fetch(PublishedWeights weights, bool force = false, string? mirror = null) =>
        new WeightCache(Folder, mirror, Patience).Fetch(
            weights, (done, _) => Reported.Add(done), TestContext.Current.CancellationToken, force);

    public PSTransferException Fails(LoopbackServer server) => Fails(At(server.Address));

    /// <summary>
    /// The error of a fetch that must fail, after a look at what every such error has to say, and that nothing half is left under the
    /// file's name.
    /// </summary>
    public PSTransferException Fails(PublishedWeights weights)
    {
        var error = Assert.Throws<PSTransferException>(() => Fetch(weights));
        Assert.StartsWith($"{Target}: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(weights.Address.ToString(), error.Message, StringComparison.Ordinal);
        Assert.Contains(weights.Expected, error.Message, StringComparison.Ordinal);
        Assert.Contains("by hand", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Target));
        return error;
    }

    public void AssertWhole(string path)
    {
        Assert.Equal(Target, path);
        Assert.Equal(Content, File.ReadAllBytes(path));
        Assert.Equal([Target], Directory.GetFiles(Folder)); // neither .part nor anything else
    }

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(Folder)!, recursive: true);

    /// <summary>
    /// A clock on which a second goes by at every look, and whose alarms ring when the test says so, and at no other time.
    /// </summary>
    internal sealed class TestClock : TimeProvider
    {
        private long _now;

        public Func<bool> Rings { get; set; } = () => false;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => ++_now;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (Rings())
            {
                ThreadPool.QueueUserWorkItem(_ => callback(state));
            }

            return new Alarm();
        }

        private sealed class Alarm : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
