using System.Net;
using System.Net.Sockets;
using System.Text;
using Hawser.Proof;
using Hawser.Wire;

namespace Hawser.Net.Proving;

/// <summary>Asks notaries. One family of addresses for all, so that all see the same one.</summary>
/// <param name="family">Of the addresses.</param>
/// <param name="from">The address to ask from; null: any.</param>
internal sealed class NotaryClient(AddressFamily family, IPAddress? from) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);

    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false, // it would be the proxy that is notarized
        ConnectTimeout = TimeSpan.FromSeconds(5),
        ConnectCallback = (context, cancel) => ConnectAsync(family, from, context.DnsEndPoint, cancel),
    })
    {
        Timeout = Patience,
        MaxResponseContentBufferSize = NotaryCard.MaxSize,
    };

    /// <summary>IPv4, unless one of those URLs cannot be reached from here by that and all can by IPv6.</summary>
    public static async Task<AddressFamily> FamilyAsync(IReadOnlyList<string> urls, CancellationToken cancel) =>
        await HasWaysAsync(urls, AddressFamily.InterNetwork, cancel).ConfigureAwait(false) || !await HasWaysAsync(urls, AddressFamily.InterNetworkV6, cancel).ConfigureAwait(false)
            ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6;

    /// <summary>What the notary at a URL has signed; it is for who verifies to believe it.</summary>
    /// <exception cref="HawserException">It cannot be reached, or says no.</exception>
    public async Task<NotaryStatement> AskAsync(string url, Bytes32 nonce, string audience, CancellationToken cancel)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"{url}{NotaryPaths.Notarize}?nonce={nonce}&aud={audience}");
            request.Headers.Add(NotaryPaths.Header, "1");
            using var response = await _http.SendAsync(request, cancel).ConfigureAwait(false);
            var body = await response.Content.ReadAsByteArrayAsync(cancel).ConfigureAwait(false);
            if (response.StatusCode is not HttpStatusCode.OK)
                throw new HawserException(Reason.Refused, $"the notary at {url} says: {Words(body)}", "try again, or another: --notary URL");
            return NotaryStatement.TryRead(body, out var statement) && statement!.Nonce == nonce && statement.Audience == audience ? statement
                : throw new HawserException(Reason.VerificationFailed, $"what the notary at {url} says is no statement about what it was asked", "leave it out: --notary URL names others");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or UriFormatException || (e is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            throw new HawserException(Reason.Unreachable, $"the notary at {url} does not answer", "is it up, and does this network let you through to it?", e);
        }
    }

    public void Dispose() => _http.Dispose();

    private static async ValueTask<Stream> ConnectAsync(AddressFamily family, IPAddress? from, DnsEndPoint to, CancellationToken cancel)
    {
        var socket = new Socket(family, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            if (from is not null) socket.Bind(new IPEndPoint(from, 0));
            var addresses = await Dns.GetHostAddressesAsync(to.Host, family, cancel).ConfigureAwait(false);
            await socket.ConnectAsync(addresses, to.Port, cancel).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task<bool> HasWaysAsync(IReadOnlyList<string> urls, AddressFamily family, CancellationToken cancel)
    {
        try
        {
            foreach (var url in urls)
            {
                var at = await Dns.GetHostAddressesAsync(new Uri(url).IdnHost, family, cancel).ConfigureAwait(false);
                using var socket = new Socket(family, SocketType.Dgram, ProtocolType.Udp);
                if (at.Length == 0) return false;
                socket.Connect(at[0], 9); // sends nothing: it only asks for a way
            }

            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static string Words(byte[] body) =>
        new([.. Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(body.Length, 200))).TrimEnd().Select(c => char.IsControl(c) ? ' ' : c)]);
}
