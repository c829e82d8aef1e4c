using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Hawser.Federation;

namespace Hawser.Net.Hubs;

/// <summary>Asks hubs over HTTP. Nothing that comes back is believed here: it is all signed, and checked by who asked.</summary>
/// <param name="from">The address to ask from; null: any.</param>
internal sealed class HubClient(IPAddress? from = null) : IDisposable
{
    private const int MaxAnswer = 4 << 20; // bytes: a full tile of long entries has two millions
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        ConnectTimeout = TimeSpan.FromSeconds(5),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        ConnectCallback = from is null ? null : (context, cancel) => ConnectAsync(from, context.DnsEndPoint, cancel),
    })
    {
        Timeout = Patience,
        MaxResponseContentBufferSize = MaxAnswer,
    };

    /// <summary>The body of what stands at a path of <see cref="HubPaths"/>; null if the hub has no such thing.</summary>
    /// <exception cref="HawserException">Unreachable, or what the hub said instead.</exception>
    public Task<byte[]?> GetAsync(string url, string path, CancellationToken cancel) =>
        AskAsync(url, new(HttpMethod.Get, url + path), cancel);

    /// <summary>Posts a text.</summary>
    /// <param name="url">The hub's.</param>
    /// <param name="path">Of <see cref="HubPaths"/>.</param>
    /// <param name="body">The text.</param>
    /// <param name="mark">Shows that a user sends it; null for a guest.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task<byte[]> PostAsync(string url, string path, byte[] body, SignOnMark? mark, CancellationToken cancel)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("text/plain", "utf-8");
        var request = new HttpRequestMessage(HttpMethod.Post, url + path) { Content = content };
        if (mark is { } shown) request.Headers.Add(SignOnMark.Header, shown.ToString());
        return await AskAsync(url, request, cancel)
            ?? throw new HawserException(Reason.Failed, $"the hub at {url} does not know {path}", "is it a hub of this version?");
    }

    public void Dispose() => _http.Dispose();

    private static async ValueTask<Stream> ConnectAsync(IPAddress from, DnsEndPoint to, CancellationToken cancel)
    {
        var socket = new Socket(from.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.Bind(new IPEndPoint(from, 0));
            await socket.ConnectAsync(to, cancel).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<byte[]?> AskAsync(string url, HttpRequestMessage request, CancellationToken cancel)
    {
        try
        {
            using (request)
            using (var response = await _http.SendAsync(request, cancel))
            {
                var body = await response.Content.ReadAsByteArrayAsync(cancel);
                return response.StatusCode switch
                {
                    HttpStatusCode.OK or HttpStatusCode.NoContent => body,
                    HttpStatusCode.NotFound => null,
                    HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable =>
                        throw new HawserException(Reason.Refused, $"the hub at {url} says: {OneLine(body)}", "try again at the next tick, or another hub"),
                    _ => throw new HawserException(Reason.Refused, $"the hub at {url} says: {OneLine(body)}"),
                };
            }
        }
        catch (Exception e) when (e is HttpRequestException or UriFormatException || (e is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            throw new HawserException(Reason.Unreachable, $"the hub at {url} does not answer", "is it up, and does this network let you through to it?", e);
        }
    }

    // From outside, for a terminal: no control characters, and not much of it.
    private static string OneLine(byte[] body)
    {
        var text = Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(body.Length, 200)));
        return new string([.. text.TrimEnd().Select(c => char.IsControl(c) ? ' ' : c)]);
    }
}
