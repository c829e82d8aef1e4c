using System.Net;
using System.Net.WebSockets;
using System.Text;
using Hawser.Crypto;
using Hawser.Net;
using Hawser.Net.Hubs;
using Hawser.Net.Proving;
using Hawser.Proof;
using Xunit;

namespace Hawser.Tests.Hub;

/// <summary>A real hub on loopback, with programs that prove, send and receive.</summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1001", Justification = "xunit calls DisposeAsync of IAsyncLifetime")]
public sealed class SenderLinesTests : IAsyncLifetime
{
    private readonly HubFleet _fleet = new(1);
    private readonly CancellationTokenSource _cancel = new(TimeSpan.FromSeconds(60));
    private readonly HubClient _http = new();

    private string Url => _fleet[0].Store.Identity.Url;

    public async Task InitializeAsync() => await _fleet.StartAsync(0, new(HostPort.Read([127, 0, 0, 1], 0), 0, null));

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _fleet.DisposeAsync();
        _cancel.Dispose();
    }

    [Fact]
    public async Task Who_consents_gets_what_is_sent_and_when_he_leaves_it_ends()
    {
        var hub = await Sp3Hub.FindAsync(Url, _cancel.Token);
        await using var receiver = await Sp3Receiver.OpenAsync(hub, cancel: _cancel.Token);
        await using var sender = await Sp3Sender.OpenAsync(hub, receiver.Address, _cancel.Token);
        await sender.WaitForConsentAsync(_cancel.Token);
        await sender.SendAsync("one"u8.ToArray(), _cancel.Token);
        await sender.SendAsync("two"u8.ToArray(), _cancel.Token);
        var got = new List<string>();
        await foreach (var payload in receiver.ReadAllAsync(_cancel.Token))
        {
            got.Add(Encoding.UTF8.GetString(payload.Span));
            if (got.Count == 2) break;
        }

        Assert.Equal(["one", "two"], got);
        await receiver.DisposeAsync();
        await sender.Ended.WaitAsync(_cancel.Token);
        await Assert.ThrowsAsync<HawserException>(() => sender.SendAsync("three"u8.ToArray(), _cancel.Token).AsTask());
    }

    [Fact]
    public async Task Who_is_not_allowed_gets_no_consent()
    {
        var hub = await Sp3Hub.FindAsync(Url, _cancel.Token);
        var asked = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var receiver = await Sp3Receiver.OpenAsync(hub, new() { Allows = session => !asked.TrySetResult(session) }, _cancel.Token);
        await using var sender = await Sp3Sender.OpenAsync(hub, receiver.Address, _cancel.Token);
        Assert.Equal(sender.Session, await asked.Task.WaitAsync(_cancel.Token));
        await Assert.ThrowsAsync<HawserException>(() => sender.SendAsync("x"u8.ToArray(), _cancel.Token).AsTask());
    }

    [Theory, InlineData("listening", "Port"), InlineData("direct", "Host")]
    public async Task A_hub_certifies_this_machine_by_every_method_that_it_serves(string name, string level)
    {
        var place = await ProvingPlace.FindAsync(Url, null, null, _http, _cancel.Token);
        var key = SigningKey.Generate(SystemEntropy.Shared);
        var steps = new List<string>();
        var certificate = await ProvingMethods.Find(name)!.ProveAsync(new(new() { Place = place, Key = key, Audience = default }, _http, steps.Add), _cancel.Token);
        Assert.Null(certificate.FaultOf(DateTimeOffset.UtcNow, place.Genesis, place.AdminKey, default, key.Public, Enum.Parse<AddressLevel>(level)));
        Assert.Equal(level, certificate.Level.ToString());
        Assert.Equal(IPAddress.Loopback, certificate.Address.At.ToEndPoint().Address);
        Assert.NotEmpty(steps);
    }

    [Fact]
    public async Task Nobody_can_have_a_forbidden_address_challenged_and_garbage_is_told_in_a_sentence()
    {
        var place = await ProvingPlace.FindAsync(Url, null, null, _http, _cancel.Token);
        var key = SigningKey.Generate(SystemEntropy.Shared);
        foreach (var at in new[] { "10.0.0.1:1", "224.0.0.1:1", "169.254.169.254:80" })
        {
            Assert.True(HostPort.TryParse(at, out var address));
            var request = new AddressRequest(key.Public, new(address, AddressTransport.Udp), AddressMethod.ListeningSocket, default);
            var refused = await Assert.ThrowsAsync<HawserException>(() => _http.PostAsync(Url, ProverPaths.Ask, request.ToArray(), null, _cancel.Token));
            Assert.Contains("no address of the public network", refused.Message, StringComparison.Ordinal);
        }

        foreach (var (path, length) in new[] { (ProverPaths.Ask, 68), (ProverPaths.Ask, 70), (ProverPaths.Answer, 144), (ProverPaths.Answer, 5_000) })
            await Assert.ThrowsAsync<HawserException>(() => _http.PostAsync(Url, path, new byte[length], null, _cancel.Token));
        Assert.NotNull(place.Stun);
    }

    [Fact] // finding 6: a web page in a visitor's browser consents for nobody
    public async Task A_page_of_another_site_gets_no_line_and_one_of_this_hub_does()
    {
        using var foreign = new ClientWebSocket();
        foreign.Options.SetRequestHeader("Origin", "https://evil.example");
        foreign.Options.CollectHttpResponseDetails = true;
        await Assert.ThrowsAsync<WebSocketException>(() => foreign.ConnectAsync(Line, _cancel.Token));
        Assert.Equal(HttpStatusCode.Forbidden, foreign.HttpStatusCode);
        using var own = new ClientWebSocket();
        own.Options.SetRequestHeader("Origin", Url);
        await own.ConnectAsync(Line, _cancel.Token);
    }

    [Theory] // §1.5 b, m, n, p and the statuses
    [InlineData("rubbish", 3)]
    [InlineData("{\"Status\":0}", 3)]
    [InlineData("{\"DestinationAddress\":\"127.0.0.1\",\"AuthenticationMethod\":1}", 3)]
    [InlineData("{\"DestinationAddress\":\"127.0.0.1\",\"AuthenticationMethod\":0}", 2)]
    [InlineData("{\"DestinationAddress\":\"127.0.0.1\",\"AuthenticationMethod\":3}", 2)]
    [InlineData("{\"DestinationAddress\":\"127.0.0.1\",\"AuthenticationMethod\":9}", 2)]
    [InlineData("{\"DestinationAddress\":\"127.0.0.1\",\"AuthenticationMethod\":1,\"AuthenticationOptions\":\"eyJDbGllbnRJUCI6IjEyNy4wLjAuMiIsIkNsaWVudFBvcnQiOjl9\"}", 1)] // ClientIP 127.0.0.2
    [InlineData("{\"DestinationAddress\":\"10.0.0.1\",\"AuthenticationMethod\":1,\"AuthenticationOptions\":\"eyJDbGllbnRJUCI6IjEwLjAuMC4xIiwiQ2xpZW50UG9ydCI6OX0=\"}", 1)] // a private address
    [InlineData("{\"DestinationAddress\":\"127.0.0.1\",\"Challenge\":\"AAAAAAAAAAAAAAAAAAAAAA\"}", 3)] // no hello before
    [InlineData("", 3)] // a packet without a lease
    public async Task What_is_wrong_gets_its_status_and_ends_the_line(string text, int status)
    {
        using var line = new ClientWebSocket();
        await line.ConnectAsync(Line, _cancel.Token);
        await line.SendAsync(Encoding.UTF8.GetBytes(text.Length == 0 ? "packet" : text), text.Length == 0 ? WebSocketMessageType.Binary : WebSocketMessageType.Text, true, _cancel.Token);
        var buffer = new byte[1_024];
        var came = await line.ReceiveAsync(buffer.AsMemory(), _cancel.Token);
        Assert.Equal($"{{\"Status\":{status}}}", Encoding.UTF8.GetString(buffer, 0, came.Count));
        Assert.Equal(WebSocketMessageType.Close, (await line.ReceiveAsync(buffer.AsMemory(), _cancel.Token)).MessageType);
    }

    [Fact] // §1.5 i
    public async Task A_source_that_is_on_no_list_of_the_hub_is_refused()
    {
        using var line = new ClientWebSocket();
        await line.ConnectAsync(Line, _cancel.Token);
        var (client, source) = (HostPort.Read([127, 0, 0, 1], 9), HostPort.Read([192, 0, 2, 99], 3_478));
        await line.SendAsync(new SenderMessage.Hello(client.Address, 1, new ListeningOptions(client, source).Write()).Write(), WebSocketMessageType.Text, true, _cancel.Token);
        var buffer = new byte[1_024];
        var came = await line.ReceiveAsync(buffer.AsMemory(), _cancel.Token);
        Assert.Equal("{\"Status\":1}", Encoding.UTF8.GetString(buffer, 0, came.Count));
    }

    private Uri Line => new(Url.Replace("http://", "ws://", StringComparison.Ordinal) + ProverPaths.Senders);
}
