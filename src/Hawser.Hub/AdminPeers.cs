using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Hawser.Federation;
using Hawser.Hub.Http;

namespace Hawser.Hub;

/// <summary>Asks the other admins over HTTP. Nothing that they answer is believed here: the machine checks it.</summary>
internal sealed class AdminPeers : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10); // hub-http.md §6

    private readonly HttpClient _http;
    private readonly CancellationTokenSource _stopping = new();
    private long _failed;

    public AdminPeers()
    {
        // Connections are kept, few, and renewed now and then so that a changed DNS entry is noticed.
        _http = new(new SocketsHttpHandler
        {
            AllowAutoRedirect = false, UseCookies = false, MaxConnectionsPerServer = 8,
            ConnectTimeout = TimeSpan.FromSeconds(5), PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        })
        {
            Timeout = Timeout.InfiniteTimeSpan, // each request has its own
        };
    }

    /// <summary>Requests that came to nothing.</summary>
    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>Null if there was no answer of this protocol.</summary>
    public async Task<(AdminStatus? Status, byte[] Body)> AskAsync(Member member, AdminVerb verb, byte[] body)
    {
        try
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
            patience.CancelAfter(Patience);
            using var request = RequestFor(member.Url, verb, body);
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token).ConfigureAwait(false);
            AdminStatus? status = response.StatusCode switch
            {
                HttpStatusCode.OK or HttpStatusCode.NoContent => AdminStatus.Ok,
                HttpStatusCode.BadRequest => AdminStatus.Refused,
                HttpStatusCode.NotFound => AdminStatus.NotFound,
                HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests => AdminStatus.Busy,
                _ => null,
            };
            var answer = await ReadAsync(response.Content, MaxAnswer(verb), patience.Token).ConfigureAwait(false);
            if (status is null || answer is null) Interlocked.Increment(ref _failed);
            return answer is null ? (null, []) : (status, answer);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException or ObjectDisposedException)
        {
            Interlocked.Increment(ref _failed);
            return (null, []);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopping.Cancel();
        _http.Dispose();
        _stopping.Dispose();
    }

    private static HttpRequestMessage RequestFor(string url, AdminVerb verb, byte[] body)
    {
        var path = verb switch
        {
            AdminVerb.Ticket => HubPaths.Ticket,
            AdminVerb.Claim => HubPaths.Claim,
            AdminVerb.Reveal => HubPaths.Reveal,
            AdminVerb.Entrust => HubPaths.Entrust,
            AdminVerb.Share => HubPaths.Share,
            AdminVerb.Record => HubPaths.Record,
            AdminVerb.Votes => HubPaths.Vote,
            AdminVerb.Leaves => HubPaths.Leaves,
            AdminVerb.Certificate => body.Length == 0 ? HubPaths.Latest
                : HubPaths.CertificateAt(uint.Parse(Encoding.ASCII.GetString(body), CultureInfo.InvariantCulture)),
            AdminVerb.Evidence => HubPaths.Evidence,
            AdminVerb.Checkpoint or AdminVerb.OwnVote or AdminVerb.Tentative => throw new NotSupportedException("admins do not ask each other for that"),
        };
        if (verb is AdminVerb.Certificate) return new(HttpMethod.Get, url + path);
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        return new(HttpMethod.Post, url + path) { Content = content };
    }

    private static int MaxAnswer(AdminVerb verb) => verb switch
    {
        AdminVerb.Votes or AdminVerb.Certificate => TickCertificate.MaxSize,
        AdminVerb.Leaves => LeavesAnswer.MaxSize,
        AdminVerb.Ticket or AdminVerb.Claim or AdminVerb.Reveal or AdminVerb.Entrust or AdminVerb.Record or AdminVerb.Checkpoint or AdminVerb.Evidence
            or AdminVerb.OwnVote or AdminVerb.Share or AdminVerb.Tentative => HubServer.MaxText,
    };

    private static async Task<byte[]?> ReadAsync(HttpContent content, int max, CancellationToken cancel)
    {
        if (content.Headers.ContentLength > max) return null;
        using var stream = await content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
        var buffer = new byte[(int)(content.Headers.ContentLength ?? 4_096) + 1];
        var length = 0;
        while (true)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(length), cancel).ConfigureAwait(false);
            if (read == 0) return buffer[..length];
            length += read;
            if (length > max) return null;
            if (length == buffer.Length) Array.Resize(ref buffer, Math.Min(buffer.Length * 2, max + 1));
        }
    }
}
