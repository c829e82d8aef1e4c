using System.Net;
using Hawser.Crypto;
using Hawser.Hub;
using Hawser.Net;
using Hawser.Net.Hubs;
using Hawser.Net.Proving;
using Hawser.Net.Sockets;
using Hawser.Proof;
using Hawser.Tests.Proof;
using Hawser.Wire;
using Xunit;

namespace Hawser.Tests.Hub;

/// <summary>Proofs by notary and by reflection against a real hub over HTTP; packets go over a wire in this process.</summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1001", Justification = "xunit calls DisposeAsync of IAsyncLifetime")]
public sealed class ProofMethodTests : IAsyncLifetime
{
    private static readonly Reflector Alice = new(At("127.0.0.7:80"), "reflect.example.org", "alice"), Bob = new(At("127.0.0.8:80"), "reflect.example.net", "bob");

    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(60));
    private readonly HubFleet _fleet = new(1);
    private readonly MemoryWire _wire = new();
    private readonly SimWebServer[] _servers = [new(Alice.At), new(Bob.At)];
    private readonly HubClient _http = new();
    private HubHost? _hub;

    private string Url => _hub!.Store.Identity.Url;

    public async Task InitializeAsync()
    {
        _wire.Sent += packet =>
        {
            foreach (var server in _servers)
                foreach (var answer in server.Receive(packet)) _wire.Put(answer);
        };
        _hub = await HubHost.StartAsync(new() { Home = _fleet.HomeOf(0), AnswersStun = false, Reflectors = [Alice, Bob], OpenRaw = _wire.Open }, _patience.Token);
    }

    public async Task DisposeAsync()
    {
        await _hub!.DisposeAsync();
        await _fleet.DisposeAsync();
        _http.Dispose();
        _patience.Dispose();
    }

    [Fact]
    public async Task A_client_proves_its_port_by_two_reflectors()
    {
        using var raw = _wire.Open();
        using var tap = _wire.Tap(At("127.0.0.9:40000"));
        var certificate = await new ReflectionMethod().ProveAsync(await SessionAsync(), raw, tap, Alice, Bob, _patience.Token);
        Assert.Equal((At("127.0.0.9:40000"), AddressTransport.Tcp, AddressLevel.Port), (certificate.Address.At, certificate.Address.Transport, certificate.Level));
        Assert.All(_servers, server => Assert.StartsWith("GET /sp3.", server.Requests[^1], StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_reflector_that_does_not_reflect_is_named()
    {
        _servers[1].Reflects = false;
        using var raw = _wire.Open();
        using var tap = _wire.Tap(At("127.0.0.9:40001"));
        var session = await SessionAsync();
        var e = await Assert.ThrowsAsync<HawserException>(() => new ReflectionMethod().ProveAsync(session, raw, tap, Alice, Bob, _patience.Token));
        Assert.Equal(Reason.Unreachable, e.Reason);
        Assert.Contains(Bob.Host, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_proves_its_host_by_the_notaries_of_the_federation()
    {
        var session = await SessionAsync();
        AddressCertificate? certificate = null;
        while (certificate is null)
        {
            try
            {
                certificate = await new NotaryMethod().ProveAsync(session, _patience.Token);
            }
            catch (HawserException e) when (e.Message.Contains("cannot be proved by this method here", StringComparison.Ordinal))
            {
                await Task.Delay(20, _patience.Token); // the hub has not fetched its own card yet
            }
        }

        Assert.Equal((AddressLevel.Host, AddressMethod.WebNotary), (certificate.Level, certificate.Method));
        Assert.Equal(At("127.0.0.1:1").Address, certificate.Address.At.Address);
    }

    [Fact] // finding 6: a GET, a form, a page of a browser, a preview sign nothing
    public async Task A_notary_signs_for_nothing_that_a_page_in_a_browser_can_send()
    {
        using var http = new HttpClient();
        var url = $"{Url}{NotaryPaths.Notarize}?nonce={new Bytes32()}&aud=x";
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(HttpMethod.Post, (NotaryPaths.Header, "1"))).StatusCode);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await SendAsync(HttpMethod.Get, (NotaryPaths.Header, "1"))).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(HttpMethod.Post)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(HttpMethod.Post, (NotaryPaths.Header, "1"), ("Origin", "https://evil.example"))).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(HttpMethod.Post, (NotaryPaths.Header, "1"), ("Sec-Fetch-Site", "same-origin"))).StatusCode);
        var preflight = await SendAsync(HttpMethod.Options, ("Origin", "https://evil.example"), ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", NotaryPaths.Header));
        Assert.DoesNotContain(preflight.Headers, header => header.Key.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));

        Task<HttpResponseMessage> SendAsync(HttpMethod method, params (string Name, string Value)[] headers)
        {
            var request = new HttpRequestMessage(method, url);
            foreach (var (name, value) in headers) request.Headers.Add(name, value);
            return http.SendAsync(request, _patience.Token);
        }
    }

    [Fact] // l: without a trusted list the header is ignored
    public async Task A_notary_without_proxies_does_not_look_at_what_a_client_says_of_itself()
    {
        using var http = new HttpClient();
        var request = new HttpRequestMessage(HttpMethod.Post, $"{Url}{NotaryPaths.Notarize}?nonce={new Bytes32()}&aud=x");
        request.Headers.Add(NotaryPaths.Header, "1");
        request.Headers.Add("X-Forwarded-For", "203.0.113.99");
        var answer = await http.SendAsync(request, _patience.Token);
        Assert.True(NotaryStatement.TryRead(await answer.Content.ReadAsByteArrayAsync(), out var statement));
        Assert.Equal(At("127.0.0.1:1").Address, statement!.Observed.Address);
        Assert.Equal("no-store", answer.Headers.CacheControl?.ToString());
    }

    private async Task<ProvingSession> SessionAsync() => new(new()
    {
        Place = await ProvingPlace.FindAsync(Url, null, null, _http, _patience.Token), Key = new SigningKey(Sha256.Hash("mine"u8)), Audience = default,
    }, _http, _ => { });

    private static HostPort At(string text) => HostPort.TryParse(text, out var at) ? at : throw new ArgumentException(text);
}
