using System.Net;
using System.Net.Sockets;
using Hawser.Net;
using Hawser.Net.Services;
using Hawser.Service;
using Hawser.Wire;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Hawser.Tests.Net.Services;

public sealed class ServiceHostTests : IDisposable
{
    private static readonly Caller Alice = new(new(Bytes32.Read([1, .. new byte[31]])), null, true);
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(30));
    private readonly ManualTimeProvider _clock = new();
    private readonly ServiceHost _host;

    public ServiceHostTests() =>
        _host = new(new(_clock), inbox: null, _clock, NullLogger.Instance);

    public void Dispose() => _patience.Dispose();

    [Fact]
    public async Task An_exposed_echo_answers()
    {
        Expose("echo", "builtin", new Who.Contacts());
        var (stream, serving) = await OpenAsync("echo");
        await stream.WriteAsync("hello"u8.ToArray(), _patience.Token);
        await stream.CompleteWritesAsync(_patience.Token);
        using var all = new MemoryStream();
        await stream.CopyToAsync(all, _patience.Token);
        Assert.Equal("hello"u8.ToArray(), all.ToArray());
        await serving;
    }

    [Fact]
    public async Task Ping_needs_no_exposure()
    {
        var (stream, _) = await OpenAsync("ping");
        Assert.Equal(TimeSpan.Zero, await ServiceClient.PingAsync(stream, _clock, _patience.Token));
    }

    [Theory]
    [InlineData("ssh")] // exposed, to nobody
    [InlineData("nothing")]
    [InlineData("file")] // exposed, but there is no inbox
    [InlineData("strange")] // no built-in service of that name
    public async Task One_answer_for_what_is_not_there_and_what_is_not_for_him(string service)
    {
        Expose("ssh", "tcp:127.0.0.1:1");
        Expose("file", "builtin", new Who.Anyone());
        Expose("strange", "builtin", new Who.Anyone());
        var error = await Assert.ThrowsAsync<HawserException>(() => OpenAsync(service));
        Assert.Equal(Reason.NoSuchService, error.Reason);
    }

    [Fact]
    public async Task A_dead_target_is_said_to_be_unreachable()
    {
        Expose("dead", "unix:/nonexistent/socket", new Who.Anyone());
        var error = await Assert.ThrowsAsync<HawserException>(() => OpenAsync("dead"));
        Assert.Equal(Reason.Unreachable, error.Reason);
    }

    [Fact]
    public async Task Nonsense_is_answered_with_a_reset()
    {
        var (near, far) = PeerStream.CreatePair();
        await near.WriteAsync(new byte[] { 0xff, 0xff }, _patience.Token);
        await _host.ServeAsync(far, Alice, _patience.Token);
        await Assert.ThrowsAnyAsync<IOException>(async () => await near.ReadExactlyAsync(new byte[1], _patience.Token));
    }

    [Fact]
    public async Task Who_opens_a_stream_and_says_nothing_is_not_waited_for()
    {
        var (near, far) = PeerStream.CreatePair();
        var serving = _host.ServeAsync(far, Alice, _patience.Token);
        _clock.Advance(TimeSpan.FromSeconds(10));
        await serving;
        await Assert.ThrowsAnyAsync<IOException>(async () => await near.ReadExactlyAsync(new byte[1], _patience.Token));
    }

    /// <summary>client – TCP – forwarder – stream – host – TCP – a server that answers when the client has finished.</summary>
    [Fact]
    public async Task A_forwarded_port_leads_to_the_service_and_each_end_ends_by_itself()
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        Expose("sum", $"tcp:127.0.0.1:{((IPEndPoint)server.LocalEndpoint).Port}", new Who.Anyone());
        await using var forwarder = new Forwarder(
            Forwarder.Loopback(0), async _ => (await OpenAsync("sum")).Stream, NullLogger.Instance);
        Assert.True(IPAddress.IsLoopback(forwarder.Local.Address));

        var answering = AnswerAsync(server, connections: 8);
        var sums = await Task.WhenAll(Enumerable.Range(1, 8).Select(n => AskAsync(forwarder.Local, n * 100_000)));
        Assert.Equal(Enumerable.Range(1, 8).Select(n => n * 100_000), sums);
        await answering;
    }

    [Fact]
    public async Task A_reset_on_one_side_is_a_reset_on_the_other()
    {
        var (a, nearA) = PeerStream.CreatePair();
        var (b, nearB) = PeerStream.CreatePair();
        var pumping = StreamPump.RunAsync(nearA, nearB, _patience.Token);
        a.Reset();
        Assert.False(await pumping);
        await Assert.ThrowsAnyAsync<IOException>(async () => await b.ReadExactlyAsync(new byte[1], _patience.Token));
    }

    [Fact]
    public async Task A_pump_takes_no_more_than_the_other_side_does()
    {
        var (a, nearA) = PeerStream.CreatePair(window: 1024);
        var (_, nearB) = PeerStream.CreatePair(window: 1024);
        _ = StreamPump.RunAsync(nearA, nearB, _patience.Token);
        using var enough = new CancellationTokenSource();
        var written = 0;
        var writing = Task.Run(async () =>
        {
            while (written < 1 << 20)
            {
                await a.WriteAsync(new byte[256], enough.Token);
                written += 256;
            }
        });
        await Task.WhenAny(writing, Task.Delay(100, _patience.Token));
        Assert.InRange(written, 0, 1 << 18); // nobody reads from b
        await enough.CancelAsync();
        nearA.Reset();
    }

    private static async Task AnswerAsync(TcpListener server, int connections)
    {
        for (var i = 0; i < connections; i++)
        {
            using var client = await server.AcceptTcpClientAsync();
            using var all = new MemoryStream();
            await client.GetStream().CopyToAsync(all); // to the end of the client's direction
            await client.GetStream().WriteAsync(BitConverter.GetBytes((int)all.Length));
        }
    }

    private async Task<int> AskAsync(IPEndPoint local, int bytes)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(local, _patience.Token);
        var stream = client.GetStream(); // it is not given any more once a direction has ended
        await stream.WriteAsync(new byte[bytes], _patience.Token);
        client.Client.Shutdown(SocketShutdown.Send);
        var answer = new byte[4];
        await stream.ReadExactlyAsync(answer, _patience.Token);
        Assert.Equal(0, await stream.ReadAsync(new byte[1], _patience.Token));
        return BitConverter.ToInt32(answer);
    }

    private async Task<(PeerStream Stream, Task Serving)> OpenAsync(string service)
    {
        var (near, far) = PeerStream.CreatePair();
        var serving = _host.ServeAsync(far, Alice, _patience.Token);
        await ServiceClient.OpenAsync(near, service, default, _patience.Token);
        return (near, serving);
    }

    private void Expose(string name, string target, params Who[] who)
    {
        Assert.True(ServiceName.TryParse(name, out var parsed));
        Assert.True(Target.TryParse(target, out var behind));
        _host.Exposures = _host.Exposures.With(new(parsed, behind!, who));
    }
}
