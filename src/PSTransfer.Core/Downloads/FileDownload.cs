using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace PSTransfer.Core.Downloads;

/// <summary>
/// Downloads one file over HTTP, in as many attempts as needed until it is whole. A download that was cut off is resumed (RFC 9110, 14.2,
/// with If-Range). A passing fault of server or line is tried again; every other one is an error.
/// </summary>
/// <param name="file">Describes the file.</param>
/// <param name="fault">Words the errors.</param>
/// <param name="address">The file's address.</param>
/// <param name="part">Receives the content.</param>
/// <param name="patience">How long to wait.</param>
/// <param name="route">Another way to the server than a direct one; null for none.</param>
internal sealed class FileDownload(
    IPublishedFile file, IDownloadFault fault, Uri address, PartFile part, DownloadPatience patience, DownloadRoute? route = null)
{
    private const int BufferSize = 1 << 17;
    private const int MostRedirects = 5;

    private long _reported;

    /// <summary>Downloads the file; returns when the part file is complete and correct.</summary>
    /// <param name="progress">Receives the bytes that have arrived and the total. The total is null if the server names no length.</param>
    /// <param name="token">Stops the download; the part file keeps what has arrived.</param>
    /// <exception cref="PSTransferException">NotAvailable, InvalidData or WriteFailed.</exception>
    public void Run(Action<long, long?>? progress, CancellationToken token)
    {
        using var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false, // each address is checked first
            UseCookies = false,
            MaxResponseDrainSize = 0, // an abandoned response is closed, not read to its end
            Proxy = new OutwardProxy(),
            ConnectTimeout = patience.Stall,
        };
        using var client = new HttpClient(route?.Handler ?? handler, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("PSTransfer", null));
        for (var failures = 0; Attempt(client, progress, token) is { } trouble; failures++)
        {
            if (failures == patience.Waits.Count)
            {
                throw fault.Unavailable($"{trouble} (tried {failures + 1} times)");
            }

            patience.Wait(patience.Waits[failures], token);
        }
    }

    /// <summary>Makes one attempt. Returns null when the file is complete, or describes a fault that may pass by itself.</summary>
    private string? Attempt(HttpClient client, Action<long, long?>? progress, CancellationToken token)
    {
        try
        {
            using var response = Ask(client, token);
            if ((int)response.StatusCode is >= 500 or 408 or 429)
            {
                return $"the server answers {Status(response)}";
            }

            return response.StatusCode switch
            {
                HttpStatusCode.OK => TakeAll(response, progress, token),
                HttpStatusCode.PartialContent => TakeRest(response, progress, token),
                HttpStatusCode.RequestedRangeNotSatisfiable when part.Length > 0 => Check(resumed: true, token),
                _ => throw fault.Unavailable($"the server answers {Status(response)}"),
            };
        }
        catch (OperationCanceledException) when (!token.IsCancellationRequested)
        {
            return string.Create(CultureInfo.InvariantCulture, $"the server sent nothing for {patience.Stall.TotalSeconds:0.###} s");
        }
        catch (HttpRequestException exception) when (exception.HttpRequestError
                is HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError
                or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError)
        {
            throw fault.Unavailable($"there is no way to the server ({exception.Message.TrimEnd('.')})", exception);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            return string.Create(CultureInfo.InvariantCulture, $"the connection was cut off at {part.Length:N0} bytes");
        }
    }

    private HttpResponseMessage Ask(HttpClient client, CancellationToken token)
    {
        var there = address;
        for (var redirects = 0; ; redirects++)
        {
            if (!Mirror.IsSafe(there) && route is not { AllowsHttp: true })
            {
                throw fault.Unavailable($"{(redirects > 0 ? "the server sends us on to" : "it is at")} {there}, which is not https://");
            }

            var response = Send(client, there, token);
            if ((int)response.StatusCode is not (301 or 302 or 303 or 307 or 308) || response.Headers.Location is not { } next)
            {
                return response;
            }

            response.Dispose();
            there = new Uri(there, next);
            if (redirects == MostRedirects)
            {
                throw fault.Unavailable($"the server sends us on more than {MostRedirects} times, at last to {there}");
            }
        }
    }

    private HttpResponseMessage Send(HttpClient client, Uri there, CancellationToken token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, there);
        if (there.UserInfo.Length > 0)
        {
            var login = Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(there.UserInfo)));
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", login);
        }

        request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
        if (part.Tag is { } tag && EntityTagHeaderValue.TryParse(tag, out var known))
        {
            request.Headers.Range = new RangeHeaderValue(part.Length, null);
            request.Headers.IfRange = new RangeConditionHeaderValue(known);
        }
        else if (file.IsPinned && part.Length > 0)
        {
            request.Headers.Range = new RangeHeaderValue(part.Length, null);
        }

        return InTime(stop => client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop), token);
    }

    private string? TakeAll(HttpResponseMessage response, Action<long, long?>? progress, CancellationToken token)
    {
        RequireLength(response.Content.Headers.ContentLength);

        // A weak tag says "as good as", which isn't enough to put two halves together.
        part.StartOver(response.Headers.ETag is { IsWeak: false } tag ? tag.ToString() : null);
        return Take(response, response.Content.Headers.ContentLength, resumed: false, progress, token);
    }

    private string? TakeRest(HttpResponseMessage response, Action<long, long?>? progress, CancellationToken token)
    {
        var range = response.Content.Headers.ContentRange;
        if (part.Length == 0 || range?.From != part.Length)
        {
            part.StartOver(null);
            return "the server sends another part than it was asked for";
        }

        RequireLength(range.Length);
        return Take(response, range.Length, resumed: true, progress, token);
    }

    private void RequireLength(long? announced)
    {
        if (announced < file.LeastLength || announced > file.MostLength)
        {
            throw fault.Refused(string.Create(CultureInfo.InvariantCulture, $"the server announces {announced:N0} bytes"));
        }
    }

    private string? Take(HttpResponseMessage response, long? total, bool resumed, Action<long, long?>? progress, CancellationToken token)
    {
        using var stream = InTime(response.Content.ReadAsStreamAsync, token);
        var buffer = new byte[BufferSize];
        progress?.Invoke(part.Length, total);
        for (int read; (read = InTime(stop => stream.ReadAsync(buffer, stop).AsTask(), token)) > 0;)
        {
            if (part.Length + read > file.MostLength)
            {
                part.StartOver(null);
                throw fault.Refused("the server sends more bytes than that");
            }

            part.Append(buffer, read);
            Report(progress, total);
        }

        progress?.Invoke(part.Length, total);
        return part.Length < (total ?? file.LeastLength)
            ? string.Create(CultureInfo.InvariantCulture, $"the connection was cut off at {part.Length:N0} bytes")
            : Check(resumed, token);
    }

    private void Report(Action<long, long?>? progress, long? total)
    {
        if (progress is not null && (_reported == 0 || patience.Clock.GetElapsedTime(_reported) >= patience.Report))
        {
            _reported = patience.Clock.GetTimestamp();
            progress(part.Length, total);
        }
    }

    private string? Check(bool resumed, CancellationToken token)
    {
        if (file.FindFault(part.Content, token) is not { } wrong)
        {
            return null;
        }

        part.StartOver(null);
        return resumed ? $"the parts did not go together: {wrong}" : throw fault.Refused(wrong);
    }

    /// <summary>
    /// Waits synchronously, so that progress is reported on the calling thread, the only one that a cmdlet may write from.
    /// </summary>
    private T InTime<T>(Func<CancellationToken, Task<T>> start, CancellationToken token)
    {
        using var stall = new CancellationTokenSource(patience.Stall, patience.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(token, stall.Token);
        return start(either.Token).GetAwaiter().GetResult();
    }

    private static string Status(HttpResponseMessage response) => $"{(int)response.StatusCode} {response.ReasonPhrase}".TrimEnd();
}

/// <summary>A way to a server that the caller has set up.</summary>
/// <param name="Handler">Knows proxies and credentials, and follows redirects itself. The caller keeps its ownership.</param>
/// <param name="AllowsHttp">Whether plain http:// is accepted.</param>
internal sealed record DownloadRoute(HttpMessageHandler Handler, bool AllowsHttp);
