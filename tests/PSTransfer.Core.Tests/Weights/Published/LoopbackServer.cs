using System.Net;
using System.Net.Sockets;

namespace PSTransfer.Core.Tests.Weights.Published;

/// <summary>
/// A web server on this machine, on a port of the system's choice, whose answers a test gives one by one; the last one stays. One request
/// at a time.
/// </summary>
public sealed class LoopbackServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<Request> _requests = [];
    private readonly Answer[] _answers;
    private readonly Thread _thread;

    public LoopbackServer(params Answer[] answers)
    {
        _answers = answers;
        _listener.Start();
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");
        _thread = new Thread(Serve) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>Writes an answer; the connection is closed when it returns.</summary>
    public delegate void Answer(Request request, Stream client);

    public Uri Address { get; }

    public IReadOnlyList<Request> Requests
    {
        get
        {
            lock (_requests)
            {
                return [.. _requests];
            }
        }
    }

    /// <summary>An answer without content.</summary>
    public static Answer Status(string status, params string[] headers) =>
        (_, client) => Write(client, status, [.. headers, "Content-Length: 0"]);

    /// <summary>A file.</summary>
    /// <param name="content">Its bytes.</param>
    /// <param name="tag">Its entity tag; null for none.</param>
    /// <param name="ranges">Whether the server knows ranges.</param>
    /// <param name="cut">At which byte of the file the connection ends; null for the last one.</param>
    /// <param name="announce">Whether the length is said beforehand.</param>
    /// <param name="stall">Whether the connection stays open, without a byte, until the client gives up.</param>
    public static Answer File(
        byte[] content, string? tag = "\"one\"", bool ranges = true, int? cut = null, bool announce = true, bool stall = false) =>
        (request, client) =>
        {
            var from = ranges && tag is not null && request["If-Range"] == tag && request["Range"] is { } range
                ? int.Parse(range["bytes=".Length..^1], CultureInfo.InvariantCulture)
                : 0;
            List<string> headers = [];
            if (announce)
            {
                headers.Add($"Content-Length: {content.Length - from}");
            }

            if (tag is not null)
            {
                headers.Add($"ETag: {tag}");
            }

            if (from > 0)
            {
                headers.Add($"Content-Range: bytes {from}-{content.Length - 1}/{content.Length}");
            }

            Write(client, from > 0 ? "206 Partial Content" : "200 OK", [.. headers]);
            client.Write(content.AsSpan(from..Math.Max(from, cut ?? content.Length)));
            if (stall)
            {
                client.ReadByte(); // the client's end of it
            }
        };

    public static void Write(Stream client, string status, params string[] headers) =>
        client.Write(
            Encoding.ASCII.GetBytes(
                $"HTTP/1.1 {status}\r\n{string.Concat(headers.Select(header => header + "\r\n"))}Connection: close\r\n\r\n"));

    public void Dispose()
    {
        _listener.Stop();
        _thread.Join();
    }

    private void Serve()
    {
        while (true)
        {
            try
            {
                using var connection = _listener.AcceptTcpClient();
                using var stream = connection.GetStream();
                if (Read(stream) is not { } request)
                {
                    continue;
                }

                int count;
                lock (_requests)
                {
                    _requests.Add(request);
                    count = _requests.Count;
                }

                _answers[Math.Min(count, _answers.Length) - 1](request, stream);
            }
            catch (IOException)
            {
                // The client has gone.
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException or InvalidOperationException)
            {
                return; // stopped
            }
        }
    }

    private static Request? Read(Stream stream)
    {
        var head = new StringBuilder();
        while (head.Length < 4 || head.ToString(head.Length - 4, 4) != "\r\n\r\n")
        {
            if (stream.ReadByte() is not (>= 0 and var next))
            {
                return null;
            }

            head.Append((char)next);
        }

        var lines = head.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        return new Request(
            lines[0],
            lines
                .Skip(1)
                .Select(line => line.Split(": ", 2))
                .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase));
    }

    /// <summary>What a client asked.</summary>
    /// <param name="Line">GET /a.pth HTTP/1.1</param>
    /// <param name="Headers">By name.</param>
    public sealed record Request(string Line, IReadOnlyDictionary<string, string> Headers)
    {
        public string? this[string header] => Headers.GetValueOrDefault(header);
    }
}
